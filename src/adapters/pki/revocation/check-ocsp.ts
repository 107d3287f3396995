import { timingSafeEqual } from 'node:crypto';
import { fromBER } from 'asn1js';
import { ExtKeyUsage } from 'pkijs';
import type { Problem } from '../../../routing/problem.ts';
import { reject } from '../../../routing/problem.ts';
import { vietnamTime } from '../../../routing/time.ts';
import type { Subject } from './authority.ts';
import { publicKeyOf, subjectOf } from './authority.ts';
import { clockSkew } from './check-crl.ts';
import { children, contentOf, elementAt, whole } from './der.ts';
import type { OcspAnswer, OcspStatement } from './ocsp.ts';
import { statementOn } from './ocsp.ts';
import { signedWith } from './proof-of-origin.ts';

/** What an answer must fit. `nonce`: that of the request; absent for answers that were stapled or come from the cache. */
export interface OcspQuestion {
  readonly certificate: Subject;
  readonly issuer: Subject;
  /** The moment at which the answer must be fresh. */
  readonly at: Date;
  readonly nonce?: Uint8Array;
  /** An answer without any nonce is taken although one was asked for; one with another nonce never is. */
  readonly nonceMayBeAbsent?: boolean;
}

/** An answer that holds. `responder`: the delegate whose own revocation must be asked about still, if it says nothing against that. */
export interface ProvenAnswer {
  readonly statement: OcspStatement;
  /** Until when it may be used. */
  readonly validUntil: Date;
  readonly responder?: Subject;
}

const oids = { extendedKeyUsage: '2.5.29.37', ocspSigning: '1.3.6.1.5.5.7.3.9', noCheck: '1.3.6.1.5.5.7.48.1.5' };

/** An answer without nextUpdate says that there is always a newer one (RFC 6960, 4.2.2.1): it is used for so many milliseconds. */
const withoutNextUpdate = 3_600_000;

/**
 * Proves an answer as RFC 6960, 3.2 asks: about this certificate, fresh, answering this request, signed by the issuer or by a delegate
 * that the issuer itself certified for it. Throws Rejection OCSP_*.
 */
export function proveAnswer(answer: OcspAnswer, question: OcspQuestion): ProvenAnswer {
  const responder = signerOf(answer, question);
  checkNonce(answer, question);
  const statement = statementOn(answer, question.certificate, question.issuer);
  if (statement === undefined) throw reject('OCSP_OTHER_CERTIFICATE');
  const late = freshness(statement, question.at);
  if (late !== undefined) throw reject(late.code, late);
  if (statement.status === 'unknown') throw reject('OCSP_UNKNOWN');
  return { statement, validUntil: usableUntil(statement), ...(responder === undefined ? {} : { responder }) };
}

function checkNonce(answer: OcspAnswer, { nonce, nonceMayBeAbsent }: OcspQuestion): void {
  if (nonce === undefined) return;
  if (answer.nonce === undefined && nonceMayBeAbsent === true) return;
  const same = answer.nonce?.length === nonce.length && timingSafeEqual(answer.nonce, nonce);
  if (!same) throw reject('OCSP_REPLAYED');
}

function usableUntil({ thisUpdate, nextUpdate }: OcspStatement): Date {
  return nextUpdate ?? new Date(thisUpdate.getTime() + withoutNextUpdate);
}

function freshness(statement: OcspStatement, at: Date): Problem | undefined {
  const until = usableUntil(statement);
  if (statement.thisUpdate.getTime() > at.getTime() + clockSkew) {
    return { code: 'OCSP_NOT_YET_VALID', params: { thisUpdate: vietnamTime(statement.thisUpdate), now: vietnamTime(at) } };
  }
  if (until.getTime() + clockSkew < at.getTime()) {
    return { code: 'OCSP_EXPIRED', params: { nextUpdate: vietnamTime(until), now: vietnamTime(at) } };
  }
  return undefined;
}

/** Undefined when nothing more is to be asked about whoever signed. */
function signerOf(answer: OcspAnswer, { issuer, at }: OcspQuestion): Subject | undefined {
  if (signs(issuer, answer)) return undefined;
  const included = answer.certificates.flatMap(readableCertificate);
  const signer = included.find((one) => signs(one, answer));
  if (signer === undefined) throw reject('OCSP_SIGNATURE_INVALID');
  if (signer.issuer !== issuer.subject || !certifiedBy(signer, issuer)) throw notAuthorised('not certified by the authority itself');
  if (!mayAnswer(signer)) throw notAuthorised('no id-kp-OCSPSigning');
  if (signer.maySign === false) throw notAuthorised('no digitalSignature');
  if (at < signer.notBefore || at > signer.notAfter) throw notAuthorised('its certificate is not valid at this time');
  return signer.extensions.has(oids.noCheck) ? undefined : signer;
}

function signs(signer: Subject, { algorithm, signed, signature }: OcspAnswer): boolean {
  return signedWith(publicKeyOf(signer), algorithm, signed, signature) === 'yes';
}

/** True when the certificate was signed with the key of the authority. */
function certifiedBy({ der }: Subject, issuer: Subject): boolean {
  const [tbs, algorithm, signature] = children(der, elementAt(der, 0, der.length));
  if (tbs === undefined || algorithm === undefined || signature === undefined) return false;
  return signedWith(publicKeyOf(issuer), whole(der, algorithm), whole(der, tbs), contentOf(der, signature).subarray(1)) === 'yes';
}

function mayAnswer({ extensions }: Subject): boolean {
  const extension = extensions.get(oids.extendedKeyUsage);
  if (extension === undefined) return false;
  return new ExtKeyUsage({ schema: fromBER(extension.value).result }).keyPurposes.includes(oids.ocspSigning);
}

function readableCertificate(der: Uint8Array): Subject[] {
  try {
    const read = subjectOf(der);
    publicKeyOf(read);
    return [read];
  } catch {
    return [];
  }
}

const notAuthorised = (detail: string) => reject('OCSP_RESPONDER_NOT_AUTHORISED', { params: { detail } });
