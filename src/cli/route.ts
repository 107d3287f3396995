import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { readConfig } from '../config.ts';
import type { Explanation, RecipientExplanation } from '../routing/explain.ts';
import { explain, explainMessage } from '../routing/explain.ts';
import { problemText } from '../routing/problem.ts';
import { survey } from '../routing/route-book.ts';
import { readRules } from '../routing/rule-text.ts';
import { vietnamDay } from '../routing/time.ts';
import type { WhatIf } from '../routing/what-if.ts';
import { whatIf } from '../routing/what-if.ts';
import { type CommonOptions, command, group } from './command.ts';
import { UsageFault } from './failure.ts';
import { messageIn } from './message-in.ts';
import { wholeNumber } from './options.ts';
import { endProgress, print, showProgress } from './print.ts';
import { rulesIn } from './routes.ts';
import { oneLine, table } from './table.ts';
import { withStore } from './with-store.ts';

const dayMilliseconds = 86_400_000;
const codeForm = /^[0-9A-Za-z._-]{1,63}$/;

/** `lienthong route …`. */
export function routeCommands(parent: Command): void {
  const route = group(parent, 'route', { vi: 'Đường đi của văn bản theo quy tắc', en: 'The way of a document by the rules' });
  command(route, 'explain <what>', {
    vi: 'Giải thích từng bước đường đi đến một mã đơn vị, một nhóm, hoặc của một tệp gói tin',
    en: 'Explain step by step the way to a code or a group, or of a package in a file',
  })
    .option('--on <day>', 'vào ngày / on the day, yyyy-mm-dd')
    .action(async (what: string, options: CommonOptions & { readonly on?: string }) => {
      const on = options.on ?? vietnamDay(new Date());
      if (!/^\d{4}-\d{2}-\d{2}$/.test(on)) throw new UsageFault(`--on: ${on}?`);
      const found = await explained(what, on);
      print(options, found, () => found.map(explanationText).join('\n'));
    });
  command(route, 'what-if', {
    vi: 'Thử một bộ quy tắc trên các gói tin của N ngày qua, liệt kê điều sẽ khác; không thay đổi gì',
    en: "Try a set of rules on the last N days' packages and list what would differ; changes nothing",
  })
    .requiredOption('--rules <file>', 'tệp JSON quy tắc / rules')
    .option('--days <n>', 'số ngày / days', wholeNumber(1, 3660), 7)
    .action(async (options: CommonOptions & { readonly rules: string; readonly days: number }) => {
      const rules = readRules(await rulesIn(options.rules));
      const now = new Date();
      const about = {
        since: new Date(now.getTime() - options.days * dayMilliseconds),
        on: vietnamDay(now),
        province: readConfig().province,
      };
      const found = await withStore((store) =>
        whatIf(store, rules, about, (packages) => showProgress(`đã xét / looked at: ${packages}`)).finally(endProgress),
      );
      print({ ...(options.json === undefined ? {} : { json: options.json }) }, found, () => whatIfText(found));
    });
}

async function explained(what: string, on: string): Promise<RecipientExplanation[]> {
  const { province } = readConfig();
  if (existsSync(what)) {
    const message = await messageIn(what);
    const codes = [message.sender.code, ...message.recipients.map((to) => to.code)];
    return withStore(async (store) => explainMessage(message, await survey(store, codes, on, province)));
  }
  if (!codeForm.test(what)) throw new UsageFault(`không phải mã đơn vị, cũng không có tệp / neither a code nor a file: ${what}`);
  return withStore(async (store) => [explain(what, await survey(store, [what], on, province))]);
}

function explanationText(one: Explanation & { readonly sameAs?: string }): string {
  const { agency, members, outcome } = one;
  const lines = [
    one.code,
    agency === undefined
      ? 'danh bạ: không có / directory: no such agency'
      : `danh bạ / directory: ${agency.name} (${agency.status}, ${agency.channel})`,
    ...(members === undefined ? [] : [`nhóm / group: ${members}`]),
    one.ofProvince ? 'mã cấp 1 thuộc tỉnh / level 1: of this province' : 'mã cấp 1 ngoài tỉnh / level 1: not of this province',
    ...one.tried.map(({ rule, place, condition, fits }) => `${String(place).padStart(4)} ${rule} [${condition}] ${fits ? '✓' : '–'}`),
    `→ ${one.action}: ${outcome.way}`,
    ...(outcome.forwardedTo === undefined ? [] : [`chuyển tiếp đến / forwarded to ${outcome.forwardedTo}`]),
    ...problemLines(one),
    ...(one.sameAs === undefined ? [] : [`cùng đơn vị với / the same agency as ${one.sameAs}: một lần chuyển / one delivery`]),
  ];
  return `${lines.map((line, at) => (at === 0 ? line : `  ${oneLine(line)}`)).join('\n')}\n`;
}

function problemLines({ outcome: { problem } }: Explanation): string[] {
  if (problem === undefined) return [];
  const { vi, en } = problemText(problem);
  return [vi, en];
}

function whatIfText(found: WhatIf): string {
  const totals = `Gói tin / packages: ${found.packages}; nơi nhận / recipients: ${found.recipients}; khác / different: ${found.changed}\n`;
  if (found.changed === 0) return totals;
  const [before, after] = [
    { vi: 'Hiện nay', en: 'Now' },
    { vi: 'Sẽ là', en: 'Then' },
  ];
  const changes = table(
    [{ vi: 'Số lượng', en: 'Count', right: true }, before, after],
    found.byChange.map((one) => [String(one.count), one.before, one.after]),
  );
  const each = table(
    [{ vi: 'Gói tin', en: 'Package' }, { vi: 'Đơn vị nhận', en: 'Recipient' }, before, after],
    found.differences.map((one) => [one.packageId, one.recipient, one.before, one.after]),
  );
  return `${totals}\n${changes}\n${each}`;
}
