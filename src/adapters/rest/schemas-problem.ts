import { z } from 'zod';
import { name } from './shapes.ts';

/** One problem in both languages. */
export const problem = name(
  'Problem',
  z.strictObject({
    code: z.string().describe('Stable code, for example SIGNATURE_INVALID'),
    vi: z.string(),
    en: z.string(),
    fixVi: z.string().describe('What to do'),
    fixEn: z.string(),
    at: z.string().optional().describe('XPath into the package, or the name of a header, parameter or field'),
    line: z.int().optional(),
  }),
);
