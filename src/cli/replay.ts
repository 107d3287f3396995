import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { planView } from '../adapters/rest/views.ts';
import { reject } from '../routing/problem.ts';
import type { ReplayForecast, ReplayPlan } from '../routing/records.ts';
import type { Store } from '../store.ts';
import { type CommonOptions, command } from './command.ts';
import { moveEach } from './deliveries.ts';
import { UsageFault } from './failure.ts';
import { type FilterOptions, filterOptions, readFilter } from './filter.ts';
import { checkId } from './options.ts';
import { endProgress, note, print, showProgress } from './print.ts';
import { facts, table } from './table.ts';
import { actor, withStore } from './with-store.ts';
import { stateCounts } from './words.ts';

interface ReplayOptions extends CommonOptions, FilterOptions {
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly wait: boolean;
}

/** `lienthong deliveries replay`. */
export function replayCommand(parent: Command): void {
  const replay = command(parent, 'replay [deliveries...]', {
    vi: 'Chuyển lại: từng lần chuyển, hoặc mọi lần chuyển theo điều kiện lọc (kế hoạch được lưu, tiếp tục sau sự cố)',
    en: 'Replay deliveries by id, or all that a filter chooses (as a stored plan that survives a crash)',
  })
    .option('--reason <text>', 'lý do / reason')
    .option('--dry-run', 'chỉ cho biết sẽ làm gì / only say what would happen')
    .option('--no-wait', "không chờ kế hoạch xong / don't wait for the plan");
  filterOptions(replay).action(async (ids: readonly string[], options: ReplayOptions) => {
    const filter = readFilter(options);
    const filtered = Object.keys(filter).length > 0;
    if (ids.length > 0 === filtered) {
      throw new UsageFault('nêu mã các lần chuyển, hoặc ít nhất một điều kiện lọc / name deliveries, or at least one condition');
    }
    if (options.dryRun === true) return filtered ? forecast(options) : forecastEach(ids, options);
    const reason = options.reason ?? '';
    if (reason.trim() === '') throw reject('REASON_REQUIRED', { params: { move: 'replay' } });
    return filtered ? carryOut(options, reason) : moveEach(ids, options, (desk, id) => desk.replay(id, actor(), reason));
  });
}

async function forecast(options: ReplayOptions): Promise<void> {
  const found = await withStore(({ plans }) => plans.forecast(readFilter(options)));
  print(options, found, () => forecastText(found));
}

function forecastText(found: ReplayForecast): string {
  const rows = (counts: Readonly<Record<string, number>>) => Object.entries(counts).map(([word, count]) => [word, String(count)]);
  const head = facts([
    ['Sẽ chuyển lại / would be replayed', String(found.total)],
    ['Không chuyển lại được / not replayable', String(found.notReplayable)],
    ['Theo trạng thái / by state', stateCounts(found.byState) || '–'],
  ]);
  const count = { vi: 'Số lượng', en: 'Count', right: true };
  return `${head}\n${table([{ vi: 'Đơn vị nhận', en: 'Recipient' }, count], rows(found.byRecipient))}`;
}

async function forecastEach(ids: readonly string[], options: CommonOptions): Promise<void> {
  const found = await withStore(async ({ records }) => {
    const looked = await Promise.all(ids.map((id) => records.delivery(checkId(id))));
    return looked.map((one, at) => {
      if (one === null) throw reject('DELIVERY_UNKNOWN', { params: { delivery: ids[at] ?? '' } });
      const able = one.agencyId !== undefined && !['waiting', 'cancelled'].includes(one.state);
      return { delivery: one.id, state: one.state, recipient: one.recipient, replayable: able };
    });
  });
  print(options, found, () =>
    table(
      [
        { vi: 'Lần chuyển', en: 'Delivery' },
        { vi: 'Trạng thái', en: 'State' },
        { vi: 'Đơn vị nhận', en: 'Recipient' },
        { vi: 'Chuyển lại được', en: 'Replayable' },
      ],
      found.map((one) => [one.delivery, one.state, one.recipient, one.replayable ? 'có / yes' : 'không / no']),
    ),
  );
}

async function carryOut(options: ReplayOptions, reason: string): Promise<void> {
  const plan = await withStore(async (store) => {
    const { plans, newId, now } = store;
    const made = await plans.create({ id: newId(), createdAt: now(), actor: actor(), reason, filter: readFilter(options) });
    return options.wait ? untilDone(store, made) : made;
  });
  print(options, planView(plan), () =>
    facts([
      ['Kế hoạch / plan', plan.id],
      ['Tổng số / total', String(plan.total)],
      ['Đã chuyển lại / replayed', String(plan.replayed)],
      ['Bỏ qua / skipped', String(plan.skipped)],
      ['Xong / finished', plan.finishedAt === undefined ? 'chưa / not yet' : 'rồi / yes'],
    ]),
  );
}

const lookMilliseconds = 300;
/** A plan that has not moved for so long has nobody who carries it out. */
const stillSeconds = 10;

async function untilDone({ plans }: Pick<Store, 'plans'>, made: ReplayPlan): Promise<ReplayPlan> {
  let plan = made;
  let movedAt = Date.now();
  let warned = false;
  while (plan.finishedAt === undefined) {
    await sleep(lookMilliseconds);
    const now = (await plans.get(plan.id)) ?? plan;
    if (now.replayed + now.skipped > plan.replayed + plan.skipped) movedAt = Date.now();
    plan = now;
    showProgress(`${plan.replayed + plan.skipped}/${plan.total}`);
    if (!warned && Date.now() - movedAt > stillSeconds * 1000) {
      warned = true;
      note(`Kế hoạch ${plan.id} chưa tiến triển: trục có đang chạy không? / The plan does not move: is the gateway running?`);
    }
  }
  endProgress();
  return plan;
}
