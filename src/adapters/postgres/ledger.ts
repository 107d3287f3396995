import type pg from 'pg';
import type { DeliveryState } from '../../routing/delivery.ts';
import { firstIdOf } from '../../routing/ids.ts';
import type { Ledger, LedgerFault, LedgerRow } from '../../routing/ledger.ts';
import { unaccounted } from '../../routing/ledger.ts';
import type { OutgoingPackage } from '../../routing/outbox.ts';
import type { OutgoingRow } from './delivery-rows.ts';
import { contentColumns, outgoingFrom, packageColumns } from './delivery-rows.ts';
import { checkChain, sealEvents } from './event-chain.ts';
import { digestOf } from './retention.ts';

/** Says whether the stored content of a package is still what was received. */
export type CheckContent = (content: OutgoingPackage) => Promise<'sound' | 'missing' | 'altered'>;

/** Reads the ledger since `since` and checks every package in it: numbers, receipts, content; and the whole event chain. */
export async function readLedger(
  pool: pg.Pool,
  since: Date,
  checkContent: CheckContent,
  progress: (packages: number) => void,
): Promise<Ledger> {
  await sealEvents(pool);
  const from = firstIdOf(since);
  const rows = await ledgerRows(pool, from);
  const receipts = await receiptFaults(pool, from);
  const content = await contentFaults(pool, from, checkContent, progress);
  const faults = [...receipts, ...content.faults, ...(await purgeFaults(pool, from))];
  return {
    rows,
    faults,
    checkedPackages: content.packages,
    checkedBytes: content.bytes,
    chain: await checkChain(pool),
    unaccounted: unaccounted(rows, faults),
  };
}

const states: readonly DeliveryState[] = ['waiting', 'held', 'delivered', 'failed', 'cancelled', 'expired'];

async function ledgerRows(pool: pg.Pool, from: string): Promise<LedgerRow[]> {
  const { rows } = await pool.query<
    { day: string; sender: string; packages: number; promised: number; purged: number } & Record<DeliveryState, number>
  >(
    `select to_char(p.received_at at time zone 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD') as day, p.sender_code as sender,
       count(*) as packages, coalesce(sum(e.promised), 0)::bigint as promised,
       ${states.map((state) => `coalesce(sum(d.${state}), 0)::bigint as ${state}`).join(', ')}, 0::bigint as purged
     from packages p
     left join lateral (
       select count(*) as promised from events e where e.package_id = p.id and e.name = 'delivery.created'
     ) e on true
     left join lateral (
       select ${states.map((state) => `count(*) filter (where state = '${state}') as ${state}`).join(', ')}
       from deliveries d where d.package_id = p.id
     ) d on true
     where p.accepted and p.id >= $1
     group by 1, 2
     union all
     select to_char(x.received_at at time zone 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD'), x.sender_code, count(*), sum(x.deliveries)::bigint,
       ${states.map(() => '0').join(', ')}, sum(x.deliveries)::bigint
     from purged_packages x where x.part = 'records' and x.accepted and x.package_id >= $1
     group by 1, 2
     order by 1, 2`,
    [from],
  );
  return rows.map((row) => ({
    day: row.day,
    purged: row.purged,
    sender: row.sender,
    packages: row.packages,
    promised: row.promised,
    states: Object.fromEntries(states.map((state) => [state, row[state]])) as Record<DeliveryState, number>,
  }));
}

async function receiptFaults(pool: pg.Pool, from: string): Promise<LedgerFault[]> {
  const { rows } = await pool.query<LedgerFault & { deliveryId: string | null }>(
    `select p.id as "packageId", 'no accepted receipt' as what, null::uuid as "deliveryId" from packages p
     where p.accepted and p.id >= $1
       and not exists (select 1 from receipts r where r.package_id = p.id and r.kind = 'accepted')
     union all
     select p.id, 'no delivery', null from packages p
     where p.accepted and p.id >= $1 and not exists (select 1 from deliveries d where d.package_id = p.id)
     union all
     select d.package_id, 'final without receipt', d.id from deliveries d join packages p on p.id = d.package_id
     where p.id >= $1 and d.state in ('delivered', 'failed', 'expired', 'cancelled')
       and not exists (select 1 from receipts r where r.package_id = p.id and r.delivery_id = d.id and r.kind = d.state)
     limit 1000`,
    [from],
  );
  return rows.map(({ deliveryId, ...fault }) => (deliveryId === null ? fault : { ...fault, deliveryId }));
}

/** Every batch of removals must be as its event in the chain states. */
async function purgeFaults(pool: pg.Pool, from: string): Promise<LedgerFault[]> {
  const { rows } = await pool.query<{ id: string; package: string; reason: string | null }>(
    `select b.batch_id as id, b.package, e.reason from (
       select batch_id, min(package_id::text) as package, part, count(*) as n from purged_packages
       where batch_id in (select batch_id from purged_packages where package_id >= $1) group by batch_id, part
     ) as b left join events e on e.name = 'retention.purged' and split_part(e.reason, ' ', 3) = b.batch_id::text
       and e.reason like b.part || ' ' || b.n || ' %'`,
    [from],
  );
  const faults: LedgerFault[] = [];
  for (const { id, package: packageId, reason } of rows) {
    const digest = await digestOf(pool, id);
    if (reason?.endsWith(` ${digest}`) !== true) faults.push({ packageId, what: 'purge not in the chain' });
  }
  return faults;
}

async function contentFaults(pool: pg.Pool, from: string, check: CheckContent, progress: (packages: number) => void) {
  const faults: LedgerFault[] = [];
  let packages = 0;
  let bytes = 0;
  let after: string | null = null;
  for (;;) {
    const { rows }: { rows: OutgoingRow[] } = await pool.query<OutgoingRow>(
      `select ${packageColumns}, ${contentColumns} from packages p left join package_texts t on t.package_id = p.id
       where p.accepted and (t.package_id is not null or not exists (
         select 1 from purged_packages x where x.package_id = p.id and x.part = 'payload'))
        and p.id >= $1 and ($2::uuid is null or p.id > $2) order by p.id limit 200`,
      [from, after],
    );
    for (const row of rows) {
      const found = row.text === null ? 'missing' : await check(outgoingFrom(row));
      if (found !== 'sound') faults.push({ packageId: row.p_id, what: `content ${found}` });
      packages += 1;
      bytes += row.p_size;
      after = row.p_id;
    }
    progress(packages);
    if (rows.length < 200) return { faults, packages, bytes };
  }
}
