import type pg from 'pg';
import type { ClaimedWork, ContentDesk, ContentFinding } from '../../routing/contents.ts';
import type { OutgoingRow } from './delivery-rows.ts';
import { contentColumns, outgoingFrom, packageColumns } from './delivery-rows.ts';

type WorkRow = OutgoingRow & {
  ordinal: number;
  kind: ClaimedWork['kind'];
  tries: number;
  name: string;
  form: 'plain' | 'zip';
  file_size: number;
};

/** Work on attachments after acceptance, on PostgreSQL. Several processes may claim at once. */
export function createContentDesk(pool: pg.Pool): ContentDesk {
  return {
    claim: (seconds) => claim(pool, seconds),
    settle: (work, finding) => settle(pool, work, finding),
    async postpone({ package: { id }, ordinal, kind }, until, tries) {
      const text = 'update content_work set due_at = $4, tries = $5 where package_id = $1 and ordinal = $2 and kind = $3';
      await pool.query(text, [id, ordinal, kind, until, tries]);
    },
  };
}

async function claim(pool: pg.Pool, seconds: number): Promise<ClaimedWork | null> {
  const { rows } = await pool.query<WorkRow>({
    name: 'claim-content-work',
    text: `with taken as (
        update content_work w set tries = w.tries + 1, due_at = now() + $1 * interval '1 second'
        from (select package_id, ordinal, kind from content_work where due_at <= now() order by due_at limit 1 for update skip locked) as n
        where w.package_id = n.package_id and w.ordinal = n.ordinal and w.kind = n.kind
        returning w.package_id, w.ordinal, w.kind, w.tries
      )
      select taken.ordinal, taken.kind, taken.tries, a.name, a.form, a.file_size, ${packageColumns}, ${contentColumns}
      from taken
      join attachments a on a.package_id = taken.package_id and a.ordinal = taken.ordinal
      join packages p on p.id = taken.package_id
      join package_texts t on t.package_id = taken.package_id`,
    values: [seconds],
  });
  const row = rows[0];
  if (row === undefined) return null;
  const { ordinal, kind, tries, name, form, file_size: fileSize } = row;
  return { ordinal, kind, tries, name, form, fileSize, package: outgoingFrom(row) };
}

async function settle(pool: pg.Pool, work: ClaimedWork, finding: ContentFinding): Promise<void> {
  await pool.query({
    name: 'settle-content-work',
    text: `with done as (
        delete from content_work where package_id = $1 and ordinal = $2 and kind = $3 returning package_id
      )
      insert into content_findings (package_id, ordinal, kind, at, result) select package_id, $2, $3, $4, $5 from done`,
    values: [work.package.id, work.ordinal, work.kind, finding.at, JSON.stringify(finding.result)],
  });
}
