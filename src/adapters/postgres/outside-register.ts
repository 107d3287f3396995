import type pg from 'pg';
import { foldName } from '../../routing/fold.ts';
import type { CodeOwner, OutsideChange, OutsideRegister } from '../../routing/outside-sync.ts';
import type { NewId, Now } from '../../routing/ports.ts';
import { addAgencies } from './add-agencies.ts';
import { createNotedChange } from './noted-change.ts';
import type { Queryable } from './pool.ts';

/** Agencies elsewhere, as the directory of the system above changes them, on PostgreSQL. */
export function createOutsideRegister(pool: pg.Pool, newId: NewId, now: Now): OutsideRegister {
  const change = createNotedChange(pool, now);
  return {
    async owners(codes) {
      const { rows } = await pool.query<CodeOwner & { code: string }>(
        `select o.code, a.id, a.name, a.status, a.channel from code_owners o join agencies a on a.id = o.agency_id where o.code = any($1)`,
        [codes],
      );
      return new Map(rows.map(({ code, ...owner }) => [code, owner]));
    },
    apply: (changes, actor) =>
      change('agency.changed', actor, `directory of the system above: ${changes.length} agencies`, (client) =>
        apply(client, changes, newId),
      ),
  };
}

async function apply(client: Queryable, changes: readonly OutsideChange[], newId: NewId): Promise<void> {
  const added = changes.filter((one) => one.kind === 'add');
  await addAgencies(
    client,
    added.map(({ code, name }) => ({
      id: newId(),
      name,
      status: 'active',
      signaturePolicy: 'required',
      channel: 'upward',
      codes: [{ code, scheme: 'axis', validFrom: '2000-01-01' }],
    })),
  );
  const known = changes.flatMap((one) => (one.kind === 'add' ? [] : [{ ...one, folded: foldName(one.name) }]));
  await client.query(
    `update agencies a set name = n.name, name_folded = n.folded,
       status = case n.kind when 'close' then 'closed' when 'reopen' then 'active' else a.status end
     from jsonb_to_recordset($1) as n(id uuid, kind text, name text, folded text)
     where a.id = n.id and a.channel = 'upward'`,
    [JSON.stringify(known)],
  );
}
