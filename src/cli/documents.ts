import type { Command } from 'commander';
import { decodeCursor, encodeCursor } from '../adapters/rest/cursor.ts';
import { documentLine, documentView } from '../adapters/rest/views-documents.ts';
import type { DocumentList } from '../client/client.ts';
import type { LawLevel } from '../routing/law.ts';
import { reject } from '../routing/problem.ts';
import type { Store } from '../store.ts';
import { agencyBy } from './agencies.ts';
import { command, group } from './command.ts';
import { documentsText, documentText } from './document-texts.ts';
import { UsageFault } from './failure.ts';
import { timerOptions } from './filter.ts';
import { asksGateway, gatewayOptions, type MaybeGatewayOptions, withClient } from './gateway.ts';
import { readMoment } from './moment.ts';
import { checkId, wholeNumber } from './options.ts';
import { note, print } from './print.ts';
import { withStore } from './with-store.ts';

interface ListOptions extends MaybeGatewayOptions {
  readonly sender?: string;
  readonly documentId?: string;
  readonly reference?: string;
  readonly law?: LawLevel;
  readonly owed?: LawLevel;
  readonly since?: string;
  readonly until?: string;
  readonly cursor?: string;
  readonly limit: number;
}

/** `lienthong documents …`: in the store of this gateway, or, with a client, over the API as that client. */
export function documentCommands(parent: Command): void {
  const documents = group(parent, 'documents', {
    vi: 'Văn bản và tình trạng ở từng đơn vị nhận; với --client: như đơn vị gửi thấy qua trục',
    en: 'Documents and how they stand at each recipient; with --client: as a sender sees them through the gateway',
  });
  const list = command(documents, 'list', { vi: 'Liệt kê, mới nhất trước', en: 'List, newest first' })
    .option('--sender <code>', 'mã đơn vị gửi / sender')
    .option('--document-id <id>', 'DocumentId')
    .option('--reference <text>', 'số/ký hiệu / number and notation: 15/UBND-VP')
    .option('--since <moment>', 'từ / from: 2h, 3d, 2026-03-02, …')
    .option('--until <moment>', 'đến / until')
    .option('--cursor <next>', 'tiếp theo lần liệt kê trước / where an earlier list went on')
    .option('--limit <n>', 'số dòng / rows', wholeNumber(1, 500), 50);
  gatewayOptions(timerOptions(list), 'optional').action(async (options: ListOptions) => {
    const page = asksGateway(options)
      ? await withClient(options, (client) => client.documents(timesOf(options)))
      : await withStore((store) => listed(store, options));
    print(options, page, () => documentsText(page.documents));
    if (page.next !== null) note(`Còn nữa / more: --cursor ${page.next}`);
  });
  const show = command(documents, 'show <package>', {
    vi: 'Xem một văn bản theo gói tin của nó, hoặc gói tin thu hồi, cập nhật nó',
    en: 'Show a document by the package that brought it, or by one that recalls or updates it',
  });
  gatewayOptions(show, 'optional').action(async (id: string, options: MaybeGatewayOptions) => {
    const view = asksGateway(options)
      ? await withClient(options, (client) => client.document(checkId(id)))
      : await withStore((store) => shown(store, checkId(id)));
    print(options, view, () => documentText(view));
  });
}

/** The query of a list, its moments as instants. */
function timesOf({ sender, documentId, reference, law, owed, since, until, cursor, limit }: ListOptions) {
  const now = new Date();
  return {
    limit,
    ...(sender === undefined ? {} : { sender }),
    ...(documentId === undefined ? {} : { documentId }),
    ...(reference === undefined ? {} : { reference }),
    ...(law === undefined ? {} : { law }),
    ...(owed === undefined ? {} : { owed }),
    ...(since === undefined ? {} : { since: readMoment(since, now, 'since').toISOString() }),
    ...(until === undefined ? {} : { until: readMoment(until, now, 'until').toISOString() }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

async function listed({ register, records }: Store, options: ListOptions): Promise<DocumentList> {
  const { sender, since, until, cursor, ...filter } = timesOf(options);
  const before = cursor === undefined ? undefined : decodeCursor('p', cursor);
  if (before === null) throw new UsageFault(`--cursor: ${cursor}?`);
  const found = await records.documents({
    ...filter,
    ...(sender === undefined ? {} : { senders: new Set([(await agencyBy(register, sender)).id]) }),
    ...(since === undefined ? {} : { since: new Date(since) }),
    ...(until === undefined ? {} : { until: new Date(until) }),
    ...(before === undefined ? {} : { before }),
  });
  const last = found.at(-1);
  const next = last === undefined || found.length < filter.limit ? null : encodeCursor('p', last.id);
  return { documents: found.map(documentLine), next };
}

async function shown({ records }: Store, id: string) {
  const found = await records.document(id, 'any');
  if (found === null) throw reject('DOCUMENT_UNKNOWN', { params: { document: id } });
  return documentView(found);
}
