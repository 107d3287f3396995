import type { KeyObject } from 'node:crypto';
import { constants, verify } from 'node:crypto';
import { fromBER } from 'asn1js';
import { AlgorithmIdentifier, RSASSAPSSParams } from 'pkijs';
import { strengthOf } from '../certificate.ts';

/** Signature algorithms of lists and answers: key type and digest by OID (RFC 4055, RFC 5758). SHA-1 and MD5 prove nothing any more. */
const algorithms: Readonly<Record<string, readonly ['rsa' | 'ec', string]>> = {
  '1.2.840.113549.1.1.11': ['rsa', 'sha256'],
  '1.2.840.113549.1.1.12': ['rsa', 'sha384'],
  '1.2.840.113549.1.1.13': ['rsa', 'sha512'],
  '1.2.840.10045.4.3.2': ['ec', 'sha256'],
  '1.2.840.10045.4.3.3': ['ec', 'sha384'],
  '1.2.840.10045.4.3.4': ['ec', 'sha512'],
};
const pss = '1.2.840.113549.1.1.10';
const digests: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/**
 * Whether `signature` over `bytes` was made with `key`, as the DER of the AlgorithmIdentifier says.
 * `unsupported`: an algorithm outside the list, or a key too weak for anything; nothing was computed.
 */
export function signedWith(key: KeyObject, algorithm: Uint8Array, bytes: Uint8Array, signature: Uint8Array): 'yes' | 'no' | 'unsupported' {
  try {
    const method = methodOf(algorithm);
    if (method === undefined || strengthOf(key)?.type !== method.type) return 'unsupported';
    return verify(method.digest, bytes, { key, ...method.padding }, signature) ? 'yes' : 'no';
  } catch {
    return 'no';
  }
}

function methodOf(der: Uint8Array) {
  const identifier = new AlgorithmIdentifier({ schema: fromBER(der).result });
  const known = algorithms[identifier.algorithmId];
  if (known !== undefined) return { type: known[0], digest: known[1], padding: {} };
  if (identifier.algorithmId !== pss || identifier.algorithmParams === undefined) return undefined;
  const { hashAlgorithm, saltLength } = new RSASSAPSSParams({ schema: identifier.algorithmParams });
  const digest = digests[hashAlgorithm.algorithmId];
  if (digest === undefined) return undefined;
  return { type: 'rsa', digest, padding: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength } };
}
