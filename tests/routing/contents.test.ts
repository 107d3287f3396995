import type { PdfSignatureClaim } from '../../src/routing/contents.ts';
import { pdfProblem } from '../../src/routing/contents.ts';
import { judgePdf } from '../../src/routing/judge-pdf.ts';
import type { PathQuestion, RevocationPolicy, TrustAnchor, ValidatePath } from '../../src/routing/trust.ts';
import { defaultAnchorPolicy } from '../../src/routing/trust.ts';

const received = new Date('2026-03-02T03:00:00.000Z');
const stamped = '2025-06-01T00:00:00.000Z';
const trustedOne = Uint8Array.of(1);
const expiredOne = Uint8Array.of(2);
const stranger = Uint8Array.of(3);
const authority = Uint8Array.of(4);

const anchor: TrustAnchor = { id: 'goc', name: 'Gốc', fingerprint: '', certificate: trustedOne, policy: defaultAnchorPolicy };

/** One certificate is good for ever, one ended with the year 2025, one leads nowhere; the authority is for timestamps only. */
const validatePath: ValidatePath = async ({ leaf, purpose, at }: PathQuestion) => {
  const no = { ok: false, problem: { code: 'CHAIN_NO_ANCHOR' } } as const;
  if (leaf === stranger || (leaf === authority) !== (purpose === 'timestamp')) return no;
  if (leaf === expiredOne && at.getUTCFullYear() > 2025) return { ok: false, problem: { code: 'CHAIN_EXPIRED' } };
  return { ok: true, chain: [leaf], anchor };
};

function claim(certificate: Uint8Array, more: Partial<PdfSignatureClaim> = {}): PdfSignatureClaim {
  const facts = { kind: 'signature', subFilter: 'adbe.pkcs7.detached', coverage: 'whole', integrity: 'intact', weak: false } as const;
  return { ...facts, certificates: { certificate, hints: [] }, ...more };
}

const timestamp = (certificate: Uint8Array) => ({ timestamp: { certificate, hints: [], at: stamped } });
const judge = (...signatures: PdfSignatureClaim[]) => judgePdf({ signatures }, { validatePath }, received);

describe('a PDF file', () => {
  it.each<[string, PdfSignatureClaim[], string]>([
    ['without signatures is unsigned', [], 'unsigned'],
    ['signed by somebody trusted is trusted', [claim(trustedOne)], 'trusted'],
    ['signed by a stranger is untrusted', [claim(stranger)], 'untrusted'],
    ['of which one signer of two is a stranger is untrusted', [claim(trustedOne, { coverage: 'earlier' }), claim(stranger)], 'untrusted'],
    ['signed with SHA-1 is untrusted', [claim(trustedOne, { weak: true })], 'untrusted'],
    ['changed after signing is changed', [claim(trustedOne, { coverage: 'changed' })], 'changed'],
    ['that was altered is broken', [claim(trustedOne, { integrity: 'broken' })], 'broken'],
    ['signed in parts is broken', [claim(trustedOne, { coverage: 'partial' })], 'broken'],
    ['with a good and a broken signature is broken', [claim(trustedOne), claim(trustedOne, { integrity: 'broken' })], 'broken'],
    ['signed with a certificate that has ended is untrusted', [claim(expiredOne)], 'untrusted'],
    [
      'of which a trusted timestamp proves that it was signed before the end is trusted',
      [claim(expiredOne, timestamp(authority))],
      'trusted',
    ],
    ['with a timestamp of a stranger is judged at its receipt', [claim(expiredOne, timestamp(stranger))], 'untrusted'],
    ["with a timestamp made with a signer's certificate is judged at its receipt", [claim(expiredOne, timestamp(trustedOne))], 'untrusted'],
  ])('%s', async (_what, claims, verdict) => {
    expect((await judge(...claims)).verdict).toBe(verdict);
  });

  it('keeps what was relied on, and no certificates', async () => {
    const { signatures } = await judge(claim(expiredOne, timestamp(authority)));
    expect(signatures[0]).toMatchObject({
      timestampedAt: stamped,
      trust: { trusted: true, anchor: 'goc', at: stamped, timeFrom: 'timestamp', revocation: 'not-asked' },
    });
    expect(signatures[0]).not.toHaveProperty('certificates');
    const { signatures: later } = await judge(claim(trustedOne));
    expect(later[0]?.trust).toEqual({
      trusted: true,
      anchor: 'goc',
      at: received.toISOString(),
      timeFrom: 'receipt',
      revocation: 'not-asked',
    });
  });

  describe('whose anchor wants revocation asked about', () => {
    const since = new Date('2026-01-01T00:00:00Z');
    const revoked = { status: 'revoked', since, reason: 'keyCompromise', fingerprint: 'ab' } as const;

    async function judged(status: 'good' | 'unknown' | 'revoked', policy: RevocationPolicy, more: Partial<PdfSignatureClaim> = {}) {
      const path: ValidatePath = async (question) => {
        const found = await validatePath(question);
        return found.ok ? { ...found, anchor: { ...anchor, policy: { ...anchor.policy, revocation: policy } } } : found;
      };
      const verdict =
        status === 'revoked'
          ? revoked
          : status === 'unknown'
            ? ({ status, why: 'OCSP_EXPIRED', whyVi: 'OCSP_EXPIRED' } as const)
            : { status };
      const checkRevocation = async () => ({ verdict, evidence: [], validUntil: received });
      const finding = await judgePdf({ signatures: [claim(trustedOne, more)] }, { validatePath: path, checkRevocation }, received);
      const trust = finding.signatures[0]?.trust;
      return `${finding.verdict} ${trust?.trusted === true ? trust.revocation : trust?.problem?.code}`;
    }

    it.each([
      ['good', 'hard-fail', 'trusted good'],
      ['good', 'quarantine', 'trusted good'],
      ['unknown', 'quarantine', 'trusted unknown'],
      ['unknown', 'hard-fail', 'untrusted REVOCATION_UNKNOWN'],
      ['revoked', 'quarantine', 'untrusted CERTIFICATE_REVOKED'],
      ['revoked', 'off', 'trusted not-asked'],
    ] as const)('and the answer is %s under %s: %s', async (status, policy, says) => {
      expect(await judged(status, policy)).toBe(says);
    });

    it('is judged at the time of a timestamp, unless the authority of that is revoked', async () => {
      // what was stamped in 2025 was signed before the revocation
      expect(await judged('revoked', 'hard-fail', timestamp(authority))).toBe('trusted good');
      expect(await judged('unknown', 'quarantine', timestamp(authority))).toBe('trusted unknown');
    });
  });

  it.each([
    ['report', []],
    ['refuse-broken', ['broken', 'changed', 'unreadable']],
    ['refuse-untrusted', ['broken', 'changed', 'unreadable', 'untrusted']],
  ] as const)('is refused under %s only when it is one of %j', (policy, refused) => {
    const verdicts = ['unsigned', 'trusted', 'untrusted', 'changed', 'broken', 'unreadable'] as const;
    const given = verdicts.filter((verdict) => pdfProblem({ kind: 'pdf', verdict, signatures: [] }, policy, 'a.pdf') !== undefined);
    expect(given.toSorted()).toEqual(refused);
  });
});
