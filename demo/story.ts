import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayRefusal, type OperatorDelivery, type Sent } from '../src/client/client.ts';
import { cast } from './cast.ts';
import type { Prepared } from './compose.ts';
import type { LetterId } from './letters.ts';
import type { Snapshot } from './monitor.ts';
import { clientOf, type Stage } from './stage.ts';

/** What came of sending. `faults`: what should not have happened. */
export interface Told {
  readonly sent: ReadonlyMap<LetterId, Sent>;
  readonly faults: readonly string[];
}

/** What happens on the stage, in its order. Throws when something does not happen in time. */
export async function tellStory(stage: Stage): Promise<Told> {
  const { monitor, board } = stage;
  const sent = new Map<LetterId, Sent>();
  const faults: string[] = [];
  const post = async (id: LetterId) => void sent.set(id, await send(stage, id));

  board.say('Công văn gửi hai lần, hai lần cùng lúc / the same package sent twice, both at once');
  faults.push(...(await sendTwice(stage, 'report', sent)));
  board.say('Công điện hỏa tốc, giấy mời khẩn; phường Bến Sen đang mất kết nối / urgent ones, and one recipient is down');
  await Promise.all([post('storm'), post('meeting')]);
  board.say('Gói tin bị sửa sau khi ký / a package changed after signing');
  faults.push(...(await sendForged(stage)));
  board.say(`Báo cáo kèm bản quét ${megabytes(stage.prepared.get('records'))} MB; công văn gửi nhầm / a large one, and a misdirected one`);
  await Promise.all([post('records'), post('misdirected')]);
  board.say('Xã Đông Sen báo trạng thái 03, đã tiếp nhận / a recipient reports business status 03');
  await monitor.until('07/VPUB-TH đến xã Đông Sen', 30, (seen) => stateOf(stage, seen, 'report', 'xa-dong-sen') === 'delivered');
  await post('taken');

  await monitor.until('15/GM-SNV hết hạn', 40, (seen) => stateOf(stage, seen, 'meeting', 'phuong-ben-sen') === 'expired');
  board.say('Giấy mời hết hạn chuyển, đơn vị gửi được báo. Phường Bến Sen kết nối lại / given up; the recipient comes back');
  stage.endpoints.get('phuong-ben-sen')?.open(stage.provided.gatewayCertificate);
  await monitor.until('02/CĐ-VPUB đến phường Bến Sen', 40, (seen) => stateOf(stage, seen, 'storm', 'phuong-ben-sen') === 'delivered');
  await replayExpired(stage);
  await monitor.until('mọi văn bản đến nơi', 120, isSettled);
  await sleep(300);
  await monitor.look();
  return { sent, faults };
}

function send(stage: Stage, id: LetterId): Promise<Sent> {
  const { letter, path } = preparedAs(stage, id);
  return clientOf(stage.clients, letter.from).send({ path }, { idempotencyKey: `demo-${id}` });
}

/** The same package from two places at once, and once more later, has one receipt. */
async function sendTwice(stage: Stage, id: LetterId, sent: Map<LetterId, Sent>): Promise<string[]> {
  const both = await Promise.all([send(stage, id), send(stage, id)]);
  const all = [...both, await send(stage, id)];
  const [one] = all as [Sent, ...Sent[]];
  sent.set(id, one);
  const faults: string[] = [];
  if (all.filter(({ first }) => first).length !== 1)
    faults.push('một gói tin gửi ba lần không chỉ được nhận một lần / accepted more than once');
  if (all.some(({ xml }) => xml !== one.xml)) faults.push('gửi lại được biên nhận khác / sending again gave another receipt');
  return faults;
}

async function sendForged(stage: Stage): Promise<string[]> {
  try {
    await send(stage, 'forged');
    return ['gói tin bị sửa sau khi ký vẫn được nhận / a package that was changed after signing was accepted'];
  } catch (error) {
    if (!(error instanceof GatewayRefusal)) throw error;
    const codes = error.problems.map((problem) => problem.code);
    stage.rejections.set(preparedAs(stage, 'forged').sha256, error.problems.map((problem) => problem.vi).join('; '));
    return codes.includes('SIGNATURE_INVALID')
      ? []
      : [`gói tin bị sửa bị từ chối vì lý do khác / rejected for another reason: ${codes.join(', ')}`];
  }
}

async function replayExpired(stage: Stage): Promise<void> {
  const { deliveries } = await stage.monitor.look();
  const expired = deliveries.find((delivery) => delivery.state === 'expired');
  if (expired === undefined) throw new Error('không có lần chuyển hết hạn / nothing has expired');
  stage.board.say('Người vận hành chuyển lại giấy mời / the operator replays what was given up');
  await clientOf(stage.clients, 'operator').operator.replay(expired.id, 'Đơn vị nhận đã kết nối lại');
}

/** Where the delivery of a letter to a recipient stands. */
function stateOf(stage: Stage, seen: Snapshot, id: LetterId, to: keyof typeof cast): OperatorDelivery['state'] | undefined {
  const { sha256 } = preparedAs(stage, id);
  const found = seen.packages.find((one) => one.sha256 === sha256);
  return seen.deliveries.find((one) => one.package === found?.id && one.recipient === cast[to].code)?.state;
}

function isSettled({ deliveries }: Snapshot): boolean {
  return deliveries.every(({ state }) => state === 'delivered' || state === 'failed');
}

/** A package by its id. */
export function preparedAs({ prepared }: Pick<Stage, 'prepared'>, id: LetterId): Prepared {
  const found = prepared.get(id);
  if (found === undefined) throw new Error(`no package ${id}`);
  return found;
}

function megabytes(prepared: Prepared | undefined): number {
  return Math.round((prepared?.letter.file?.bytes ?? 0) / 1_000_000);
}
