import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { families } from '../../attacks/families/index.ts';
import { judge } from '../../attacks/judge.ts';
import { withReport } from '../../attacks/report.ts';
import type { Stage } from '../../attacks/stage.ts';
import { openStage } from '../../attacks/stage.ts';
import type { Transport } from '../../attacks/transports.ts';
import { transports } from '../../attacks/transports.ts';
import { productRoot } from '../../src/paths.ts';

const all = Object.values(families).flat();

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

/** The whole corpus is for `npm run attacks`; here the controls and every eighth attack, each over the next transport. */
describe('the corpus of attacks', () => {
  it('is large, and no two attacks are the same', () => {
    expect(all.filter(({ kind }) => kind === 'mutant').length).toBeGreaterThan(600);
    expect(new Set(all.map(({ id, sentence }) => `${id} ${sentence}`)).size).toBe(all.length);
  });

  it('has several forms of every row of the catalogue', () => {
    const signatures = Array.from({ length: 24 }, (_, i) => `S${String(i + 1).padStart(2, '0')}`);
    const rows = [
      ...signatures,
      'X01',
      'X02',
      'X03',
      'C01',
      'C02',
      'M01',
      'M02',
      'H01',
      'H02',
      'H03',
      'H04',
      'T01',
      'Q01',
      'L01',
      'L02',
      'L03',
    ];
    const forms = (row: string) => all.filter(({ id }) => id === row).length;
    expect(rows.filter((row) => forms(row) < 4)).toEqual([]);
  });

  it.each(Object.entries(families))(
    'nothing of the family %s survives',
    async (name, attacks) => {
      const faults: string[] = [];
      const chosen = attacks.filter((_, i) => name === 'controls' || i % 8 === 0);
      for (const [i, attack] of chosen.entries()) {
        const result = await judge(stage, attack, transports[i % transports.length] as Transport);
        faults.push(...result.faults.map((fault) => `${attack.id} ${attack.sentence}: ${fault}`));
      }
      expect(faults).toEqual([]);
    },
    60_000,
  );

  it('is what docs/attacks.md says', () => {
    const page = readFileSync(join(productRoot, 'docs', 'attacks.md'), 'utf8');
    expect(withReport(page, all)).toBe(page);
  });
});
