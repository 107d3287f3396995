import type { Pool } from 'pg';
import { findFirst } from '../../../src/adapters/postgres/first-receipt.ts';
import { createIntake } from '../../../src/adapters/postgres/intake.ts';
import { createPool } from '../../../src/adapters/postgres/pool.ts';
import { createRegister } from '../../../src/adapters/postgres/register.ts';
import { acceptanceOf, agencyWith, newId } from '../../support/acceptance.ts';
import { testDatabase } from '../../support/database.ts';

const sender = agencyWith('000.00.12.H61');
const inbox = agencyWith('000.00.45.H61');

let pool: Pool;
let close: () => Promise<void>;

beforeAll(async () => {
  const made = await testDatabase();
  pool = createPool({ url: made.url }, 4, { warn: () => undefined });
  close = () => pool.end().then(() => made.drop());
  await createRegister(pool, () => new Date()).add([sender, inbox], 'test');
  await pool.query('create extension pg_walinspect');
  await pool.query(
    `insert into packages (id, accepted, client_id, sender_agency_id, sha256, size, received_at, kind, promulgation_date, signature_state,
       certificate_fingerprint, signed_sha256)
     select gen_random_uuid(), true, 'old', $1, sha256(int8send(i)), 8000, now(), 'document', date '2024-03-02' + i % 700, 'valid', sha256('old'),
       sha256(int8send(-i))
     from generate_series(1, 20000) as i`,
    [sender.id],
  );
  await pool.query('vacuum (analyze) packages');
});

afterAll(() => close?.());

/** How many pages of each index over digests were written since a place in the log. */
async function pagesWritten(since: string): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ name: string; pages: number }>(
    `select c.relname as name, count(distinct b.relblocknumber) as pages
     from pg_get_wal_block_info($1, pg_current_wal_flush_lsn(), false) b join pg_class c on c.relfilenode = b.relfilenode
     where b.reldatabase = (select oid from pg_database where datname = current_database())
       and c.relname in ('packages_content', 'packages_signed')
     group by 1`,
    [since],
  );
  return Object.fromEntries(rows.map(({ name, pages }) => [name, pages]));
}

describe('the indexes over digests', () => {
  it('take in what is sent of one day on a few pages, whatever the history', async () => {
    const intake = createIntake(pool, () => undefined);
    const { rows } = await pool.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
    for (let i = 0; i < 100; i += 1) {
      const acceptance = { ...acceptanceOf(sender, [{ agency: inbox }]), signedInfo: Buffer.from(newId()) };
      expect(await intake.accept(acceptance)).toEqual({ result: 'stored' });
    }
    const pages = await pagesWritten(rows[0]?.lsn ?? '');
    expect(Object.keys(pages).sort()).toEqual(['packages_content', 'packages_signed']);
    expect(Math.max(...Object.values(pages))).toBeLessThan(10);
  });

  it('find the first receipt by its whole key', async () => {
    const { message } = acceptanceOf(sender, [{ agency: inbox }]).verified;
    const plans: string[] = [];
    const explaining = {
      query: async ({ text, values }: { text: string; values: unknown[] }) => {
        const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
        return { rows: [] };
      },
    } as unknown as Pool;
    await findFirst(explaining, { sha256: 'ab'.repeat(32), message }, [sender.id]);
    expect(plans[0]).toMatch(/packages_content[\s\S]*Index Cond: .*sender_agency_id.*promulgation_date.*sha256/);
  });
});
