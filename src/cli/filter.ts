import type { Command } from 'commander';
import { codes } from '../routing/codes/index.ts';
import type { DeliveryState } from '../routing/delivery.ts';
import type { LawLevel } from '../routing/law.ts';
import type { DeliveryFilter } from '../routing/records.ts';
import { readMoment } from './moment.ts';
import { oneOf } from './options.ts';

/** The options that narrow deliveries. */
export interface FilterOptions {
  readonly state?: DeliveryState;
  readonly recipient?: string;
  readonly sender?: string;
  readonly code?: string;
  readonly law?: LawLevel;
  readonly owed?: LawLevel;
  readonly since?: string;
  readonly until?: string;
}

const states = ['waiting', 'held', 'delivered', 'failed', 'cancelled', 'expired'] as const satisfies readonly DeliveryState[];

/** Adds those options to a command. */
export function filterOptions(to: Command): Command {
  to.option('--state <state>', `trạng thái / state: ${states.join(', ')}`, oneOf(...states))
    .option('--recipient <code>', 'mã đơn vị nhận / recipient')
    .option('--sender <code>', 'mã đơn vị gửi / sender')
    .option('--code <code>', 'mã lỗi / code of the problem, REFUSED_BY_RECIPIENT, …', oneOf(...Object.keys(codes)))
    .option('--since <moment>', 'từ / from: 2h, 3d, 2026-03-02, 2026-03-02T09:15:00+07:00')
    .option('--until <moment>', 'đến / until');
  return timerOptions(to);
}

/** Adds the options that choose by deadlines of the law. */
export function timerOptions(to: Command): Command {
  return to
    .option('--law <level>', 'chưa đến nơi, sắp hoặc đã quá hạn luật / not delivered by law: near, late', oneOf('near', 'late'))
    .option(
      '--owed <level>',
      'đã đến nhưng đơn vị nhận chưa báo 01/03 đúng hạn / not reported by its recipient: near, late',
      oneOf('near', 'late'),
    );
}

/** The filter that those options mean. Throws UsageFault for a moment that is none. */
export function readFilter({ state, recipient, sender, code, law, owed, since, until }: FilterOptions, now = new Date()): DeliveryFilter {
  return {
    ...(state === undefined ? {} : { state }),
    ...(recipient === undefined ? {} : { recipient }),
    ...(sender === undefined ? {} : { sender }),
    ...(code === undefined ? {} : { code }),
    ...(law === undefined ? {} : { law }),
    ...(owed === undefined ? {} : { owed }),
    ...(since === undefined ? {} : { since: readMoment(since, now, 'since') }),
    ...(until === undefined ? {} : { until: readMoment(until, now, 'until') }),
  };
}
