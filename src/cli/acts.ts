import type { Command } from 'commander';
import { actView } from '../adapters/rest/views-lifecycle.ts';
import type { ActState } from '../routing/acts.ts';
import type { ActRecord } from '../routing/records.ts';
import { type CommonOptions, command, group } from './command.ts';
import { shownMoment } from './moment.ts';
import { checkId, oneOf, wholeNumber } from './options.ts';
import { note, print } from './print.ts';
import { facts, table } from './table.ts';
import { actor, withStore } from './with-store.ts';

const states = ['open', 'unmatched', 'ambiguous', 'refused', 'applied', 'dismissed'] as const satisfies readonly ActState[];

interface ListOptions extends CommonOptions {
  readonly state?: ActState;
  readonly before?: string;
  readonly limit: number;
}

/** `lienthong acts …`. */
export function actCommands(parent: Command): void {
  const acts = group(parent, 'acts', {
    vi: 'Thu hồi, cập nhật, thay thế và trạng thái: đối chiếu với văn bản',
    en: 'Recalls, updates, replacements and statuses: which document they are about',
  });
  command(acts, 'list', {
    vi: 'Liệt kê những yêu cầu đang chờ văn bản hoặc chờ người chọn, mới nhất trước',
    en: 'List those that wait for their document or for a person, newest first',
  })
    .option('--state <state>', `trạng thái / state: ${states.join(', ')}`, oneOf(...states))
    .option('--before <id>', 'trước yêu cầu này / before this act')
    .option('--limit <n>', 'số dòng / rows', wholeNumber(1, 10_000), 50)
    .action(async ({ state, before, limit, ...options }: ListOptions) => {
      const page = { limit, ...(state === undefined ? {} : { state }), ...(before === undefined ? {} : { before: checkId(before) }) };
      const found = await withStore(({ records }) => records.acts(page));
      print(options, found.map(actView), () => actsText(found));
      const last = found.at(-1);
      if (last !== undefined && found.length === limit) note(`Còn nữa / more: --before ${last.id}`);
    });
  command(acts, 'match <act> <package>', {
    vi: 'Cho biết văn bản được nói đến: gói tin của văn bản do chính đơn vị đó gửi',
    en: "Say which document is meant: the package of one of that agency's own documents",
  }).action(async (id: string, document: string, options: CommonOptions) => {
    await withStore(({ lifecycle }) => lifecycle.choose(checkId(id), { match: checkId(document) }, actor()));
    print(options, { act: id, document }, () =>
      facts([
        ['Yêu cầu / act', id],
        ['Văn bản / document', document],
      ]),
    );
  });
  command(acts, 'dismiss <act>', {
    vi: 'Không thực hiện yêu cầu; các lần chuyển của nó kết thúc và đơn vị gửi được báo',
    en: 'Not carry it out; its deliveries end and the sender is told',
  })
    .requiredOption('--reason <text>', 'lý do / reason')
    .action(async (id: string, options: CommonOptions & { readonly reason: string }) => {
      await withStore(({ lifecycle }) => lifecycle.choose(checkId(id), { dismiss: options.reason }, actor()));
      print(options, { act: id, reason: options.reason }, () =>
        facts([
          ['Yêu cầu / act', id],
          ['Lý do / reason', options.reason],
        ]),
      );
    });
}

function actsText(acts: readonly ActRecord[]): string {
  return table(
    [
      { vi: 'Yêu cầu', en: 'Act' },
      { vi: 'Loại', en: 'Kind' },
      { vi: 'Trạng thái', en: 'State' },
      { vi: 'Lúc', en: 'At' },
      { vi: 'Gói tin', en: 'Package' },
      { vi: 'Mã văn bản, số/ký hiệu', en: 'DocumentId, number' },
      { vi: 'Có thể là', en: 'Candidates' },
    ],
    acts.map((act) => [
      act.id,
      [act.act, act.status].filter((part) => part !== undefined).join(' '),
      act.state,
      shownMoment(act.createdAt),
      act.packageId,
      [...act.documentIds, act.reference, act.date].filter((part) => part !== undefined).join(', '),
      act.candidates.join(', '),
    ]),
  );
}
