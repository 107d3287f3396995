import { foldName } from '../../routing/fold.ts';
import type { Placement } from '../../routing/placement.ts';
import { circular, pathsAbove, pathsOf, placed } from '../../routing/placement.ts';
import { reject } from '../../routing/problem.ts';
import type { Agency } from '../../routing/register.ts';
import { knownLevelOne } from './level-one.ts';
import type { Queryable } from './pool.ts';

/** Agencies that go into one statement. */
const batchSize = 20_000;
/** So many change what the planner must know of the tables: until it does, looking up one code may read all of them. */
const many = 1000;

/**
 * Adds agencies, each in its place in the tree. Throws Rejection CODE_TAKEN when a code belongs to another agency, AGENCY_UNKNOWN when a
 * parent that is named does not exist, SUCCESSION_CYCLE when parents lead back to their child.
 */
export async function addAgencies(client: Queryable, agencies: readonly Agency[]): Promise<void> {
  await refuseTaken(client, agencies);
  const placements = await placeAll(client, agencies);
  for (let at = 0; at < agencies.length; at += batchSize) {
    const batch = agencies.slice(at, at + batchSize);
    await insertAgencies(client, batch, placements);
    await insertCodes(client, batch, placements);
  }
  if (agencies.length >= many) await client.query('analyze agencies, agency_codes, code_owners');
}

/** A code belongs to one agency under every scheme and for ever, so this asks who owns it. */
async function refuseTaken(client: Queryable, agencies: readonly Agency[]): Promise<void> {
  const codes = agencies.flatMap((a) => a.codes.map(({ code }) => ({ code, agency: a.id })));
  const { rows } = await client.query<{ code: string }>(
    `select o.code from jsonb_to_recordset($1) as n(code text, agency uuid) join code_owners o on o.code = n.code and o.agency_id <> n.agency limit 1`,
    [JSON.stringify(codes)],
  );
  if (rows[0] !== undefined) throw reject('CODE_TAKEN', { params: { code: rows[0].code } });
}

async function placeAll(client: Queryable, agencies: readonly Agency[]): Promise<Map<string, Placement>> {
  const known = await knownLevelOne(client);
  const paths = new Map(agencies.map((agency) => [agency.id, pathsOf(agency, known)]));
  const named = agencies.flatMap((agency) => (agency.parent === undefined ? [] : [agency.parent]));
  const above = [...paths.values()].flat().flatMap((path) => (path === undefined ? [] : pathsAbove(path)));
  const byCode = await owners(client, 'select code as key, agency_id as id from code_owners where code = any($1)', named);
  const byPath = await owners(client, 'select path as key, agency_id as id from agency_codes where path = any($1)', above);
  for (const agency of agencies) {
    for (const { code } of agency.codes) byCode.set(code, agency.id);
    for (const path of paths.get(agency.id) ?? []) if (path !== undefined && !byPath.has(path)) byPath.set(path, agency.id);
  }
  const lost = named.find((code) => !byCode.has(code));
  if (lost !== undefined) throw reject('AGENCY_UNKNOWN', { params: { code: lost } });
  const placements = new Map(
    agencies.map((agency) => [
      agency.id,
      placed(
        agency,
        paths.get(agency.id) ?? [],
        (code) => byCode.get(code),
        (path) => byPath.get(path),
      ),
    ]),
  );
  refuseCircles(agencies, placements);
  return placements;
}

async function owners(client: Queryable, text: string, keys: readonly string[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  const { rows } = await client.query<{ key: string; id: string }>(text, [[...new Set(keys)]]);
  return new Map(rows.map((row) => [row.key, row.id]));
}

function refuseCircles(agencies: readonly Agency[], placements: ReadonlyMap<string, Placement>): void {
  const [first] = circular(placements.keys(), (id) => placements.get(id)?.parentId);
  if (first === undefined) return;
  const code = agencies.find((agency) => agency.id === first)?.codes[0]?.code ?? first;
  throw reject('SUCCESSION_CYCLE', { params: { code } });
}

async function insertAgencies(client: Queryable, agencies: readonly Agency[], placements: ReadonlyMap<string, Placement>): Promise<void> {
  await client.query(
    `insert into agencies (id, name, name_folded, status, signature_policy, channel, push_url, push_settings, kind, parent_id)
     select a.id, a.name, a.folded, a.status, a.policy, a.channel, a.url, a.settings, a.kind, a.parent
     from jsonb_to_recordset($1) as a(id uuid, name text, folded text, status text, policy text, channel text, url text, settings jsonb,
       kind text, parent uuid)`,
    [
      JSON.stringify(
        agencies.map((a) => ({
          id: a.id,
          name: a.name,
          folded: foldName(a.name),
          status: a.status,
          policy: a.signaturePolicy,
          channel: a.channel,
          url: a.pushUrl,
          settings: a.pushConcurrency === undefined ? {} : { concurrency: a.pushConcurrency },
          kind: placements.get(a.id)?.kind,
          parent: placements.get(a.id)?.parentId,
        })),
      ),
    ],
  );
}

async function insertCodes(client: Queryable, agencies: readonly Agency[], placements: ReadonlyMap<string, Placement>): Promise<void> {
  const codes = agencies.flatMap((a) => a.codes.map((code, i) => ({ ...code, agency: a.id, path: placements.get(a.id)?.paths[i] })));
  await client.query(
    `insert into agency_codes (code, scheme, agency_id, valid_from, valid_to, path)
     select n.code, n.scheme, n.agency, n."validFrom", n."validTo", n.path
     from jsonb_to_recordset($1) as n(code text, scheme text, agency uuid, "validFrom" date, "validTo" date, path text)`,
    [JSON.stringify(codes)],
  );
}
