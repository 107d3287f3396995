import type { KeyObject } from 'node:crypto';
import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { fingerprintOf, strengthOf } from './certificate.ts';
import type { GatewayKey } from './gateway-key.ts';

/** A request as far as its signature goes. Names of headers in lower case. `targetUri` is absolute, as the client calls it. */
export interface SignedRequest {
  readonly method: string;
  readonly targetUri: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** The two headers that carry a signature (RFC 9421, 4.1 and 4.2). */
export interface SignatureHeaders {
  readonly 'signature-input': string;
  readonly signature: string;
}

/** `created` is when the request was signed. `reason` is technical, English. */
export type RequestVerdict = { readonly valid: true; readonly created: Date } | { readonly valid: false; readonly reason: string };

/** `now` and how far from it, in seconds, `created` may lie. */
export interface RequestFreshness {
  readonly now: Date;
  readonly maxAge: number;
}

const LABEL = 'lienthong';
const covered = ['@method', '@target-uri', 'content-digest', 'lienthong-delivery', 'lienthong-package'] as const;
const algorithms = { 'ecdsa-sha256': 'ecdsa-p256-sha256', 'rsa-sha256': 'rsa-v1_5-sha256' } as const;

/** The Content-Digest header (RFC 9530) of a body with this SHA-256 in hex. */
export function contentDigest(sha256: string): string {
  return `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;
}

/**
 * Signs a push request by RFC 9421, over method, URI, Content-Digest and the ids of delivery and package; the certificate's
 * fingerprint is the keyid. Throws an Error when one of those headers is missing or can't be signed.
 */
export async function signRequest(request: SignedRequest, key: GatewayKey, created: Date): Promise<SignatureHeaders> {
  const alg = algorithms[key.algorithm];
  const items = covered.map((name) => `"${name}"`).join(' ');
  const parameters = `(${items});created=${Math.floor(created.getTime() / 1000)};keyid="${key.fingerprint}";alg="${alg}"`;
  const base = signatureBase(request, parameters);
  const value = await key.sign(Buffer.from(base));
  return { 'signature-input': `${LABEL}=${parameters}`, signature: `${LABEL}=:${value.toString('base64')}:` };
}

/**
 * Checks what `signRequest` made, for those who receive pushes. The caller still compares Content-Digest with the body and the ids
 * with what it has seen: the signature says that the gateway sent this request, not that it sent it once. Never throws.
 */
export function verifyRequest(request: SignedRequest, certificatePem: string, freshness: RequestFreshness): RequestVerdict {
  try {
    return check(request, new X509Certificate(certificatePem), freshness);
  } catch (error) {
    return { valid: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

const inputForm = new RegExp(
  `(?:^|,\\s*)${LABEL}=(\\(((?:"[a-z@-]+" ?)*)\\);created=(\\d{1,15});keyid="([0-9a-f]{64})";alg="([a-z0-9_-]+)")(?:\\s*,|$)`,
);
const valueForm = new RegExp(`(?:^|,\\s*)${LABEL}=:([A-Za-z0-9+/]+={0,2}):(?:\\s*,|$)`);

function check(request: SignedRequest, certificate: X509Certificate, { now, maxAge }: RequestFreshness): RequestVerdict {
  const input = inputForm.exec(request.headers['signature-input'] ?? '');
  const value = valueForm.exec(request.headers['signature'] ?? '')?.[1];
  if (input === null || value === undefined) return { valid: false, reason: `no signature labelled ${LABEL} in the form of the gateway` };
  const [, parameters = '', items = '', createdText = '', keyId, alg] = input;
  const names = items.split(' ').map((item) => item.slice(1, -1));
  const isComplete = names.length === covered.length && covered.every((name) => names.includes(name));
  if (!isComplete) return { valid: false, reason: `the signature must cover ${covered.join(', ')}` };
  if (keyId !== fingerprintOf(certificate)) return { valid: false, reason: 'signed with another key than that of the certificate' };
  const key = createPublicKey(certificate.toString());
  if (alg !== algorithmFor(key)) return { valid: false, reason: `algorithm ${alg} does not fit the key` };
  const created = new Date(Number(createdText) * 1000);
  if (Math.abs(now.getTime() - created.getTime()) > maxAge * 1000)
    return { valid: false, reason: 'created too long ago, or in the future' };
  const base = Buffer.from(signatureBase(request, parameters, names));
  const isSigned = verify('sha256', base, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(value, 'base64'));
  return isSigned ? { valid: true, created } : { valid: false, reason: 'the signature does not match the request' };
}

function algorithmFor(key: KeyObject): string | undefined {
  const strength = strengthOf(key);
  if (strength?.type === 'rsa') return algorithms['rsa-sha256'];
  return strength?.bits === 256 ? algorithms['ecdsa-sha256'] : undefined;
}

/** The signature base (RFC 9421, 2.5). Throws an Error when a component is missing. */
function signatureBase(request: SignedRequest, parameters: string, names: readonly string[] = covered): string {
  const lines = names.map((name) => `"${name}": ${component(request, name)}`);
  return [...lines, `"@signature-params": ${parameters}`].join('\n');
}

function component(request: SignedRequest, name: string): string {
  if (name === '@method') return request.method.toUpperCase();
  if (name === '@target-uri') return request.targetUri;
  const value = request.headers[name]?.trim();
  if (value === undefined || value === '') throw new Error(`header ${name} is missing`);
  // A line break would let a value pass for further components.
  if (/[^\x20-\x7e]/.test(value)) throw new Error(`header ${name} holds a character that cannot be signed`);
  return value;
}
