import type { Attack, Mutant } from './attack.ts';
import type { Stage } from './stage.ts';
import type { Transport } from './transports.ts';
import type { Cost } from './watch.ts';
import { measure, storedBetween } from './watch.ts';

/** Bounds for every attack. Seconds are the gateway's processor time, so that a busy machine makes no difference. */
export const bounds = { processorSeconds: 2, megabytes: 64 };

/** What became of one attack over one transport. `faults`: everything that is not as it must be. */
export interface Result {
  readonly attack: Attack;
  readonly transport: string;
  readonly verdict: string;
  readonly cost: Cost;
  readonly faults: readonly string[];
}

/** Plays an attack and watches the gateway. */
export async function judge(stage: Stage, attack: Attack, transport: Transport): Promise<Result> {
  const before = await stage.census();
  const ended = measure(stage.pid);
  const verdict = await (attack.kind === 'scene' ? attack.play(stage) : sendMutant(stage, attack, transport)).catch(
    (error: Error) => `nothing: ${error.message}`,
  );
  const cost = ended();
  const after = await stage.census();
  const may = attack.kind === 'scene' ? attack.stores === 'packages' : attack.expected === 'accepted';
  const faults = [
    ...(matches(verdict, attack.expected) ? [] : [`${attack.expected} expected, ${verdict} found`]),
    ...(cost.processorSeconds <= bounds.processorSeconds ? [] : [`${cost.processorSeconds} s of processor time`]),
    ...(cost.megabytes <= bounds.megabytes ? [] : [`${Math.round(cost.megabytes)} MB of memory`]),
    ...(may ? [] : storedBetween(before, after).map((what) => `stored ${what}`)),
    ...stage.cage.touched().map((what) => `touched ${what}`),
  ];
  return { attack, transport: attack.kind === 'scene' ? 'http' : transport.name, verdict, cost, faults };
}

async function sendMutant(stage: Stage, mutant: Mutant, transport: Transport): Promise<string> {
  const made = mutant.make(stage.target);
  const { headers, body } = transport.wrap(typeof made === 'string' ? Buffer.from(made) : made);
  return transport.verdict(await stage.ask({ path: transport.path, method: 'POST', headers, body }));
}

/** The same bytes come once over every transport: what was accepted over the first is repeated over the others. */
function matches(verdict: string, expected: string): boolean {
  if (expected === 'accepted') return verdict === 'accepted' || verdict === 'repeated';
  return verdict === expected || verdict.split(' ').includes(expected);
}
