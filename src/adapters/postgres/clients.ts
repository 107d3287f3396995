import type pg from 'pg';
import type { BoundCertificate, ClientLogin, ClientSummary, Clients, PresentedCertificate, SecretRecord } from '../../routing/clients.ts';
import type { Now } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import { vietnamDay } from '../../routing/time.ts';
import { createNotedChange } from './noted-change.ts';
import type { Queryable } from './pool.ts';
import { orUnavailable } from './pool.ts';
import { present } from './present.ts';

/** The clients on PostgreSQL. */
export function createClients(pool: pg.Pool, now: Now): Clients {
  const noted = createNotedChange(pool, now);
  const change = (id: string, actor: string, what: string, work: (client: Queryable) => Promise<unknown>) =>
    noted('client.changed', actor, `${id}: ${what}`, async (client) => void (await work(client)));

  return {
    list: (page) => orUnavailable(() => list(pool, page, now())),
    show: (id) => orUnavailable(() => show(pool, id, now())),
    setScopes: (id, scopes, actor) =>
      change(id, actor, `scopes ${scopes.join(' ')}`, (client) => update(client, id, 'scopes = $2', [...new Set(scopes)])),
    setAgencies: (id, agencyIds, actor) =>
      change(id, actor, `agencies ${agencyIds.join(' ')}`, (client) => setAgencies(client, id, agencyIds)),
    suspend: (id, actor, reason) =>
      change(id, actor, `suspended: ${reason}`, (client) =>
        update(client, id, 'disabled_at = coalesce(disabled_at, $2), tokens_from = $2', now()),
      ),
    resume: (id, actor, reason) =>
      change(id, actor, `resumed: ${reason}`, (client) => update(client, id, 'disabled_at = null, tokens_from = $2', now())),
    revokeSecrets: (id, which, actor) =>
      noted('credentials.withdrawn', actor, `${which === 'all' ? 'all secrets' : `secret ${which.secret}`} of ${id}`, (client) =>
        revokeSecrets(client, id, which === 'all' ? null : which.secret, now()),
      ),
    bindCertificate: (id, binding, actor) =>
      noted('credentials.issued', actor, `certificate of ${id}: ${Object.values(binding).join(' ')}`, async (client) => {
        await lock(client, id);
        await bind(client, id, binding, now());
      }),
    unbindCertificate: (id, binding, actor) =>
      noted('credentials.withdrawn', actor, `certificate ${binding} of ${id}`, async (client) => {
        const { rowCount } = await client.query(
          'update client_certificates set withdrawn_at = $3 where id = $1 and client_id = $2 and withdrawn_at is null',
          [binding, id, now()],
        );
        return rowCount === 1;
      }),
    forCertificate: (certificate, at) => orUnavailable(() => forCertificate(pool, certificate, at)),
  };
}

const unknown = (id: string) => reject('CLIENT_UNKNOWN', { params: { client: id } });

async function update(client: Queryable, id: string, columns: string, value: unknown): Promise<void> {
  const { rowCount } = await client.query(`update clients set ${columns} where id = $1`, [id, value]);
  if (rowCount !== 1) throw unknown(id);
}

async function lock(client: Queryable, id: string): Promise<void> {
  const { rowCount } = await client.query('select from clients where id = $1 for update', [id]);
  if (rowCount !== 1) throw unknown(id);
}

async function setAgencies(client: Queryable, id: string, agencyIds: readonly string[]): Promise<void> {
  await lock(client, id);
  await client.query('delete from client_agencies where client_id = $1', [id]);
  await client.query('insert into client_agencies (client_id, agency_id) select $1, unnest($2::uuid[])', [id, [...new Set(agencyIds)]]);
}

async function revokeSecrets(client: Queryable, id: string, secret: string | null, at: Date): Promise<number> {
  await update(client, id, 'tokens_from = $2', at);
  const { rowCount } = await client.query(
    `update client_secrets set expires_at = $3
     where client_id = $1 and ($2::uuid is null or id = $2) and (expires_at is null or expires_at > $3)`,
    [id, secret, at],
  );
  return rowCount ?? 0;
}

type NewBinding = Parameters<Clients['bindCertificate']>[1];

async function bind(client: Queryable, id: string, binding: NewBinding, at: Date): Promise<void> {
  const known = 'fingerprint' in binding ? [binding.fingerprint, null, null] : [null, binding.subject, binding.issuer];
  const { rowCount } = await client.query(
    `insert into client_certificates (id, client_id, fingerprint, subject, issuer, bound_at)
     values ($1, $2, decode($3, 'hex'), $4, $5, $6) on conflict do nothing`,
    [binding.id, id, ...known, at],
  );
  if (rowCount !== 1) throw reject('CERTIFICATE_BOUND', { params: { certificate: known.filter((one) => one !== null).join(', ') } });
}

const summary = `c.id, c.name, c.scopes, c.created_at as "createdAt", c.disabled_at as "disabledAt",
  array(select agency_id::text from client_agencies ca where ca.client_id = c.id) as "agencyIds",
  (select coalesce(json_agg(json_build_object('id', a.id, 'name', a.name, 'code',
      (select min(code) from agency_codes where agency_id = a.id)) order by a.name), '[]')
    from client_agencies ca join agencies a on a.id = ca.agency_id where ca.client_id = c.id) as agencies,
  (select count(*) from client_secrets s where s.client_id = c.id and (s.expires_at is null or s.expires_at > $1)) as "liveSecrets",
  (select count(*) from client_certificates b where b.client_id = c.id and b.withdrawn_at is null) as "liveCertificates"`;

async function list(pool: pg.Pool, page: { readonly after?: string; readonly limit: number }, at: Date): Promise<ClientSummary[]> {
  const { rows } = await pool.query<ClientSummary>(`select ${summary} from clients c where c.id > $2 order by c.id limit $3`, [
    at,
    page.after ?? '',
    page.limit,
  ]);
  return rows.map(present);
}

async function show(pool: pg.Pool, id: string, at: Date) {
  const found = await pool.query<ClientSummary>(`select ${summary} from clients c where c.id = $2`, [at, id]);
  const client = found.rows[0];
  if (client === undefined) return null;
  const secrets = await pool.query<SecretRecord>(
    `select id, created_at as "createdAt", expires_at as "expiresAt" from client_secrets where client_id = $1 order by created_at desc`,
    [id],
  );
  const certificates = await pool.query<BoundCertificate>(
    `select id, encode(fingerprint, 'hex') as fingerprint, subject, issuer, bound_at as "boundAt", withdrawn_at as "withdrawnAt"
     from client_certificates where client_id = $1 order by bound_at desc`,
    [id],
  );
  return { ...present(client), secrets: secrets.rows.map(present), certificates: certificates.rows.map(present) };
}

interface LoginRow {
  readonly id: string;
  readonly scopes: string[];
  readonly agencies: string[];
  readonly split: string[];
  readonly hashes: string[];
  readonly tokensFrom: Date | null;
}

/**
 * A client with its live secret hashes; null when there is none or it is suspended. It speaks for its own agencies, goes on with the
 * inbox and the receipts of all that were merged into them by that day, and sees the receipts of those that were split among them and
 * others: every heir may act for what such an agency sent, while what it received is given to an heir by rule or by a person.
 */
export async function clientForLogin(pool: pg.Pool, id: string, at: Date): Promise<ClientLogin | null> {
  const { rows } = await pool.query<LoginRow>({
    name: 'login',
    text: `select c.id, c.scopes, c.tokens_from as "tokensFrom",
        array(with recursive own(id) as (
            select agency_id from client_agencies where client_id = c.id
            union
            select s.agency_id from own join succession_shares sh on sh.successor_id = own.id
            join successions s on s.id = sh.succession_id
            where s.kind = 'merge' and not s.undone and s.effective_on <= $3::date
          ) select id::text from own) as agencies,
        array(with recursive own(id) as (
            select agency_id from client_agencies where client_id = c.id
            union
            select s.agency_id from own join succession_shares sh on sh.successor_id = own.id
            join successions s on s.id = sh.succession_id
            where s.kind in ('merge', 'split') and not s.undone and s.effective_on <= $3::date
          ) select id::text from own) as split,
        array(select hash from client_secrets s where s.client_id = c.id and (s.expires_at is null or s.expires_at > $2)
          order by s.created_at desc limit 5) as hashes
      from clients c where c.id = $1 and c.disabled_at is null`,
    values: [id, at, vietnamDay(at)],
  });
  const row = rows[0];
  if (row === undefined) return null;
  const { agencies, split, tokensFrom, ...known } = row;
  const agencyIds = new Set(agencies);
  const splitIds = split.filter((one) => !agencyIds.has(one));
  const more = splitIds.length === 0 ? {} : { splitIds: new Set(splitIds) };
  return { ...known, agencyIds, ...more, ...(tokensFrom === null ? {} : { tokensFrom }) };
}

async function forCertificate(pool: pg.Pool, certificate: PresentedCertificate, at: Date): Promise<ClientLogin | null> {
  const { rows } = await pool.query<{ client: string }>({
    name: 'login-certificate',
    text: `select client_id as client from client_certificates
      where withdrawn_at is null and (fingerprint = decode($1, 'hex') or (subject = $2 and issuer = $3))
      order by fingerprint is null limit 1`,
    values: [certificate.fingerprint, certificate.subject, certificate.issuer],
  });
  return rows[0] === undefined ? null : clientForLogin(pool, rows[0].client, at);
}
