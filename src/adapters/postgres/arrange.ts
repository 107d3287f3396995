import type { KnownLevelOne } from '../../routing/level-one.ts';
import type { AgencyKind } from '../../routing/placement.ts';
import { kindOf, pathsAbove, pathsOf } from '../../routing/placement.ts';
import type { Queryable } from './pool.ts';

interface Row {
  id: string;
  name: string;
  kind: AgencyKind;
  parentId: string | null;
  codes: { code: string; scheme: string; path: string | null }[];
}

/**
 * Puts the agencies in order after level-1 codes have become known: the path of every code anew; a parent for those that have none; the
 * kind of those that are only `unit`. What is set already stays.
 */
export async function arrange(client: Queryable, known: KnownLevelOne): Promise<void> {
  const { rows } = await client.query<Row>(
    `select a.id, a.name, a.kind, a.parent_id as "parentId",
       (select json_agg(json_build_object('code', c.code, 'scheme', c.scheme, 'path', c.path) order by c.code, c.scheme)
         from agency_codes c where c.agency_id = a.id) as codes
     from agencies a where exists (select from agency_codes c where c.agency_id = a.id)`,
  );
  const byPath = new Map<string, string>();
  const paths = new Map<string, (string | undefined)[]>();
  for (const row of rows) {
    const found = pathsOf({ codes: row.codes as never }, known);
    paths.set(row.id, found);
    for (const path of found) if (path !== undefined && !byPath.has(path)) byPath.set(path, row.id);
  }
  const codes = rows.flatMap((row) =>
    row.codes.flatMap(({ code, scheme, path }, i) => {
      const now = paths.get(row.id)?.[i];
      return now === (path ?? undefined) ? [] : [{ code, scheme, path: now }];
    }),
  );
  await client.query(
    `update agency_codes c set path = n.path from jsonb_to_recordset($1) as n(code text, scheme text, path text)
     where c.code = n.code and c.scheme = n.scheme`,
    [JSON.stringify(codes)],
  );
  const places = rows.flatMap((row) => placeOf(row, paths.get(row.id) ?? [], byPath));
  await client.query(
    `update agencies a set kind = n.kind, parent_id = n.parent from jsonb_to_recordset($1) as n(id uuid, kind text, parent uuid) where a.id = n.id`,
    [JSON.stringify(places)],
  );
}

function placeOf(row: Row, paths: readonly (string | undefined)[], byPath: ReadonlyMap<string, string>) {
  const path = paths.find((one) => one !== undefined);
  const above = paths.flatMap((one) => (one === undefined ? [] : pathsAbove(one))).map((one) => byPath.get(one));
  const parent = row.parentId ?? above.find((id) => id !== undefined && id !== row.id) ?? null;
  const kind = row.kind === 'unit' ? kindOf(row.name, path?.split('.')) : row.kind;
  return kind === row.kind && parent === row.parentId ? [] : [{ id: row.id, kind, parent }];
}
