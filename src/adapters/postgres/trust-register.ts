import type pg from 'pg';
import type { EventName } from '../../routing/event.ts';
import type { Now } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import type { AnchorPolicy, CertificateBinding, SubjectRule, TrustAnchor, TrustSettings } from '../../routing/trust.ts';
import type { AnchorRecord, Intermediate, TrustRegister } from '../../routing/trust-register.ts';
import { announceExpiring, expiring } from './expiring.ts';
import { eventFeed } from './feeds.ts';
import type { Queryable } from './pool.ts';
import { inTransaction, orUnavailable } from './pool.ts';

/** For how long, in milliseconds, the version of the settings is taken to be unchanged. */
const freshFor = 1000;

type Change = <T>(actor: string, reason: string | ((result: T) => string), work: (client: Queryable) => Promise<T>) => Promise<T>;

/** The register of trust on PostgreSQL. The settings are read anew when their version has changed, which is asked at most once a second. */
export function createTrustRegister(pool: pg.Pool, now: Now): TrustRegister {
  const change: Change = (actor, reason, work) =>
    orUnavailable(() =>
      inTransaction(pool, async (client) => {
        await client.query('update trust_version set version = version + 1');
        const result = await work(client);
        const said = typeof reason === 'string' ? reason : reason(result);
        const name: EventName = 'trust.changed';
        await client.query(`select pg_advisory_xact_lock_shared(${eventFeed}, 0)`);
        await client.query('insert into events (name, at, actor, reason) values ($1, $2, $3, $4)', [
          name,
          now(),
          actor,
          said.slice(0, 1000),
        ]);
        return result;
      }),
    );
  return {
    settings: settingsReader(pool, now),
    anchors: () => orUnavailable(() => readAnchors(pool)),
    add: (anchors, intermediates, actor) =>
      change(
        actor,
        (added) => `anchors added: ${added.anchors.join(', ') || 'none'}; intermediates added: ${added.intermediates}`,
        (client) => addAll(client, anchors, intermediates, now()),
      ),
    setPolicy: (id, policy, actor, reason) =>
      change(actor, `anchor ${id}: policy ${JSON.stringify(policy)}: ${reason}`, (client) =>
        mustChange(client, 'update trust_anchors set policy = $2 where id = $1 and retired_at is null', [id, JSON.stringify(policy)], () =>
          reject('ANCHOR_UNKNOWN', { params: { anchor: id } }),
        ),
      ),
    retire: (id, actor, reason) =>
      change(actor, `anchor ${id} retired: ${reason}`, (client) =>
        mustChange(client, 'update trust_anchors set retired_at = $2 where id = $1 and retired_at is null', [id, now()], () =>
          reject('ANCHOR_UNKNOWN', { params: { anchor: id } }),
        ),
      ),
    bind: (binding, actor) => change(actor, bindingText(binding), (client) => addBinding(client, binding, now())),
    unbind: (id, actor, reason) =>
      change(actor, `binding ${id} withdrawn: ${reason}`, (client) =>
        mustChange(client, 'update certificate_bindings set withdrawn_at = $2 where id = $1 and withdrawn_at is null', [id, now()], () =>
          reject('BINDING_UNKNOWN', { params: { binding: id } }),
        ),
      ),
    bindings: (agencyId) => orUnavailable(() => readBindings(pool, agencyId)),
    expiring: (at, days) => orUnavailable(() => expiring(pool, at, days)),
    announceExpiring: (at) => orUnavailable(() => announceExpiring(pool, at)),
  };
}

function settingsReader(pool: pg.Pool, now: Now): TrustRegister['settings'] {
  let known: TrustSettings | undefined;
  let until = 0;
  return async () => {
    if (known !== undefined && now().getTime() < until) return known;
    return orUnavailable(async () => {
      const { rows } = await pool.query<{ version: number }>({ name: 'trust-version', text: 'select version from trust_version' });
      const version = rows[0]?.version ?? 0;
      if (known?.version !== version) known = await readSettings(pool);
      until = now().getTime() + freshFor;
      return known;
    });
  };
}

/** All of one version: read in one snapshot, so that a change in between can't mix two. */
function readSettings(pool: pg.Pool): Promise<TrustSettings> {
  return inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    const { rows } = await client.query<{ version: number }>('select version from trust_version');
    const anchors = (await readAnchors(client)).filter((anchor) => anchor.retiredAt === undefined);
    const intermediates = await client.query<{ certificate: Buffer }>('select certificate from trust_intermediates order by fingerprint');
    const bindings = new Map<string, CertificateBinding[]>();
    for (const binding of await readBindings(client)) bindings.set(binding.agencyId, [...(bindings.get(binding.agencyId) ?? []), binding]);
    return { version: rows[0]?.version ?? 0, anchors, intermediates: intermediates.rows.map((row) => row.certificate), bindings };
  });
}

async function readAnchors(client: Queryable): Promise<AnchorRecord[]> {
  const { rows } = await client.query<TrustAnchor & { addedAt: Date; retiredAt: Date | null; policy: AnchorPolicy }>(
    `select id, name, encode(fingerprint, 'hex') as fingerprint, certificate, policy, added_at as "addedAt", retired_at as "retiredAt"
     from trust_anchors order by id`,
  );
  return rows.map(({ retiredAt, ...row }) => ({ ...row, ...(retiredAt === null ? {} : { retiredAt }) }));
}

async function addAll(client: Queryable, anchors: readonly TrustAnchor[], intermediates: readonly Intermediate[], at: Date) {
  const added: string[] = [];
  for (const { id, name, fingerprint, certificate, policy } of anchors) {
    const { rows } = await client.query<{ same: boolean }>(
      `select fingerprint = decode($2, 'hex') as same from trust_anchors where id = $1 or fingerprint = decode($2, 'hex')`,
      [id, fingerprint],
    );
    if (rows.some((row) => row.same)) continue;
    if (rows.length > 0) throw reject('ANCHOR_TAKEN', { params: { anchor: id } });
    await client.query(
      `insert into trust_anchors (id, name, fingerprint, certificate, policy, added_at) values ($1, $2, decode($3, 'hex'), $4, $5, $6)`,
      [id, name, fingerprint, certificate, JSON.stringify(policy), at],
    );
    added.push(id);
  }
  let helpers = 0;
  for (const { fingerprint, certificate, subject } of intermediates) {
    const { rowCount } = await client.query(
      `insert into trust_intermediates (fingerprint, certificate, subject, added_at) values (decode($1, 'hex'), $2, $3, $4)
       on conflict do nothing`,
      [fingerprint, certificate, subject, at],
    );
    helpers += rowCount ?? 0;
  }
  return { anchors: added, intermediates: helpers };
}

async function addBinding(client: Queryable, { id, agencyId, anchorId, issuer, subject }: CertificateBinding, at: Date): Promise<void> {
  await mustChange(
    client,
    `insert into certificate_bindings (id, agency_id, anchor_id, issuer, subject, added_at)
     select $1, $2, a.id, decode($4, 'hex'), $5, $6 from trust_anchors a where a.id = $3 and a.retired_at is null`,
    [id, agencyId, anchorId, issuer ?? null, JSON.stringify(subject), at],
    () => reject('ANCHOR_UNKNOWN', { params: { anchor: anchorId } }),
  );
}

async function readBindings(client: Queryable, agencyId?: string): Promise<CertificateBinding[]> {
  const { rows } = await client.query<{ id: string; agencyId: string; anchorId: string; issuer: string | null; subject: SubjectRule[] }>(
    `select id, agency_id as "agencyId", anchor_id as "anchorId", encode(issuer, 'hex') as issuer, subject
     from certificate_bindings where withdrawn_at is null and ($1::uuid is null or agency_id = $1) order by id`,
    [agencyId ?? null],
  );
  return rows.map(({ issuer, ...row }) => ({ ...row, ...(issuer === null ? {} : { issuer }) }));
}

async function mustChange(client: Queryable, text: string, values: unknown[], otherwise: () => Error): Promise<void> {
  const { rowCount } = await client.query(text, values);
  if (rowCount !== 1) throw otherwise();
}

function bindingText({ agencyId, anchorId, subject }: CertificateBinding): string {
  return `binding for ${agencyId} below ${anchorId}: ${subject.map(({ type, value }) => `${type}=${value}`).join(';')}`;
}
