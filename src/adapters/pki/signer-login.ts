import { X509Certificate } from 'node:crypto';
import type { PresentedCertificate } from '../../routing/clients.ts';
import type { SignatureClaim } from '../../routing/package.ts';
import type { Now } from '../../routing/ports.ts';
import { problemText, reject } from '../../routing/problem.ts';
import { vietnamTime } from '../../routing/time.ts';
import { defaultAnchorPolicy } from '../../routing/trust.ts';
import { readAnchorFiles } from './anchor-file.ts';
import { readCertificate } from './certificate.ts';
import { findPath } from './path/build.ts';
import { isMadeWith } from './verify-claim.ts';

type Signed = Pick<Extract<SignatureClaim, { state: 'present' }>, 'algorithm' | 'signedInfo' | 'value'>;

/**
 * Judges a certificate by which a client logs in with a signature of its own instead of a TLS handshake. Null: its key did not make the
 * signature. Throws Rejection CERTIFICATE_UNREADABLE, CERTIFICATE_KEY_WEAK; CLIENT_CERTIFICATE_UNTRUSTED out of its time or without a
 * path to an authority of clients.
 */
export type ProveSigner = (der: Uint8Array, signed: Signed) => Promise<PresentedCertificate | null>;

/**
 * Makes it. `readAuthorities`: the file of authorities that clients of mutual TLS need a path to. Without one nothing is known about who
 * issued a certificate, so its names are left out and it can only be known by its fingerprint: anybody can write names.
 */
export function createProveSigner(readAuthorities: (() => Promise<Uint8Array>) | undefined, now: Now): ProveSigner {
  return async function proveSigner(der, signed) {
    const { fingerprint, subject, issuer, notBefore, notAfter } = readCertificate(der);
    if (!isMadeWith(new X509Certificate(der).publicKey, signed)) return null;
    const at = now();
    if (at < notBefore || notAfter < at) throw untrusted(`${vietnamTime(notBefore)} – ${vietnamTime(notAfter)}`);
    if (readAuthorities === undefined) return { fingerprint, subject: '', issuer: '' };
    checkPath(der, await readAuthorities(), at);
    return { fingerprint, subject, issuer };
  };
}

function checkPath(leaf: Uint8Array, authorities: Uint8Array, at: Date): void {
  const policy = { ...defaultAnchorPolicy, purposes: ['client'] as const };
  const { anchors, intermediates } = readAnchorFiles([{ name: 'authorities', bytes: authorities }], { policy, at });
  const known = { anchors, intermediates: intermediates.map(({ certificate }) => certificate) };
  const verdict = findPath({ leaf, hints: [], purpose: 'client', at }, known);
  if (!verdict.ok) throw untrusted(problemText(verdict.problem).en);
}

const untrusted = (detail: string) => reject('CLIENT_CERTIFICATE_UNTRUSTED', { params: { detail } });
