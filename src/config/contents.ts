import { z } from 'zod';
import { defaultSecrecy, type SecrecyPolicy, secrecyFields } from '../routing/secrecy.ts';
import { json, oneOf, seconds, whole } from './kinds.ts';
import { type Kind, optional, setting } from './setting.ts';

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

/** Where clamd listens: `unix:/run/clamav/clamd.ctl` or `host:port`. */
const clamdAddress: Kind<{ readonly path: string } | { readonly host: string; readonly port: number }> = {
  type: 'address',
  read: (given) => {
    const path = /^unix:(\/.+)$/.exec(given)?.[1];
    if (path !== undefined) return { value: { path } };
    const [, host, port] = /^(?:tcp:)?\[?([A-Za-z0-9._:-]{1,253}?)\]?:(\d{1,5})$/.exec(given) ?? [];
    if (host !== undefined && Number(port) > 0 && Number(port) < 65_536) return { value: { host, port: Number(port) } };
    return { en: 'must be unix:/path/of/socket or host:port', vi: 'phải có dạng unix:/đường/dẫn hoặc máy:cổng' };
  },
};

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
  virusScan: setting(
    'LIENTHONG_VIRUS_SCAN',
    oneOf('off', 'required', 'best-effort'),
    'off',
    'Attachments are scanned by clamd before acceptance; without the scanner they are refused for now, or accepted and marked',
  ),
  clamd: optional('LIENTHONG_CLAMD', clamdAddress, 'Where clamd listens: unix:/run/clamav/clamd.ctl or host:port'),
  scanSeconds: setting(
    'LIENTHONG_SCAN_SECONDS',
    seconds(1, 3600),
    '120',
    'Longest time that clamd may take for an answer after the last byte',
  ),
  scanConnections: setting('LIENTHONG_SCAN_CONNECTIONS', whole(1, 100), '8', 'Connections to clamd at the same time (its MaxThreads)'),
};
