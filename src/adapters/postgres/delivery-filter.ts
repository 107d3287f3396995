import { firstIdOf } from '../../routing/ids.ts';
import type { DeliveryFilter } from '../../routing/records.ts';
import { isReported, isStanding } from './owed-warnings.ts';

/**
 * The conditions of a filter over deliveries `d`, each as `and …`, with placeholders from `$first` on.
 * Agency codes are turned into agency ids by subquery; time is a range of ids.
 */
export function filterSql(filter: DeliveryFilter, first: number): { sql: string; values: unknown[] } {
  const values: unknown[] = [];
  const next = (value: unknown) => {
    values.push(value);
    return `$${first + values.length - 1}`;
  };
  const parts: string[] = [];
  if (filter.state !== undefined) parts.push(`d.state = ${next(filter.state)}`);
  if (filter.recipient !== undefined) parts.push(recipientIs(next(filter.recipient)));
  if (filter.sender !== undefined) {
    parts.push(`exists (select 1 from packages p where p.id = d.package_id and p.sender_agency_id =
      (select agency_id from agency_codes where code = ${next(filter.sender)} limit 1))`);
  }
  if (filter.code !== undefined) parts.push(`d.problem->>'code' = ${next(filter.code)}`);
  if (filter.law !== undefined) {
    parts.push(`d.state in ('waiting', 'held') and exists (select 1 from law_warnings w
      where w.delivery_id = d.id and w.duty = 'deadline' and w.level = ${next(filter.law)})`);
  }
  if (filter.owed !== undefined) {
    parts.push(`d.state = 'delivered' and ${isStanding} and not ${isReported}
      and d.id in (select w.delivery_id from law_warnings w where w.duty = 'owed' and w.level = ${next(filter.owed)} and w.reported_at is null)`);
  }
  if (filter.since !== undefined) parts.push(`d.id >= ${next(firstIdOf(filter.since))}`);
  if (filter.until !== undefined) parts.push(`d.id < ${next(firstIdOf(filter.until))}`);
  return { sql: parts.map((part) => `and ${part}`).join(' '), values };
}

// by agency where the code is known, so that the index serves; by the text itself for a code that nobody has
function recipientIs(code: string): string {
  return `(d.agency_id = (select agency_id from agency_codes where code = ${code} limit 1) or (d.agency_id is null and d.recipient = ${code})
    or (d.channel = 'upward' and d.recipient = ${code}))`;
}
