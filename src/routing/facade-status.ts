import type { Desk } from './desk.ts';
import type { AxisLists } from './facade.ts';
import type { Client } from './verify.ts';

/** What a recipient's system says of an entry in the protocol of the axis and those made after it. */
export type EntryStatus = 'processing' | 'done' | 'fail';

/** True for one of the three words. */
export function isEntryStatus(word: string): word is EntryStatus {
  return word === 'processing' || word === 'done' || word === 'fail';
}

const noReason = 'Hệ thống nhận báo lỗi, không nêu lý do (the recipient reported fail without a reason)';

/**
 * `done` acknowledges what was fetched, `fail` sends it back with the description as reason, and both take the entry off the list;
 * `processing` is noted, and it stays. The same twice is the same as once. False when no such delivery went to the client's agencies,
 * and else Rejection of the desk.
 */
export async function reportEntry(
  { desk, lists }: { readonly desk: Pick<Desk, 'acknowledge' | 'refuse'>; readonly lists: Pick<AxisLists, 'noteProcessing'> },
  { agencyIds, id: clientId }: Pick<Client, 'agencyIds' | 'id'>,
  { id, status, description = '' }: { readonly id: string; readonly status: EntryStatus; readonly description?: string | undefined },
): Promise<boolean> {
  const [scope, actor] = [{ recipients: agencyIds }, `client:${clientId}`];
  const said = description.trim().slice(0, 1000);
  if (status === 'processing') return lists.noteProcessing(id, agencyIds, said === '' ? undefined : said);
  if (status === 'done') await desk.acknowledge(id, scope, actor);
  else await desk.refuse(id, scope, actor, said === '' ? noReason : said);
  return true;
}
