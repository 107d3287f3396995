import type { KeyObject } from 'node:crypto';
import { constants } from 'node:crypto';
import type { AlgorithmIdentifier } from 'pkijs';
import { RSASSAPSSParams } from 'pkijs';

/** Hash functions that are known here, as node names them. */
export type HashName = 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** How a signature was made: key type, hash of the signed bytes, hash of the content, salt of RSA-PSS. */
export interface SignatureForm {
  readonly key: 'rsa' | 'ec';
  readonly hash: HashName;
  readonly digest: HashName;
  readonly salt?: number;
}

const hashes: Readonly<Record<string, HashName>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** `hash` absent: that of the digest algorithm. */
const signatures: Readonly<Record<string, { readonly key: 'rsa' | 'ec'; readonly hash?: HashName }>> = {
  '1.2.840.113549.1.1.1': { key: 'rsa' },
  '1.2.840.113549.1.1.5': { key: 'rsa', hash: 'sha1' },
  '1.2.840.113549.1.1.11': { key: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { key: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { key: 'rsa', hash: 'sha512' },
  '1.2.840.10045.2.1': { key: 'ec' },
  '1.2.840.10045.4.1': { key: 'ec', hash: 'sha1' },
  '1.2.840.10045.4.3.2': { key: 'ec', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { key: 'ec', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { key: 'ec', hash: 'sha512' },
};

const RSASSA_PSS = '1.2.840.113549.1.1.10';

/** The hash function of an object identifier; undefined for one that is not judged here. */
export function hashName(identifier: string): HashName | undefined {
  return hashes[identifier];
}

/** The form of a signature by its AlgorithmIdentifier; undefined for one that is not judged here. */
export function signatureForm(algorithm: AlgorithmIdentifier, digest: HashName): SignatureForm | undefined {
  if (algorithm.algorithmId === RSASSA_PSS) return pssForm(algorithm, digest);
  const known = signatures[algorithm.algorithmId];
  return known === undefined ? undefined : { key: known.key, hash: known.hash ?? digest, digest };
}

function pssForm(algorithm: AlgorithmIdentifier, digest: HashName): SignatureForm | undefined {
  try {
    const parameters = new RSASSAPSSParams({ schema: algorithm.algorithmParams });
    const hash = hashes[parameters.hashAlgorithm.algorithmId];
    return hash === undefined ? undefined : { key: 'rsa', hash, digest, salt: parameters.saltLength };
  } catch {
    return undefined;
  }
}

/** A key with what node needs to verify a signature of this form; undefined when the key is of another type. */
export function keyFor(form: SignatureForm, key: KeyObject) {
  const type = key.asymmetricKeyType;
  if (form.key === 'ec') return type === 'ec' ? { key, dsaEncoding: 'der' as const } : undefined;
  if (type !== 'rsa' && !(type === 'rsa-pss' && form.salt !== undefined)) return undefined;
  if (form.salt === undefined) return { key, padding: constants.RSA_PKCS1_PADDING };
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: form.salt };
}

/** The form in one word: `rsa-sha256`, `rsa-pss-sha256`, `ecdsa-sha384`; the weaker hash when two are used. */
export function formName({ key, hash, digest, salt }: SignatureForm): string {
  const weaker = hash === 'sha1' || digest === 'sha1' ? 'sha1' : hash;
  return `${key === 'ec' ? 'ecdsa' : salt === undefined ? 'rsa' : 'rsa-pss'}-${weaker}`;
}

/** True for a signature that can be forged: SHA-1, or an RSA key below 2048 bits. */
export function isWeak({ hash, digest }: SignatureForm, key: KeyObject): boolean {
  return hash === 'sha1' || digest === 'sha1' || (key.asymmetricKeyDetails?.modulusLength ?? 2048) < 2048;
}
