import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { provinces, startCountry } from '../tests/support/country.ts';
import { carry } from '../tests/support/country-load.ts';
import { closeServer, openServer } from '../tests/support/server.ts';
import { prepareLarge } from './corpus.ts';
import type { Judged } from './report.ts';
import { tell } from './report.ts';

const megabyte = 1_000_000;
const sizes = [50, 500];
const names = { a: 'sending province', axis: 'axis', b: 'receiving province' } as const;

/** One package of 50 MB and one of 500 MB from a province over an axis to another province: how much the memory of each gateway grows. */
export async function axis(): Promise<Judged[]> {
  await openServer();
  const country = await startCountry('');
  try {
    const [from] = provinces.a.units;
    const [to] = provinces.b.units;
    const send = async (size: number, number: number) => {
      const path = join(country.a.folder, `${size}.edxml`);
      await writeFile(path, prepareLarge(size * megabyte, country.a.agency(from), to, number).pieces);
      return carry(country, path);
    };
    // warm: code compiled, threads and pools at their usual size
    await send(5, 997_001);
    const figures: Judged[] = [];
    for (const size of sizes) {
      const grown = await send(size, 997_100 + size);
      for (const [place, name] of Object.entries(names)) {
        const value = grown[place as keyof typeof names] / 2 ** 20;
        figures.push(
          tell({ scenario: 'axis', figure: `${size} MB over an axis, growth of memory, ${name}`, value, unit: 'MiB', target: '<= 64' }),
        );
      }
    }
    return figures;
  } finally {
    await country.close();
    await closeServer();
  }
}
