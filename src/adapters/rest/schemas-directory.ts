import { z } from 'zod';
import { count, name, uuid } from './shapes.ts';

const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .describe('A day in Viet Nam');
const kind = z.enum(['ministry', 'province', 'department', 'district', 'commune', 'unit']);
const status = z.enum(['active', 'suspended', 'closed']);
const listed = {
  id: uuid,
  code: z.string().describe('Valid on the day; the last one of an agency that has ended'),
  name: z.string(),
  kind,
  status,
  parent: z.string().optional().describe('Name of its parent'),
};

/** What the directory answers: agencies, the tree, groups, and who receives. */
export const listedAgency = name('ListedAgency', z.strictObject(listed));
export const agencyList = name('AgencyList', z.strictObject({ on: day, agencies: z.array(listedAgency) }));
export const treeNode: z.ZodType = name(
  'TreeNode',
  z.strictObject({
    ...listed,
    size: count.describe('How many are right under it, shown or not'),
    children: z.array(z.lazy(() => treeNode)),
  }),
);
export const agencyTree = name('AgencyTree', z.strictObject({ on: day, agencies: z.array(treeNode) }));
export const agencyGroup = name(
  'AgencyGroup',
  z.strictObject({
    key: z.string().describe('May be written in place of the code of a recipient'),
    name: z.string(),
    rule: z.strictObject({ kinds: z.array(kind).optional(), under: z.string().optional(), words: z.string().optional() }).optional(),
    byHand: count.describe('How many were put in by hand'),
  }),
);
export const groupList = name('GroupList', z.strictObject({ groups: z.array(agencyGroup) }));
export const memberList = name('MemberList', z.strictObject({ on: day, group: z.string(), members: z.array(listedAgency) }));

const foundAgency = name('FoundAgency', z.strictObject({ id: uuid, code: z.string().optional(), name: z.string(), status }));
const successionStep = name(
  'SuccessionStep',
  z.strictObject({
    on: day.optional().describe('The first day on which it holds; absent when only the code has run out'),
    kind: z.enum(['close', 'rename', 'merge', 'split', 'move', 'recode']),
    from: z.string(),
    to: z.string(),
    basis: z.string().optional(),
  }),
);
export const resolution = name(
  'Resolution',
  z.strictObject({
    code: z.string(),
    on: day,
    kind: z
      .enum(['agency', 'successor', 'held', 'closed', 'not-yet', 'unknown'])
      .describe('agency: it has the code; successor: it follows by the steps; held: a person chooses among the candidates'),
    agency: foundAgency.optional(),
    candidates: z.array(foundAgency).optional(),
    steps: z.array(successionStep).optional(),
    beginsOn: day.optional(),
  }),
);
