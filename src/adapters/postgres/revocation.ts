import type pg from 'pg';
import type { AnswerRecord, CrlRecord, CrlSource, RevocationRecords } from '../../routing/revocation.ts';
import { orUnavailable } from './pool.ts';
import { present } from './present.ts';

/** Revocation lists, OCSP answers and sources on PostgreSQL. */
export function createRevocationRecords(pool: pg.Pool): RevocationRecords {
  return {
    keepCrl: (crl, der) => keepCrl(pool, crl, der),
    crls: (authority) => orUnavailable(() => crls(pool, authority)),
    crlBytes: (sha256) => orUnavailable(() => crlBytes(pool, sha256)),
    keepAnswer: (answer) => keepAnswer(pool, answer),
    answer: (authority, serial) => orUnavailable(() => answer(pool, authority, serial)),
    dueSources: (urls, now, limit) => dueSources(pool, urls, now, limit),
    sources: async () => (await pool.query<CrlSource>(`select ${sourceColumns} from crl_sources order by url`)).rows.map(present),
    leaves: (at) => leaves(pool, at),
    keepSource: (source) => keepSource(pool, source),
    forget: (before, authorities, urls) => forget(pool, before, authorities, urls),
  };
}

const crlColumns = `encode(authority, 'hex') as authority, issuer, encode(scope, 'hex') as scope, number::text, base::text,
  this_update as "thisUpdate", next_update as "nextUpdate", entries, length(der) as size, encode(sha256, 'hex') as sha256, source,
  fetched_at as "fetchedAt"`;

/** Two that bring a list at the same time must not put the older one last: the row decides, not the caller. */
async function keepCrl(pool: pg.Pool, crl: CrlRecord, der: Uint8Array): Promise<'kept' | 'known' | 'older'> {
  const { rowCount } = await pool.query(
    `insert into crls as present
       (authority, scope, delta, sha256, issuer, number, base, this_update, next_update, entries, source, fetched_at, der)
     values (decode($1, 'hex'), decode($2, 'hex'), $3, decode($4, 'hex'), $5, $6, $7, $8, $9, $10, $11, $12, $13)
     on conflict (authority, scope, delta) do update set
       sha256 = excluded.sha256, issuer = excluded.issuer, number = excluded.number, base = excluded.base,
       this_update = excluded.this_update, next_update = excluded.next_update, entries = excluded.entries, source = excluded.source,
       fetched_at = excluded.fetched_at, der = excluded.der
     where present.sha256 <> excluded.sha256
       and (present.number < excluded.number
         or (coalesce(present.number = excluded.number, true) and present.this_update <= excluded.this_update))`,
    [
      crl.authority,
      crl.scope,
      crl.base !== undefined,
      crl.sha256,
      crl.issuer,
      crl.number ?? null,
      crl.base ?? null,
      crl.thisUpdate,
      crl.nextUpdate,
      crl.entries,
      crl.source.slice(0, 2000),
      crl.fetchedAt,
      der,
    ],
  );
  if (rowCount === 1) return 'kept';
  const { rows } = await pool.query(`select from crls where sha256 = decode($1, 'hex')`, [crl.sha256]);
  return rows.length === 1 ? 'known' : 'older';
}

async function crls(pool: pg.Pool, authority: string | undefined): Promise<CrlRecord[]> {
  const { rows } =
    authority === undefined
      ? await pool.query<CrlRecord>(`select ${crlColumns} from crls order by issuer, scope, delta`)
      : await pool.query<CrlRecord>({
          name: 'crls',
          text: `select ${crlColumns} from crls where authority = decode($1, 'hex')`,
          values: [authority],
        });
  return rows.map(present);
}

async function crlBytes(pool: pg.Pool, sha256: string): Promise<Uint8Array | null> {
  const { rows } = await pool.query<{ der: Buffer }>(`select der from crls where sha256 = decode($1, 'hex')`, [sha256]);
  return rows[0]?.der ?? null;
}

async function keepAnswer(pool: pg.Pool, kept: AnswerRecord): Promise<void> {
  await pool.query(
    `insert into ocsp_answers as present (authority, serial, sha256, this_update, valid_until, fetched_at, der)
     values (decode($1, 'hex'), $2, decode($3, 'hex'), $4, $5, $6, $7)
     on conflict (authority, serial) do update set sha256 = excluded.sha256, this_update = excluded.this_update,
       valid_until = excluded.valid_until, fetched_at = excluded.fetched_at, der = excluded.der
     where present.this_update <= excluded.this_update`,
    [kept.authority, kept.serial, kept.sha256, kept.thisUpdate, kept.validUntil, kept.fetchedAt, kept.der],
  );
}

async function answer(pool: pg.Pool, authority: string, serial: string): Promise<AnswerRecord | null> {
  const { rows } = await pool.query<AnswerRecord>({
    name: 'ocsp-answer',
    text: `select encode(authority, 'hex') as authority, serial, 'ocsp' as kind, encode(sha256, 'hex') as sha256,
        this_update as "thisUpdate", valid_until as "validUntil", fetched_at as "fetchedAt", der
      from ocsp_answers where authority = decode($1, 'hex') and serial = $2`,
    values: [authority, serial],
  });
  return rows[0] ?? null;
}

const sourceColumns = `url, etag, last_modified as "lastModified", checked_at as "checkedAt", next_check_at as "nextCheckAt", failures, problem`;

async function dueSources(pool: pg.Pool, urls: readonly string[], now: Date, limit: number): Promise<CrlSource[]> {
  await pool.query(
    `insert into crl_sources (url, next_check_at) select u, $2 from unnest($1::text[]) as u where length(u) <= 2000 on conflict do nothing`,
    [urls, now],
  );
  const { rows } = await pool.query<CrlSource>(
    `select ${sourceColumns} from crl_sources where next_check_at <= $1 and url = any($2) order by next_check_at limit $3`,
    [now, urls, limit],
  );
  return rows.map(present);
}

/** Those registered, and those accepted by a binding, as the evidence of their packages keeps them. */
async function leaves(pool: pg.Pool, at: Date): Promise<Uint8Array[]> {
  const { rows } = await pool.query<{ der: Buffer }>(
    `select der from certificates where withdrawn_at is null and not_after >= $1
     union select o.der from bound_certificates b join trust_objects o on o.sha256 = b.fingerprint where b.not_after >= $1`,
    [at],
  );
  return rows.map((row) => row.der);
}

async function keepSource(pool: pg.Pool, source: CrlSource): Promise<void> {
  await pool.query(
    `update crl_sources set etag = $2, last_modified = $3, checked_at = $4, next_check_at = $5, failures = $6, problem = $7 where url = $1`,
    [
      source.url,
      source.etag ?? null,
      source.lastModified ?? null,
      source.checkedAt ?? null,
      source.nextCheckAt,
      source.failures,
      source.problem === undefined ? null : JSON.stringify(source.problem),
    ],
  );
}

async function forget(pool: pg.Pool, before: Date, authorities: readonly string[], urls: readonly string[]) {
  const answers = await pool.query('delete from ocsp_answers where valid_until < $1', [before]);
  const lists = await pool.query(
    `delete from crls where next_update < $1 and authority <> all(select decode(a, 'hex') from unnest($2::text[]) as a)`,
    [before, authorities],
  );
  const sources = await pool.query('delete from crl_sources where next_check_at < $1 and url <> all($2)', [before, urls]);
  return { answers: answers.rowCount ?? 0, lists: lists.rowCount ?? 0, sources: sources.rowCount ?? 0 };
}
