import type { ListedAgency } from '../../routing/directory-desk.ts';
import { foldName } from '../../routing/fold.ts';
import { codeOfDay } from './endings.ts';

/** Columns of a `ListedAgency` from agency `a` on the day `$2`; nulls are to be left out. */
export const listedColumns = `a.id, coalesce(${codeOfDay},
    (select o.code from agency_codes o where o.agency_id = a.id order by o.valid_from desc, o.code limit 1), '') as code,
  name_on(a, $2::date) as name, a.kind, case when a.ended_on <= $2::date then 'closed' else a.status end as status,
  (select name_on(p, $2::date) from agencies p where p.id = parent_on(a, $2::date)) as parent`;

/** A row of them. */
export type ListedRow = Omit<ListedAgency, 'parent'> & { parent: string | null };

/** A query for the index of words: every word of the text as the beginning of a word. Null when there is none in it. */
export function wordQuery(text: string): string | null {
  const words = foldName(text).match(/[a-z0-9]+/g);
  return words === null
    ? null
    : [...new Set(words)]
        .slice(0, 20)
        .map((word) => `'${word.slice(0, 100)}':*`)
        .join(' & ');
}

/** The range of all texts that begin with this one, in the order of text_pattern_ops; null when it is empty. */
export function rangeOf(prefix: string): readonly [from: string, to: string] | null {
  const last = prefix.codePointAt(prefix.length - 1);
  return last === undefined ? null : [prefix, prefix.slice(0, -1) + String.fromCodePoint(last + 1)];
}
