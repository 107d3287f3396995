import type { KeyObject } from 'node:crypto';
import { createHash, X509Certificate } from 'node:crypto';
import type { Extension } from './der.ts';
import { children, contentOf, elementAt, expect, extensionsOf, integerHex, tags, timeOf, whole } from './der.ts';

/** A certificate as revocation looks at it. */
export interface Subject {
  readonly der: Uint8Array;
  /** SHA-256 of the DER, hex. */
  readonly fingerprint: string;
  /** Hex without leading zero bytes. */
  readonly serial: string;
  /** DER of the names, hex. */
  readonly issuer: string;
  readonly subject: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKeyInfo: Uint8Array;
  /** Value of the subject key identifier, hex. */
  readonly keyIdentifier?: string;
  readonly isAuthority: boolean;
  /** False when a key usage is stated and does not allow it (RFC 5280, 4.2.1.3); undefined when none is stated. */
  readonly maySignLists?: boolean;
  readonly maySign?: boolean;
  readonly extensions: ReadonlyMap<string, Extension>;
}

const oids = { keyIdentifier: '2.5.29.14', keyUsage: '2.5.29.15', basicConstraints: '2.5.29.19' };

/** Reads a certificate. Throws DerFault. The result is remembered by the caller where it is needed often. */
export function subjectOf(der: Uint8Array): Subject {
  const outer = expect(der, 0, der.length, tags.sequence);
  const tbs = expect(der, outer.content, outer.end, tags.sequence);
  const parts = [...children(der, tbs)];
  const [serial, , issuer, validity, subject, publicKeyInfo, ...rest] = parts[0]?.tag === 0xa0 ? parts.slice(1) : parts;
  if (serial === undefined || issuer === undefined || validity === undefined || subject === undefined || publicKeyInfo === undefined) {
    throw new Error('not a certificate');
  }
  const [from, until] = [...children(der, validity)];
  if (from === undefined || until === undefined) throw new Error('a certificate without validity');
  const holder = rest.find(({ tag }) => tag === 0xa3);
  const extensions = holder === undefined ? new Map<string, Extension>() : extensionsOf(der, elementAt(der, holder.content, holder.end));
  const keyIdentifier = extensions.get(oids.keyIdentifier);
  const usage = keyUsageOf(extensions.get(oids.keyUsage));
  return {
    der,
    fingerprint: createHash('sha256').update(der).digest('hex'),
    serial: integerHex(der, serial),
    issuer: hexOf(whole(der, issuer)),
    subject: hexOf(whole(der, subject)),
    notBefore: timeOf(der, from),
    notAfter: timeOf(der, until),
    publicKeyInfo: whole(der, publicKeyInfo),
    ...(keyIdentifier === undefined ? {} : { keyIdentifier: hexOf(octetsOf(keyIdentifier.value)) }),
    isAuthority: isAuthority(extensions.get(oids.basicConstraints)),
    ...usage,
    extensions,
  };
}

/** The same name and the same key: who signs lists and answers, whichever certificate of it is at hand. SHA-256, hex. */
export function authorityId({ subject, publicKeyInfo }: Pick<Subject, 'subject' | 'publicKeyInfo'>): string {
  return createHash('sha256').update(Buffer.from(subject, 'hex')).update(publicKeyInfo).digest('hex');
}

/** The public key of a certificate. Throws for a key that OpenSSL can't read. */
export function publicKeyOf({ der }: Pick<Subject, 'der'>): KeyObject {
  return new X509Certificate(der).publicKey;
}

/** A name as operators read it: `CN=…, O=…`. */
export function nameOf({ der }: Pick<Subject, 'der'>): string {
  return new X509Certificate(der).subject.split('\n').join(', ');
}

function keyUsageOf(extension: Extension | undefined): Pick<Subject, 'maySignLists' | 'maySign'> {
  if (extension === undefined) return {};
  const bits = expect(extension.value, 0, extension.value.length, tags.bitString);
  // The first content byte counts unused bits; then digitalSignature is bit 0 and cRLSign bit 6, from the left.
  const flags = extension.value[bits.content + 1] ?? 0;
  return { maySign: (flags & 0x80) !== 0, maySignLists: (flags & 0x02) !== 0 };
}

function isAuthority(extension: Extension | undefined): boolean {
  if (extension === undefined) return false;
  const sequence = expect(extension.value, 0, extension.value.length, tags.sequence);
  const [first] = children(extension.value, sequence);
  return first?.tag === tags.boolean && extension.value[first.content] === 0xff;
}

const octetsOf = (value: Uint8Array) => contentOf(value, expect(value, 0, value.length, tags.octetString));

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
