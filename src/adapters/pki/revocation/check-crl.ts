import type { Problem } from '../../../routing/problem.ts';
import { Rejection, reject } from '../../../routing/problem.ts';
import { vietnamTime } from '../../../routing/time.ts';
import { readName } from '../path/names.ts';
import type { Subject } from './authority.ts';
import { nameOf, publicKeyOf } from './authority.ts';
import type { Crl } from './crl.ts';
import { EntryFault, indexOf, readCrl } from './crl.ts';
import { signedWith } from './proof-of-origin.ts';
import { readableName } from './readable-name.ts';

/** A list whose signer, form and scope are good, with its entries. Its dates are judged when it is used. */
export interface ProvenCrl extends Crl {
  readonly nextUpdate: Date;
  readonly index: ReadonlyMap<string, number>;
}

/** A list as it comes, DER or PEM, at most `limit` bytes. Throws Rejection CRL_TOO_LARGE, CRL_UNREADABLE. */
export function parseCrl(bytes: Uint8Array, limit: number): Crl {
  // PEM is a third longer than what it holds.
  if (bytes.length > limit * 1.4) throw reject('CRL_TOO_LARGE', { params: { limit } });
  try {
    const der = derOf(bytes);
    if (der.length > limit) throw reject('CRL_TOO_LARGE', { params: { limit } });
    return readCrl(der);
  } catch (error) {
    if (error instanceof Rejection) throw error;
    throw reject('CRL_UNREADABLE', { params: { detail: error instanceof Error ? error.message : String(error) } });
  }
}

const begin = '-----BEGIN X509 CRL-----';
const end = '-----END X509 CRL-----';

function derOf(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes[0] === 0x30) return bytes;
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error('neither DER nor PEM of a CRL');
  return Buffer.from(text.toString('latin1', from + begin.length, to), 'base64');
}

/**
 * Proves that a list was signed by one of these authorities, all of the list's issuer by name, and that everything in it is understood.
 * Throws Rejection CRL_* with the one reason that matters; nothing else.
 */
export function proveCrl(crl: Crl, candidates: readonly Subject[]): { readonly crl: ProvenCrl; readonly signer: Subject } {
  const named = ofThisName(candidates, crl.issuer);
  const issuer = readableName(crl.issuer);
  if (named.length === 0) throw reject('CRL_ISSUER_UNKNOWN', { params: { issuer } });
  const fitting =
    crl.keyIdentifier === undefined ? named : named.filter((one) => (one.keyIdentifier ?? crl.keyIdentifier) === crl.keyIdentifier);
  if (fitting.length === 0) throw reject('CRL_SIGNATURE_INVALID', { params: { issuer } });
  const verdicts = fitting.map((one) => [one, signedBy(one, crl)] as const);
  const signer = verdicts.find(([, verdict]) => verdict === 'yes')?.[0];
  if (signer === undefined) {
    const code = verdicts.every(([, verdict]) => verdict === 'unsupported') ? 'CRL_ALGORITHM' : 'CRL_SIGNATURE_INVALID';
    throw reject(code, { params: { issuer } });
  }
  if (signer.maySignLists === false) throw reject('CRL_SIGNER_NOT_ALLOWED', { params: { issuer: nameOf(signer) } });
  return { crl: understood(crl), signer };
}

/**
 * Those whose subject is this name, hex of the DER; compared as RFC 5280, 7.1 says only when none is written in the same bytes: an authority
 * may have changed from PrintableString to UTF8String.
 */
function ofThisName(candidates: readonly Subject[], name: string): readonly Subject[] {
  const same = candidates.filter(({ subject }) => subject === name);
  const key = same.length === 0 ? nameKey(name) : undefined;
  return key === undefined ? same : candidates.filter(({ subject }) => nameKey(subject) === key);
}

function nameKey(name: string): string | undefined {
  try {
    return readName(Buffer.from(name, 'hex')).key;
  } catch {
    return undefined;
  }
}

/** A key that OpenSSL can't read (DSA with inherited parameters, an unknown curve) proves nothing. */
function signedBy(signer: Subject, { algorithm, signed, signature }: Crl): ReturnType<typeof signedWith> {
  try {
    return signedWith(publicKeyOf(signer), algorithm, signed, signature);
  } catch {
    return 'unsupported';
  }
}

function understood(crl: Crl): ProvenCrl {
  const [oid] = crl.notUnderstood;
  if (oid !== undefined) throw reject('CRL_EXTENSION_UNKNOWN', { params: { oid } });
  if (crl.scope.indirect) throw reject('CRL_INDIRECT');
  if (crl.scope.someReasonsOnly || crl.scope.only === 'attributes') throw reject('CRL_PARTIAL');
  if (crl.nextUpdate === undefined) throw reject('CRL_UNREADABLE', { params: { detail: 'no nextUpdate (RFC 5280, 5.1.2.5)' } });
  try {
    return { ...crl, nextUpdate: crl.nextUpdate, index: indexOf(crl) };
  } catch (error) {
    if (error instanceof EntryFault && error.indirect) throw reject('CRL_INDIRECT');
    if (error instanceof EntryFault) throw reject('CRL_EXTENSION_UNKNOWN', { params: { oid: error.message } });
    throw reject('CRL_UNREADABLE', { params: { detail: error instanceof Error ? error.message : String(error) } });
  }
}

/** Clocks may differ by so many milliseconds. */
export const clockSkew = 5 * 60_000;

/** Why a list may not be used now; undefined when its dates are good. */
export function datesProblem(crl: Pick<ProvenCrl, 'issuer' | 'thisUpdate' | 'nextUpdate'>, now: Date): Problem | undefined {
  const about = (more: Record<string, string>) => ({ params: { issuer: readableName(crl.issuer), now: vietnamTime(now), ...more } });
  if (crl.thisUpdate.getTime() > now.getTime() + clockSkew) {
    return { code: 'CRL_NOT_YET_VALID', ...about({ thisUpdate: vietnamTime(crl.thisUpdate) }) };
  }
  if (crl.nextUpdate.getTime() + clockSkew < now.getTime()) {
    return { code: 'CRL_EXPIRED', ...about({ nextUpdate: vietnamTime(crl.nextUpdate) }) };
  }
  return undefined;
}
