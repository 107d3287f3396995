import { z } from 'zod';
import { figureNames } from '../../routing/report.ts';
import { count, name } from './shapes.ts';

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const figures = Object.fromEntries(figureNames.map((figure) => [figure, count])) as Record<(typeof figureNames)[number], typeof count>;
const row = name(
  'ReportRow',
  z.strictObject({
    code: z.string(),
    name: z.string(),
    kind: z.string(),
    ...figures,
    electronicShare: z.number().nullable().describe('Percent of all documents sent; null without a figure for paper'),
  }),
);

/** The figures of a period. */
export const report = name(
  'Report',
  z.strictObject({
    from: day,
    to: day,
    by: z.enum(['agency', 'department', 'district', 'commune']),
    rows: z.array(row),
    total: row,
  }),
);
