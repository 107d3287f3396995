import type { Country } from './country.ts';
import { provinces } from './country.ts';
import { eventually } from './eventually.ts';
import { memoryOf, resetPeak } from './process-memory.ts';

const [sender] = provinces.a.units;

/** By how much the memory of each gateway grew while a package went by, in bytes. */
export type Growth = Readonly<Record<'a' | 'axis' | 'b', number>>;

/** Sends a package, a file, from the first unit of province A; it is carried over the axis until province B has its very bytes. */
export async function carry(country: Country, path: string): Promise<Growth> {
  const processes = { a: country.a.processes[0], axis: country.axis.gateway.processes[0], b: country.b.processes[0] };
  const pids = Object.entries(processes).map(([name, one]) => [name, one?.pid ?? 0] as const);
  await Promise.all(pids.map(([, pid]) => resetPeak(pid)));
  const before = new Map(await Promise.all(pids.map(async ([name, pid]) => [name, (await memoryOf(pid)).now] as const)));
  const { receipt } = await country.a.client(sender).send({ path });
  const sha256 = Buffer.from(receipt.package.sha256, 'hex');
  await eventually(async () => {
    const found = await country.b.database?.pool.query('select from packages where sha256 = $1 and accepted', [sha256]);
    return found?.rowCount === 1;
  });
  const grown = pids.map(async ([name, pid]) => [name, (await memoryOf(pid)).peak - (before.get(name) ?? 0)] as const);
  return Object.fromEntries(await Promise.all(grown)) as Growth;
}
