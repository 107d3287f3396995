import { z } from 'zod';
import { problem } from './schemas-problem.ts';
import { count, name, sha256, time } from './shapes.ts';

const signer = z.strictObject({
  commonName: z.string(),
  organisation: z.string().optional(),
  issuer: z.string(),
  fingerprint: sha256,
});

const pdfSignature = name(
  'PdfSignature',
  z.strictObject({
    kind: z.enum(['signature', 'timestamp']),
    subFilter: z.string(),
    coverage: z
      .enum(['whole', 'earlier', 'changed', 'partial'])
      .describe(
        'earlier: what was added later is under a later signature; changed: it is under none; partial: parts of the file are left out',
      ),
    integrity: z.enum(['intact', 'broken', 'unsupported']),
    detail: z.string().optional(),
    algorithm: z.string().optional(),
    weak: z.boolean().describe('SHA-1, or an RSA key below 2048 bits'),
    signer: signer.optional(),
    claimedAt: time.optional().describe('When the signer says that it signed'),
    timestampedAt: time.optional().describe('When a trusted timestamp proves that the signature existed'),
    trusted: z.boolean(),
    anchor: z.string().optional().describe('The trust anchor that the certificate leads to'),
    judgedAt: time.optional().describe('The moment the certificates were judged at'),
    revocation: z
      .enum(['good', 'unknown', 'not-asked'])
      .optional()
      .describe('Whether its revocation was known; asked about as the policy of the anchor says'),
    problem: problem.optional().describe('Why the certificate is not trusted'),
  }),
);

/** What was found in an attachment; absent while nobody has looked. */
export const inspected = {
  pdf: name(
    'PdfFinding',
    z.strictObject({
      at: time,
      verdict: z.enum(['unsigned', 'trusted', 'untrusted', 'changed', 'broken', 'unreadable']),
      detail: z.string().optional(),
      signatures: z.array(pdfSignature),
    }),
  ).optional(),
  virus: name(
    'VirusFinding',
    z.strictObject({ at: time, verdict: z.enum(['clean', 'infected', 'unscanned']), detail: z.string().optional() }),
  ).optional(),
};

/** A file inside a document, with what was found in it. */
export const attachment = name(
  'Attachment',
  z.strictObject({
    contentId: z.string(),
    name: z.string(),
    declaredType: z.string(),
    sniffedType: z.string(),
    form: z.enum(['plain', 'zip']),
    size: count,
    sha256,
    fileSize: count,
    fileSha256: sha256,
    ...inspected,
  }),
);
