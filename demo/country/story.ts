import type { Client, OperatorDelivery, Sent } from '../../src/client/client.ts';
import { type AgencyId, cast } from '../cast.ts';
import type { LetterId } from '../letters.ts';
import type { Snapshot } from '../monitor.ts';
import { preparedAs } from '../story.ts';
import { packageOf, type Seen } from './sheet.ts';
import type { CountryStage } from './stage.ts';

/** What the senders were answered. */
export type Posted = ReadonlyMap<LetterId, Sent>;

const patience = 90;

/** What happens between the provinces, in its order. Throws when something does not happen in time. */
export async function tellCountryStory(stage: CountryStage): Promise<Posted> {
  const { board, monitors } = stage;
  const posted = new Map<LetterId, Sent>();
  const post = async (id: LetterId) => void posted.set(id, await send(stage, id));
  const until = (place: keyof Seen, id: LetterId, to: AgencyId, state: OperatorDelivery['state']) =>
    monitors[place].until(`${id} → ${to} ${state}`, patience, (seen) => stateOf(stage, seen, id, to) === state);

  stage.startReading('phuong-ngon-song');
  board.say('Công văn cho một xã trong tỉnh, một sở và một phường tỉnh bạn; công văn gửi nhầm / to one here and two of the other province');
  await Promise.all([post('plan'), post('mistaken'), post('reply')]);
  await Promise.all([until('away', 'plan', 'so-y-te', 'waiting'), until('away', 'mistaken', 'so-y-te', 'waiting')]);

  board.say('Thu hồi công văn gửi nhầm, Sở Y tế chưa mở / the misdirected one is recalled before anybody has read it');
  await post('recall');
  await until('away', 'mistaken', 'so-y-te', 'cancelled');

  board.say('Sở Y tế nhận văn bản, báo trạng thái 03 rồi 06 / the recipient fetches, and reports statuses 03 and 06');
  for (const id of ['so-y-te', 'van-phong', 'xa-dong-sen'] as const) stage.startReading(id);
  await until('away', 'plan', 'so-y-te', 'delivered');
  await Promise.all([post('read'), post('done')]);
  await Promise.all([until('home', 'read', 'van-phong', 'delivered'), until('home', 'done', 'van-phong', 'delivered')]);
  await until('home', 'reply', 'van-phong', 'delivered');
  for (const place of ['home', 'axis', 'away'] as const) await monitors[place].until('mọi văn bản đến nơi', patience, isSettled);
  return posted;
}

function send(stage: CountryStage, id: LetterId): Promise<Sent> {
  const { letter, path } = preparedAs(stage, id);
  const client: Client | undefined = stage.home.clients.get(letter.from) ?? stage.away.clients.get(letter.from);
  if (client === undefined) throw new Error(`no client for ${letter.from}`);
  return client.send({ path }, { idempotencyKey: `demo-${id}` });
}

function stateOf(stage: CountryStage, seen: Snapshot, id: LetterId, to: AgencyId): OperatorDelivery['state'] | undefined {
  const found = packageOf(seen, preparedAs(stage, id));
  return seen.deliveries.find((one) => one.package === found?.id && one.recipient === cast[to].code)?.state;
}

function isSettled({ deliveries }: Snapshot): boolean {
  return deliveries.every(({ state }) => state !== 'waiting' && state !== 'held');
}
