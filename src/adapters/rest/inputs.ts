import { z } from 'zod';
import type { CursorKind } from './cursor.ts';
import { decodeCursor } from './cursor.ts';

const day = /^\d{4}-\d{2}-\d{2}$/;
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;
const dayMilliseconds = 24 * 3600 * 1000;
const meaning = 'A day yyyy-mm-dd in Viet Nam time, or an instant with its offset';

/** A place on the time line: a day of Viet Nam, or an instant with offset. `until` a day means until its end. */
function time(end: 'since' | 'until') {
  return z
    .string()
    .transform((text, context) => {
      // an unescaped + of an offset arrives as a blank
      const written = text.replace(' ', '+');
      const start = new Date(day.test(written) ? `${written}T00:00:00+07:00` : instant.test(written) ? written : Number.NaN);
      const year = start.getUTCFullYear();
      if (!(year >= 1970 && year <= 9998)) {
        context.addIssue({ code: 'custom', message: `Expected ${meaning}` });
        return z.NEVER;
      }
      return day.test(written) && end === 'until' ? new Date(start.getTime() + dayMilliseconds) : start;
    })
    .describe(end === 'until' ? `${meaning}; before it, or to the end of the day` : `${meaning}; from it on`);
}

function cursor(kind: CursorKind) {
  return z
    .string()
    .transform((text, context) => {
      const place = decodeCursor(kind, text);
      if (place !== null) return place;
      context.addIssue({ code: 'custom', message: 'Not a cursor of this list' });
      return z.NEVER;
    })
    .describe('Where the list goes on: `next` of an earlier answer');
}

/** Text without control characters, which neither XML nor the database can carry. */
const clean = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^[^\p{Cc}\p{Cs}\ufffe\uffff]*$/u, 'Control characters are not allowed');
// an operator's reason may have lines
const reason = z
  .string()
  .max(1000)
  .regex(/^(?:[\n\t]|[^\p{Cc}\p{Cs}\ufffe\uffff])*$/u, 'Control characters are not allowed');

const limit = z.coerce.number().int().min(1).max(500).default(100);
const agencyCode = z
  .string()
  .regex(/^[0-9A-Za-z.]{1,35}$/)
  .describe('Code of an agency');
const clientId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/)
  .describe('Id of a client');
const state = z.enum(['waiting', 'held', 'delivered', 'failed', 'cancelled', 'expired']);
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

const lawLevel = z.enum(['near', 'late']);
const timers = {
  law: lawLevel.optional().describe('Not delivered, and a warning was given that the deadline by law is near, or has passed'),
  owed: lawLevel.optional().describe('Delivered, not reported by its recipient, and a warning was given that this is owed by law'),
};

const deliveryFilter = {
  state: state.optional(),
  recipient: agencyCode.optional(),
  sender: agencyCode.optional(),
  code: z
    .string()
    .regex(/^[A-Z_0-9]{1,64}$/)
    .optional()
    .describe('Code of the problem that holds or ended it'),
  ...timers,
  since: time('since').optional(),
  until: time('until').optional(),
};
const documentFilter = {
  documentId: clean(200).optional(),
  since: time('since').optional(),
  until: time('until').optional(),
};
const packageFilter = { ...documentFilter, accepted: flag.optional() };

/** A day of the calendar; days that do not exist are refused. */
const calendarDay = z.iso.date().describe('A day yyyy-mm-dd; today in Viet Nam if absent').optional();

/** Queries and JSON bodies that requests may carry; anything else in them is refused. */
export const inputs = {
  nothing: z.strictObject({}),
  packages: z.strictObject({ ...packageFilter, limit, cursor: cursor('p').optional() }),
  documents: z.strictObject({
    ...documentFilter,
    ...timers,
    reference: clean(200).optional().describe('Number and notation, for example 15/UBND-VP'),
    sender: agencyCode.optional(),
    limit,
    cursor: cursor('p').optional(),
  }),
  receipts: z.strictObject({ after: cursor('r').optional(), limit }),
  inbox: z.strictObject({
    after: cursor('i').optional(),
    limit,
    wait: z.coerce.number().min(0).max(60).default(0).describe('Seconds to wait for something new when there is nothing'),
  }),
  operatorPackages: z.strictObject({ ...packageFilter, sender: agencyCode.optional(), limit, cursor: cursor('p').optional() }),
  operatorDeliveries: z.strictObject({ ...deliveryFilter, limit, cursor: cursor('d').optional() }),
  report: z.strictObject({
    from: z.string().regex(day).describe('First day, in Viet Nam time'),
    to: z.string().regex(day).optional().describe('Last day; today without it'),
    by: z.enum(['agency', 'department', 'district', 'commune']).default('agency'),
  }),
  acts: z.strictObject({
    state: z.enum(['open', 'unmatched', 'ambiguous', 'refused', 'applied', 'dismissed']).optional(),
    limit,
    cursor: cursor('d').optional(),
  }),
  match: z.strictObject({
    document: z
      .string()
      .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      .describe('Package of the document'),
  }),
  acknowledgement: z.strictObject({
    sha256: z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/)
      .optional(),
  }),
  refusal: z.strictObject({ reason }),
  agencySearch: z.strictObject({
    words: clean(200).min(1).describe('Beginnings of words of the name, accents and case aside, or the beginning of a code'),
    on: calendarDay,
    limit: limit.default(20),
  }),
  agencyTree: z.strictObject({
    code: agencyCode.optional(),
    on: calendarDay,
    depth: z.coerce.number().int().min(0).max(10).default(1).describe('Levels below'),
  }),
  resolution: z.strictObject({ code: agencyCode, on: calendarDay }),
  members: z.strictObject({ group: agencyCode.describe('Key of a group'), on: calendarDay }),
  clients: z.strictObject({ after: clientId.optional(), limit }),
  clientChange: z.strictObject({ client: clientId, reason: reason.default('') }),
  move: z.strictObject({ reason: reason.default('') }),
  release: z.strictObject({
    reason: reason.default(''),
    to: agencyCode.optional().describe('Code of the successor that is to receive it, where several follow the recipient'),
  }),
  replay: z.strictObject({
    filter: z.strictObject(deliveryFilter).refine((filter) => Object.keys(filter).length > 0, 'Name at least one condition'),
    reason: reason.default(''),
    dryRun: z.boolean().default(false).describe('Only say what would be replayed'),
  }),
};
