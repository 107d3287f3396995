import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { productRoot } from '../src/paths.ts';
import { hasTool } from '../tests/support/signed-packages.ts';
import type { Attack } from './attack.ts';
import { families } from './families/index.ts';
import type { Result } from './judge.ts';
import { judge } from './judge.ts';
import { openXmlsec } from './oracle.ts';
import { withReport } from './report.ts';
import type { Stage } from './stage.ts';
import { openStage } from './stage.ts';
import type { Transport } from './transports.ts';
import { transports } from './transports.ts';

const words = process.argv.slice(2);
const given = words.filter((word) => !word.startsWith('--'));
/** `--transport=raw`: only that one. */
const ways = transports.filter(({ name }) => words.every((word) => !word.startsWith('--transport=') || word === `--transport=${name}`));
const unknown = given.filter((name) => !(name in families));
if (unknown.length > 0) {
  process.stderr.write(`no such family: ${unknown.join(', ')}; there are ${Object.keys(families).join(', ')}\n`);
  process.exit(2);
}

const page = join(productRoot, 'docs', 'attacks.md');
const stage = await openStage({ database: 'embedded' });
const failed: string[] = [];
let count = 0;
const began = performance.now();
const seconds = () => Math.round((performance.now() - began) / 1000);
try {
  for (const [name, attacks] of Object.entries(families)) {
    if (given.length > 0 && !given.includes(name) && name !== 'controls') continue;
    for (const [i, attack] of attacks.entries()) {
      for (const result of await play(stage, attack)) note(result);
      if (process.stdout.isTTY) process.stdout.write(`\r${name}: ${i + 1} of ${attacks.length}`);
    }
    failed.push(...(await secondOpinion(stage, attacks)));
    process.stdout.write(
      `${process.stdout.isTTY ? '\r' : ''}${name}: ${attacks.length} attacks, ${seconds()} s, ${failed.length} not as they must be\n`,
    );
  }
} finally {
  await stage.close();
}
for (const line of failed) process.stdout.write(`${line}\n`);
process.stdout.write(`${count} sent in ${seconds()} s, ${failed.length} not as they must be\n`);
if (failed.length === 0 && words.length === 0) writeFileSync(page, withReport(readFileSync(page, 'utf8'), Object.values(families).flat()));
process.exitCode = failed.length === 0 ? 0 : 1;

async function play(on: Stage, attack: Attack): Promise<Result[]> {
  const results: Result[] = [];
  for (const way of attack.kind === 'scene' ? ways.slice(0, 1) : ways) results.push(await judge(on, attack, way as Transport));
  return results;
}

function note({ attack, transport, faults }: Result): void {
  count += 1;
  if (faults.length > 0) failed.push(`${attack.id} ${attack.sentence} (${transport}): ${faults.join('; ')}`);
}

async function secondOpinion({ target }: Stage, attacks: readonly Attack[]): Promise<string[]> {
  if (!hasTool('xmlsec1')) return [];
  const xmlsec = await openXmlsec(target);
  const found: string[] = [];
  for (const attack of attacks) {
    if (attack.kind === 'scene' || attack.oracle === undefined) continue;
    const difference = await xmlsec.disagrees(attack, target);
    if (difference !== undefined) found.push(`${attack.id} ${attack.sentence}: ${difference}`);
  }
  await xmlsec.close();
  return found;
}
