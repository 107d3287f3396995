import type { Command } from 'commander';
import type { Addressee } from '../routing/addressee.ts';
import { addresseeOf, shownAddressee } from '../routing/addressee.ts';
import type { ListedAgency, TreeNode } from '../routing/directory-desk.ts';
import { vietnamDay } from '../routing/time.ts';
import { type CommonOptions, command } from './command.ts';
import { day, wholeNumber } from './options.ts';
import { print } from './print.ts';
import { facts, oneLine, table } from './table.ts';
import { withStore } from './with-store.ts';
import { statusWord } from './words.ts';

interface DayOptions extends CommonOptions {
  readonly on?: string;
}

/** `lienthong agencies search|tree|resolve`. */
export function directoryCommands(parent: Command): void {
  searchCommand(parent);
  treeCommand(parent);
  resolveCommand(parent);
}

/** The option of a day, today if it is not given. */
export function dayOption(to: Command): Command {
  return to.option('--on <day>', 'ngày yyyy-mm-dd, mặc định hôm nay / day, today if absent', day);
}

/** The day that was given, or today in Viet Nam. */
export const dayOf = ({ on }: DayOptions): string => on ?? vietnamDay(new Date());

function searchCommand(parent: Command): void {
  const search = command(parent, 'search <words...>', {
    vi: 'Tìm đơn vị theo tên (không cần dấu) hoặc theo đầu mã',
    en: 'Find agencies by name, without accents, or by the beginning of a code',
  }).option('--limit <n>', 'số dòng / rows', wholeNumber(1, 500), 20);
  dayOption(search).action(async (words: readonly string[], options: DayOptions & { readonly limit: number }) => {
    const found = await withStore(({ directory }) => directory.search(words.join(' '), dayOf(options), options.limit));
    print(options, found, () => listedText(found));
  });
}

function treeCommand(parent: Command): void {
  const tree = command(parent, 'tree [code]', {
    vi: 'Cây tổ chức, từ một đơn vị trở xuống',
    en: 'The tree of agencies, from one of them down',
  }).option('--depth <n>', 'số cấp / levels', wholeNumber(0, 10), 1);
  dayOption(tree).action(async (code: string | undefined, options: DayOptions & { readonly depth: number }) => {
    const nodes = await withStore(({ directory }) => directory.tree(code, dayOf(options), options.depth));
    print(options, nodes, () => nodes.map((node) => treeText(node, 0)).join(''));
  });
}

function treeText({ code, name, status, size, children }: TreeNode, depth: number): string {
  const ended = status === 'active' ? '' : `  ${statusWord(status)}`;
  const more = size > children.length ? `  (${size})` : '';
  const line = `${'  '.repeat(depth)}${code}  ${oneLine(name)}${ended}${more}\n`;
  return line + children.map((child) => treeText(child, depth + 1)).join('');
}

function resolveCommand(parent: Command): void {
  const resolve = command(parent, 'resolve <code>', {
    vi: 'Mã này vào một ngày thì đơn vị nào nhận, qua những thay đổi nào',
    en: 'Who receives what is addressed to a code on a day, and by which successions',
  });
  dayOption(resolve).action(async (code: string, options: DayOptions) => {
    const on = dayOf(options);
    const found = await withStore(async ({ lookUp }) => addresseeOf(code, (await lookUp([code], on)).get(code)));
    print(options, { code, on, ...shownAddressee(found) }, () => addresseeText(code, on, found));
  });
}

const kinds: Readonly<Record<Addressee['kind'], string>> = {
  agency: 'chính đơn vị này / the agency itself',
  successor: 'đơn vị kế thừa / its successor',
  held: 'giữ lại, cần người chọn / held: needs a person',
  closed: 'đã đóng, không ai kế thừa / closed, nobody follows',
  'not-yet': 'chưa có hiệu lực / not yet in force',
  unknown: 'không có trong danh bạ / not in the directory',
};

function addresseeText(code: string, on: string, found: Addressee): string {
  const steps = 'steps' in found ? found.steps : [];
  return facts([
    ['Mã / code', code],
    ['Ngày / day', on],
    ['Người nhận / addressee', kinds[found.kind]],
    ...steps.map(
      (step) => [step.on ?? '', `${step.kind}: ${step.from} → ${step.to}${step.basis === undefined ? '' : ` (${step.basis})`}`] as const,
    ),
    [
      'Đơn vị / agency',
      'agency' in found ? `${found.agency.code ?? ''} ${found.agency.name} – ${statusWord(found.agency.status)}` : undefined,
    ],
    ['Từ ngày / from', found.kind === 'not-yet' ? found.beginsOn : undefined],
    ...('candidates' in found ? found.candidates.map((one) => ['Có thể / candidate', `${one.code ?? ''} ${one.name}`] as const) : []),
  ]);
}

/** Agencies as a table. */
export function listedText(agencies: readonly ListedAgency[]): string {
  return table(
    [
      { vi: 'Mã', en: 'Code' },
      { vi: 'Tên', en: 'Name' },
      { vi: 'Loại', en: 'Kind' },
      { vi: 'Thuộc', en: 'Under' },
      { vi: 'Tình trạng', en: 'Status' },
    ],
    agencies.map((one) => [one.code, one.name, one.kind, one.parent ?? '', statusWord(one.status)]),
  );
}
