import type pg from 'pg';
import type { Now } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import type { Agency, CertificateRecord, ClientRecord, Register, RegisteredAgency } from '../../routing/register.ts';
import { addAgencies } from './add-agencies.ts';
import { clientForLogin } from './clients.ts';
import { wordQuery } from './listed-agencies.ts';
import { createNotedChange } from './noted-change.ts';
import type { Queryable } from './pool.ts';
import { orUnavailable } from './pool.ts';
import { present } from './present.ts';

/** The register on PostgreSQL. */
export function createRegister(pool: pg.Pool, now: Now): Register {
  const change = createNotedChange(pool, now);
  const set = (id: string, columns: string, values: unknown[], actor: string, reason: string) =>
    change('agency.changed', actor, `${id}: ${reason}`, async (client) => {
      const { rowCount } = await client.query(`update agencies set ${columns} where id = $1`, [id, ...values]);
      if (rowCount !== 1) throw reject('AGENCY_UNKNOWN', { params: { code: id } });
    });

  return {
    add: (agencies, actor) =>
      change('agency.changed', actor, `added ${agencies.length} agencies`, (client) => addAgencies(client, agencies)),
    setStatus: (id, status, actor, reason) => set(id, 'status = $2', [status], actor, `${status}: ${reason}`),
    setChannel: (id, c, actor) =>
      set(
        id,
        'channel = $2, push_url = $3, push_settings = $4',
        [c.channel, c.pushUrl ?? null, pushSettings(c.pushConcurrency)],
        actor,
        `channel ${c.channel} ${c.pushUrl ?? ''}`,
      ),
    setPolicy: (id, policy, actor) => set(id, 'signature_policy = $2', [policy], actor, `signature policy ${policy}`),
    byCode: (code) => orUnavailable(() => byCode(pool, code)),
    list: (page) => orUnavailable(() => list(pool, page)),
    codesAmong: (codes) => orUnavailable(() => codesAmong(pool, codes)),
    addCertificate: (agencyId, certificate, actor) =>
      change('certificate.added', actor, `${agencyId}: ${certificate.fingerprint}`, (client) =>
        addCertificate(client, agencyId, certificate),
      ),
    withdrawCertificate: (agencyId, fingerprint, actor, reason) =>
      change('certificate.withdrawn', actor, `${agencyId}: ${fingerprint}: ${reason}`, (client) =>
        withdrawCertificate(client, agencyId, fingerprint, now()),
      ),
    addClient: (client, actor) => change('credentials.issued', actor, `client ${client.id}`, (queryable) => addClient(queryable, client)),
    addSecret: (clientId, secret, endOlderAt, actor) =>
      change('credentials.issued', actor, `secret of ${clientId}`, async (client) => {
        await client.query('update client_secrets set expires_at = $2 where client_id = $1 and (expires_at is null or expires_at > $2)', [
          clientId,
          endOlderAt,
        ]);
        await client.query('insert into client_secrets (id, client_id, hash) values ($1, $2, $3)', [secret.id, clientId, secret.hash]);
      }),
    clientForLogin: (id, at) => orUnavailable(() => clientForLogin(pool, id, at)),
  };
}

const pushSettings = (concurrency?: number) => JSON.stringify(concurrency === undefined ? {} : { concurrency });

/** Vietnam's day, for what is shown of an agency: its name and whether it has ended. */
const today = `(now() at time zone 'Asia/Ho_Chi_Minh')::date`;

const agencyColumns = `a.id, name_on(a, ${today}) as name, a.kind,
  case when a.ended_on <= ${today} then 'closed' else a.status end as status, a.ended_on as "endedOn",
  (select p.code from agency_codes p where p.agency_id = parent_on(a, ${today}) order by p.valid_from desc, p.code limit 1) as parent,
  a.signature_policy as "signaturePolicy", a.channel, a.push_url as "pushUrl",
  (a.push_settings->>'concurrency')::int as "pushConcurrency", (
    select coalesce(json_agg(json_strip_nulls(json_build_object('code', c.code, 'scheme', c.scheme, 'validFrom', c.valid_from,
      'validTo', c.valid_to)) order by c.code), '[]') from agency_codes c where c.agency_id = a.id
  ) as codes`;

async function byCode(pool: pg.Pool, code: string): Promise<RegisteredAgency | null> {
  const { rows } = await pool.query<Omit<RegisteredAgency, 'certificates'>>(
    `select ${agencyColumns}, (select nullif(u.contacts, '{}') from vxp_units u where u.agency_id = a.id) as contacts, array(select client_id from client_agencies ca where ca.agency_id = a.id order by 1) as clients
     from agencies a where a.id = (select agency_id from agency_codes where code = $1 limit 1)`,
    [code],
  );
  const agency = rows[0];
  if (agency === undefined) return null;
  const certificates = await pool.query<CertificateRecord>(
    `select encode(fingerprint, 'hex') as fingerprint, subject, issuer, serial, not_before as "notBefore", not_after as "notAfter"
     from certificates where agency_id = $1 and withdrawn_at is null order by not_after`,
    [agency.id],
  );
  return { ...present(agency), certificates: certificates.rows };
}

async function list(pool: pg.Pool, page: { search?: string; after?: string; limit: number }): Promise<(Agency & { parentId?: string })[]> {
  const { rows } = await pool.query<Agency & { parentId?: string }>(
    `select ${agencyColumns}, parent_on(a, ${today}) as "parentId" from agencies a
     where ($1::uuid is null or a.id > $1) and ($2::tsquery is null or a.words @@ $2::tsquery)
     order by a.id limit $3`,
    [page.after ?? null, page.search === undefined ? null : wordQuery(page.search), page.limit],
  );
  return rows.map(present);
}

async function codesAmong(pool: pg.Pool, codes: readonly string[]): Promise<Set<string>> {
  const { rows } = await pool.query<{ code: string }>('select code from code_owners where code = any($1)', [codes]);
  return new Set(rows.map((row) => row.code));
}

async function addCertificate(client: Queryable, agencyId: string, c: CertificateRecord & { der: Uint8Array }): Promise<void> {
  await client.query(
    `insert into certificates (fingerprint, agency_id, der, subject, issuer, serial, not_before, not_after)
     values (decode($1, 'hex'), $2, $3, $4, $5, $6, $7, $8)
     on conflict (agency_id, fingerprint) do update set withdrawn_at = null`,
    [c.fingerprint, agencyId, c.der, c.subject, c.issuer, c.serial, c.notBefore, c.notAfter],
  );
}

async function withdrawCertificate(client: Queryable, agencyId: string, fingerprint: string, at: Date): Promise<void> {
  const { rowCount } = await client.query(
    `update certificates set withdrawn_at = $3 where agency_id = $1 and fingerprint = decode($2, 'hex') and withdrawn_at is null`,
    [agencyId, fingerprint, at],
  );
  if (rowCount !== 1) throw reject('CERTIFICATE_NOT_REGISTERED', { params: { fingerprint } });
}

async function addClient(queryable: Queryable, client: ClientRecord): Promise<void> {
  const { rowCount } = await queryable.query('insert into clients (id, name, scopes) values ($1, $2, $3) on conflict do nothing', [
    client.id,
    client.name,
    client.scopes,
  ]);
  if (rowCount !== 1) throw reject('CLIENT_TAKEN', { params: { client: client.id } });
  await queryable.query('insert into client_agencies (client_id, agency_id) select $1, unnest($2::uuid[])', [client.id, client.agencyIds]);
}
