import { accept } from './accept.ts';
import { axis } from './axis.ts';
import { axisSync } from './axis-sync.ts';
import { deliver } from './deliver.ts';
import { directory } from './directory.ts';
import { facade } from './facade.ts';
import { fanOut } from './fan-out.ts';
import type { BenchOptions } from './gateway.ts';
import { withHistory } from './history.ts';
import { large } from './large.ts';
import type { Judged } from './report.ts';
import { circumstances, table } from './report.ts';
import { soap } from './soap.ts';
import { verify } from './verify.ts';

/** Scenarios by name. `queue`: its figures depend on where the queue lives, so it also runs with Redis when REDIS_URL is given. */
const scenarios: Readonly<Record<string, { readonly queue: boolean; readonly run: (options: BenchOptions) => Promise<Judged[]> }>> = {
  'accept-8k': { queue: true, run: (options) => accept('accept-8k', options) },
  'accept-20k+200k': { queue: true, run: (options) => accept('accept-20k+200k', options) },
  deliver: { queue: true, run: deliver },
  large: { queue: false, run: large },
  'fan-out': { queue: false, run: fanOut },
  soap: { queue: false, run: soap },
  axis: { queue: false, run: axis },
  facade: { queue: false, run: facade },
  'axis-sync': { queue: false, run: axisSync },
  verify: { queue: false, run: verify },
  history: { queue: false, run: withHistory },
  directory: { queue: false, run: directory },
};

const given = process.argv.slice(2);
const chosen = given.filter((word) => !word.startsWith('--'));
// `--node=--cpu-prof` is for the node of the gateway.
const nodeArgs = given.flatMap((word) => (word.startsWith('--node=') ? [word.slice('--node='.length)] : []));
const unknown = chosen.filter((name) => !(name in scenarios));
if (unknown.length > 0) {
  process.stderr.write(`no such scenario: ${unknown.join(', ')}; there are ${Object.keys(scenarios).join(', ')}\n`);
  process.exit(2);
}

process.stdout.write(`${JSON.stringify(circumstances())}\n`);
const figures: Judged[] = [];
for (const [name, { queue, run }] of Object.entries(scenarios)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const redisUrl = process.env['REDIS_URL'];
  const places = queue && redisUrl !== undefined ? [undefined, redisUrl] : [undefined];
  for (const place of places) figures.push(...(await run({ redisUrl: place, nodeArgs })));
}
process.stdout.write(`${table(figures)}\n`);
process.exitCode = figures.some((figure) => figure.met === false) ? 1 : 0;
