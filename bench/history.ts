import { prepare, small } from './corpus.ts';
import type { BenchGateway, BenchOptions } from './gateway.ts';
import { openGateway } from './gateway.ts';
import { perPackage } from './processor-time.ts';
import type { Judged } from './report.ts';
import { tell } from './report.ts';
import { sendAll } from './senders.ts';

const connections = 16;
const history = 1_000_000;
/** Packages of a round at most, and its seconds. */
const count = 6000;
const seconds = 15;
const rounds = 3;

interface Round {
  readonly rate: number;
  /** Milliseconds of processor time per package: of the gateway with its threads, and of the database. */
  readonly gateway: number;
  readonly database: number;
}

/** What an acceptance costs with nothing in the tables, and with a million packages of history. */
export async function withHistory(options: BenchOptions): Promise<Judged[]> {
  const gateway = await openGateway(options);
  try {
    const measure = rounder(gateway);
    const empty = await best(measure);
    await gateway.stop();
    await fill(gateway);
    await gateway.restart();
    const full = await best(measure);
    return [
      ...figuresOf(gateway, 'empty tables', empty),
      ...figuresOf(gateway, `${history} of history`, full),
      ...compared(gateway, empty, full),
    ];
  } finally {
    await gateway.remove();
  }
}

function figuresOf({ queue }: BenchGateway, when: string, { rate, gateway, database }: Round): Judged[] {
  const about = { scenario: 'history', queue };
  return [
    tell({ ...about, figure: `packages accepted, ${when}`, value: rate, unit: '/s' }),
    tell({ ...about, figure: `processor time per package, gateway, ${when}`, value: gateway, unit: 'ms' }),
    tell({ ...about, figure: `processor time per package, database, ${when}`, value: database, unit: 'ms' }),
  ];
}

function compared({ queue }: BenchGateway, empty: Round, full: Round): Judged[] {
  const about = { scenario: 'history', queue, unit: '%' };
  const time = (round: Round) => round.gateway + round.database;
  return [
    tell({ ...about, figure: 'slower with history', value: (1 - full.rate / empty.rate) * 100, target: '<= 10' }),
    tell({ ...about, figure: 'more processor time with history', value: (time(full) / time(empty) - 1) * 100 }),
  ];
}

/** Sends a round of packages, new ones each time. */
function rounder(gateway: BenchGateway): () => Promise<Round> {
  let number = 0;
  return async () => {
    const packages = prepare(small, count, gateway.senders, gateway.inboxes, number);
    number += count;
    const before = await gateway.processorTime();
    const run = await sendAll(gateway.url, packages, gateway.senders, connections, seconds);
    const cost = perPackage(before, await gateway.processorTime(), run.count);
    return { rate: run.count / run.seconds, gateway: cost.gatewayMain + cost.gatewayThreads, database: cost.database };
  };
}

/** The fastest of some rounds after one that warms up. */
async function best(measure: () => Promise<Round>): Promise<Round> {
  await measure();
  const runs = [];
  for (let i = 0; i < rounds; i += 1) runs.push(await measure());
  return runs.reduce((a, b) => (a.rate > b.rate ? a : b));
}

/** A million delivered packages over the last two years, spread over the same senders and recipients, with all that belongs to them. */
async function fill(gateway: BenchGateway): Promise<void> {
  await gateway.withStore(async ({ database }) => {
    const pool = database.newPool(1, { patient: true });
    const began = performance.now();
    for (const statement of statements) await pool.query(statement);
    process.stderr.write(`history: ${history} packages written in ${Math.round((performance.now() - began) / 1000)} s\n`);
  });
}

/** An id of its time, as the gateway makes them: UUIDv7. `kind` keeps ids of different tables apart. */
const idOf = (kind: number) =>
  `(lpad(to_hex((extract(epoch from t.at) * 1000)::bigint), 12, '0') || '7000' || '80${kind}0' || lpad(to_hex(t.i), 12, '0'))::uuid`;

const times = `(
  select i, now() - interval '2 years' * (1 - i / ${history}.0) as at,
    (select array_agg(agency_id order by code) from agency_codes where code like '%.10.H61') as senders,
    (select array_agg(agency_id order by code) from agency_codes where code like '%.20.H61') as inboxes
  from generate_series(1, ${history}) as i
) as t`;

// One transaction: its `now()` makes the ids of all tables fit together.
const statements = [
  // rows that fit together need no look at what they refer to
  'set session_replication_role = replica',
  'set synchronous_commit = off',
  "set maintenance_work_mem = '256MB'",
  'begin',
  `insert into packages (id, accepted, client_id, sender_agency_id, sender_code, sha256, size, received_at, kind, action, document_id,
     number, notation, promulgation_date, subject, signature_state, signature_algorithm, certificate_fingerprint, signed_sha256)
   select ${idOf(1)}, true, 'old', t.senders[1 + i % cardinality(t.senders)], '000.01.10.H61', sha256(int8send(i)), 8000, t.at, 'document',
     'new', 'old-' || i, i::text, 'SNV-CCHC', t.at::date, 'V/v lịch sử', 'valid', 'ecdsa-sha256', sha256('old'), sha256(int8send(i)) from ${times}`,
  `insert into package_texts (package_id, content) select ${idOf(1)}, sha256(int8send(i)) from ${times}`,
  `insert into package_runs (package_id, ordinal, at, sha256, length) select ${idOf(1)}, 0, 5000, sha256(int8send(-i)), 200000 from ${times}`,
  `insert into attachments (package_id, ordinal, content_id, name, declared_type, sniffed_type, form, size, sha256, file_size, file_sha256)
   select ${idOf(1)}, 0, 'tep-1', 'van-ban.pdf', 'application/pdf', 'application/pdf', 'plain', 150000, sha256(int8send(-i)), 150000,
     sha256(int8send(-i)) from ${times}`,
  `insert into deliveries (id, package_id, recipient, agency_id, channel, urgency, state, turn, attempts, tries, created_at, due_at,
     deadline_at, changed_at)
   select ${idOf(2)}, ${idOf(1)}, '000.01.20.H61', t.inboxes[1 + i % cardinality(t.inboxes)], 'inbox', 0, 'delivered', 1, 1, 1, t.at, t.at,
     t.at + interval '7 days', t.at from ${times}`,
  `insert into attempts (id, delivery_id, turn, result, detail, started_at, finished_at)
   select ${idOf(3)}, ${idOf(2)}, 1, 'delivered', 'acknowledged', t.at, t.at from ${times}`,
  `insert into receipts (id, kind, package_id, sender_agency_id, issued_at, xml)
   select ${idOf(4)}, 'accepted', ${idOf(1)}, t.senders[1 + i % cardinality(t.senders)], t.at, repeat('x', 200) from ${times}`,
  `insert into receipts (id, kind, package_id, delivery_id, sender_agency_id, issued_at, xml)
   select ${idOf(5)}, 'delivered', ${idOf(1)}, ${idOf(2)}, t.senders[1 + i % cardinality(t.senders)], t.at, repeat('x', 200) from ${times}`,
  `insert into content_findings (package_id, ordinal, kind, at, result)
   select ${idOf(1)}, 0, 'pdf', t.at, '{"kind": "pdf", "verdict": "unsigned", "signatures": []}' from ${times}`,
  `insert into events (name, at, actor, package_id, delivery_id)
   select 'delivery.created', t.at, 'client:old', ${idOf(1)}, ${idOf(2)} from ${times}`,
  `insert into event_chain (position, event_seq, hash)
   select (select coalesce(max(position), 0) from event_chain) + row_number() over (order by seq), seq, sha256('old') from events
   where seq > (select coalesce(max(event_seq), 0) from event_chain)`,
  'commit',
  'vacuum (analyze) packages',
  'vacuum (analyze) package_texts',
  'vacuum (analyze) package_runs',
  'vacuum (analyze) attachments',
  'vacuum (analyze) content_findings',
  'vacuum (analyze) deliveries',
  'vacuum (analyze) receipts',
  'vacuum (analyze) events',
  'vacuum (analyze) event_chain',
  'vacuum (analyze) attempts',
  'checkpoint',
];
