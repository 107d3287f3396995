import type { Shape } from './corpus.ts';
import { prepare, small, usual } from './corpus.ts';
import type { BenchGateway, BenchOptions } from './gateway.ts';
import { openGateway } from './gateway.ts';
import type { ProcessorTime } from './processor-time.ts';
import { perPackage } from './processor-time.ts';
import type { Judged } from './report.ts';
import { tell } from './report.ts';
import { percentile, sendAll } from './senders.ts';

/** Packages are sent over so many connections at once. */
export const connections = 16;
/**
 * Longest time, in seconds, of warming up and of measuring: a slow machine is measured with fewer packages. V8 goes on compiling for
 * thousands of packages, which a server that runs for months does not feel.
 */
const longest = { warmUp: 40, measured: 30 };

interface Load {
  readonly scenario: string;
  readonly shape: Shape;
  readonly warmUp: number;
  readonly count: number;
  readonly target: string;
}

const loads = {
  'accept-8k': { scenario: 'accept-8k', shape: small, warmUp: 12_000, count: 12_000, target: '>= 600' },
  'accept-20k+200k': { scenario: 'accept-20k+200k', shape: usual, warmUp: 5000, count: 5000, target: '>= 300' },
} as const satisfies Record<string, Load>;

/** How fast packages are accepted: durable, and answered with a signed receipt. */
export async function accept(name: keyof typeof loads, options: BenchOptions): Promise<Judged[]> {
  const load: Load = loads[name];
  const gateway = await openGateway(options);
  try {
    const warming = prepare(load.shape, load.warmUp, gateway.senders, gateway.inboxes);
    const warm = await sendAll(gateway.url, warming, gateway.senders, connections, longest.warmUp);
    const packages = prepare(load.shape, load.count, gateway.senders, gateway.inboxes, load.warmUp);
    const before = await gateway.processorTime();
    const run = await sendAll(gateway.url, packages, gateway.senders, connections, longest.measured);
    const cost = perPackage(before, await gateway.processorTime(), run.count);
    const stored = await accounted(gateway);
    const about = { scenario: name, queue: gateway.queue };
    return [
      tell({ ...about, figure: 'packages accepted', value: run.count / run.seconds, unit: '/s', target: load.target }),
      tell({ ...about, figure: 'p50 of accepting', value: percentile(run.latencies, 50), unit: 'ms' }),
      tell({ ...about, figure: 'p99 of accepting', value: percentile(run.latencies, 99), unit: 'ms' }),
      ...costFigures(about, cost),
      tell({ ...about, figure: 'packages missing in the store', value: warm.count + run.count - stored, unit: '', target: '<= 0' }),
    ];
  } finally {
    await gateway.remove();
  }
}

/** Where the processor time of a package goes: two processors give 2000 ms a second. */
export function costFigures(about: { readonly scenario: string; readonly queue: 'postgres' | 'redis' }, cost: ProcessorTime): Judged[] {
  return (['gatewayMain', 'gatewayThreads', 'database', 'generator'] as const).map((who) =>
    tell({ ...about, figure: `processor time per package, ${who}`, value: cost[who], unit: 'ms' }),
  );
}

async function accounted(gateway: BenchGateway): Promise<number> {
  const { rows } = await gateway.withStore((store) =>
    store.database.pool.query<{ n: number }>('select count(*) as n from packages where accepted'),
  );
  return rows[0]?.n ?? 0;
}
