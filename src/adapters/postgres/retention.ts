import { createHash } from 'node:crypto';
import type pg from 'pg';
import { firstIdOf } from '../../routing/ids.ts';
import type { NewId, Now } from '../../routing/ports.ts';
import type { PurgedPart, Retention, RetentionPolicy, RetentionRun } from '../../routing/retention.ts';
import { forecastDisk, monthsBefore } from '../../routing/retention.ts';
import { noteEvent } from './event-chain.ts';
import { createHolds, heldBy } from './legal-holds.ts';
import type { Queryable } from './pool.ts';
import { inTransaction } from './pool.ts';

const batch = 100;
const runLock = 11;

/**
 * The retention on PostgreSQL. Rows go first, in one transaction for each batch, with the record of what went; files of the content store
 * that no row names any longer are removed by the sweep of orphans a day later. So a crash at any moment leaves files too many, never too few.
 */
export function createRetention(pool: pg.Pool, policy: RetentionPolicy, ports: { readonly now: Now; readonly newId: NewId }): Retention {
  const { now } = ports;
  const cutoffs = () => ({ payload: monthsBefore(now(), policy.payloadMonths), records: monthsBefore(now(), policy.recordMonths) });

  async function part(name: PurgedPart, before: Date, dryRun: boolean, progress: (packages: number) => void) {
    const total = { packages: 0, bytes: 0, before, kept: 0 };
    for (let after: string | null = null; ; ) {
      const page: Page = dryRun
        ? await look(pool, name, after, before)
        : await inTransaction(pool, (client) => purge(client, name, after, before, { at: now(), batchId: ports.newId() }));
      total.packages += page.chosen.length;
      total.bytes += page.chosen.reduce((sum, one) => sum + one.size, 0);
      total.kept += page.looked - page.chosen.length;
      progress(total.packages);
      if (page.looked < batch) return total;
      after = page.last;
    }
  }

  return {
    ...createHolds(pool, now),
    async run(dryRun, progress) {
      const before = cutoffs();
      const session = await pool.connect();
      try {
        const lock = await session.query<{ mine: boolean }>('select pg_try_advisory_lock($1, 0) as mine', [runLock]);
        if (!lock.rows[0]?.mine) return nothingDone(dryRun, before);
        const records = await part('records', before.records, dryRun, progress);
        const payload = await part('payload', before.payload, dryRun, progress);
        await session.query('select pg_advisory_unlock($1, 0)', [runLock]);
        const { kept, ...rest } = records;
        return { dryRun, parts: { records: rest, payload: withoutKept(payload) }, kept: kept + payload.kept };
      } finally {
        session.release(true);
      }
    },
    async forecast(freeBytes, reserve) {
      const since = new Date(now().getTime() - 30 * 86_400_000);
      const added = await bytesBetween(pool, since, now());
      const removed: number[] = [];
      for (let month = 0; month < 12; month += 1) {
        const from = month === 0 ? new Date(0) : monthsBefore(now(), policy.payloadMonths - month);
        removed.push(await bytesBetween(pool, from, monthsBefore(now(), policy.payloadMonths - month - 1)));
      }
      return forecastDisk(now(), { freeBytes, reserve, bytesPerDay: added / 30 }, removed);
    },
  };
}

const withoutKept = ({ packages, bytes, before }: RetentionRun['parts']['payload']) => ({ packages, bytes, before });

/** Another process is at it. */
function nothingDone(dryRun: boolean, before: Readonly<Record<PurgedPart, Date>>): RetentionRun {
  const none = (at: Date) => ({ packages: 0, bytes: 0, before: at });
  return { dryRun, parts: { payload: none(before.payload), records: none(before.records) }, kept: 0 };
}

interface Chosen {
  readonly id: string;
  readonly size: number;
}

/** What of a page of old packages may go; `last` is where the next page begins. */
interface Page {
  readonly looked: number;
  readonly last: string | null;
  readonly chosen: readonly Chosen[];
}

/** Old packages that still have the part, by primary key: what was removed is never looked at again. */
const sources: Readonly<Record<PurgedPart, string>> = {
  payload: 'select package_id as id from package_texts where package_id < $2 and ($1::uuid is null or package_id > $1) order by 1',
  records: 'select id from packages where id < $2 and ($1::uuid is null or id > $1) order by 1',
};

async function look(client: Queryable, part: PurgedPart, after: string | null, before: Date, lock = ''): Promise<Page> {
  const bound = firstIdOf(before);
  const { rows } = await client.query<{ id: string }>(`${sources[part]} limit ${batch}`, [after, bound]);
  const ids = rows.map((row) => row.id);
  const chosen = await client.query<Chosen>(
    `select p.id, p.size from packages p
     where p.id = any($1)
       and not exists (select 1 from deliveries d where d.package_id = p.id and d.state in ('waiting', 'held'))
       and not ${heldBy}
       and ($2 = 'payload' or not is_referred_to(p.id, $3))
     order by p.id ${lock}`,
    [ids, part, bound],
  );
  return { looked: ids.length, last: ids.at(-1) ?? after, chosen: chosen.rows };
}

async function purge(
  client: pg.PoolClient,
  part: PurgedPart,
  after: string | null,
  before: Date,
  { at, batchId }: { readonly at: Date; readonly batchId: string },
): Promise<Page> {
  const first = await look(client, part, after, before);
  // nobody may send one of them again, or to anybody else, from here on: they and their deliveries are locked, and then looked at once more
  const looked = [first.chosen.map((one) => one.id)];
  await client.query('select 1 from packages where id = any($1) order by id for update', looked);
  await client.query('select 1 from deliveries where package_id = any($1) order by id for update', looked);
  const page = { ...(await look(client, part, after, before, 'for update')), looked: first.looked, last: first.last };
  const ids = page.chosen.map((one) => one.id);
  if (ids.length === 0) return page;
  await client.query(
    `insert into purged_packages (package_id, part, batch_id, purged_at, sender_code, received_at, accepted, sha256, size, deliveries)
     select p.id, $2, $3, $4, p.sender_code, p.received_at, p.accepted, p.sha256, p.size,
       (select count(*) from deliveries d where d.package_id = p.id)
     from packages p where p.id = any($1)`,
    [ids, part, batchId, at],
  );
  const digest = await digestOf(client, batchId);
  await noteEvent(client, {
    name: 'retention.purged',
    at,
    actor: 'gateway',
    reason: `${part} ${ids.length} ${batchId} ${digest}`,
  });
  if (part === 'records') await client.query('select remove_records($1)', [ids]);
  else {
    await client.query('delete from package_runs where package_id = any($1)', [ids]);
    await client.query('delete from package_texts where package_id = any($1)', [ids]);
  }
  return page;
}

/** SHA-256 (hex) over the rows of a batch, in the order of their ids: what the event of the batch states. */
export async function digestOf(client: Queryable, batchId: string): Promise<string> {
  const { rows } = await client.query<Record<string, unknown>>(
    `select package_id, part, sender_code, received_at, accepted, encode(sha256, 'hex') as sha256, size, deliveries
     from purged_packages where batch_id = $1 order by package_id`,
    [batchId],
  );
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex');
}

async function bytesBetween(pool: pg.Pool, from: Date, to: Date): Promise<number> {
  const { rows } = await pool.query<{ bytes: string }>(
    `select coalesce(sum(p.size), 0)::text as bytes from package_texts t join packages p on p.id = t.package_id
     where t.package_id >= $1 and t.package_id < $2 and p.id >= $1 and p.id < $2`,
    [firstIdOf(from), firstIdOf(to)],
  );
  return Number(rows[0]?.bytes ?? 0);
}
