import { z } from 'zod';
import { defaultSecrecy, type SecrecyPolicy, secrecyFields } from '../routing/secrecy.ts';
import { json, oneOf, seconds } from './kinds.ts';
import { setting } from './setting.ts';

const phrases = z.array(z.string().trim().min(1).max(40)).max(100);
const secrecyShape = z.strictObject({
  words: phrases.min(1).optional(),
  exceptions: phrases.optional(),
  fields: z.partialRecord(z.enum(secrecyFields), z.enum(['word', 'alone'])).optional(),
});
const secrecy = json(
  secrecyShape,
  (given): SecrecyPolicy => ({
    words: given.words ?? defaultSecrecy.words,
    exceptions: given.exceptions ?? defaultSecrecy.exceptions,
    fields: Object.fromEntries(Object.entries(given.fields ?? defaultSecrecy.fields).filter(([, search]) => search !== undefined)),
  }),
);

/** Settings about what documents hold. */
export const contentsSettings = {
  secrecy: setting(
    'LIENTHONG_SECRECY',
    secrecy,
    '{}',
    'Markings of state secrets where they differ: {"words": ["MẬT"], "fields": {"SphereOfPromulgation": "word", "Subject": "alone"}}',
  ),
  pdfSignatures: setting(
    'LIENTHONG_PDF_SIGNATURES',
    oneOf('off', 'report', 'refuse-broken', 'refuse-untrusted'),
    'report',
    'Signatures inside PDF files: not looked at, looked at after acceptance, or before it with refusal of broken or also of untrusted ones',
  ),
  pdfSeconds: setting(
    'LIENTHONG_PDF_SECONDS',
    seconds(1, 3600),
    '60',
    'Longest time to read the PDF files of one package, apart from their size',
  ),
};
