import type { BitString, OctetString } from 'asn1js';
import type { AltName, BasicConstraints, Extension, ExtKeyUsage, NameConstraints } from 'pkijs';
import { AuthorityKeyIdentifier } from 'pkijs';
import type { GeneralName, NameSubtree } from './general-names.ts';
import { generalName, nameSubtree } from './general-names.ts';

/** Object identifiers of the extensions that are processed. */
export const extensionIds = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  issuerAltName: '2.5.29.18',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
} as const;

/** Bits of keyUsage (RFC 5280, 4.2.1.3). */
export const keyUsageBits = { digitalSignature: 0, nonRepudiation: 1, keyCertSign: 5, cRLSign: 6 } as const;

/** Subtrees of a nameConstraints extension. */
export interface ReadNameConstraints {
  readonly permitted: readonly NameSubtree[];
  readonly excluded: readonly NameSubtree[];
}

/** What the extensions of a certificate say; absent ones are undefined. */
export interface Extensions {
  /** Object identifiers of critical extensions that nobody here processes. */
  readonly unknownCritical: readonly string[];
  readonly basicConstraints?: { readonly ca: boolean; readonly pathLength?: number };
  readonly keyUsage?: (bit: keyof typeof keyUsageBits) => boolean;
  readonly extendedKeyUsage?: { readonly critical: boolean; readonly oids: readonly string[] };
  readonly subjectAltNames: readonly GeneralName[];
  readonly nameConstraints?: ReadNameConstraints;
  readonly subjectKeyId?: string;
  readonly authorityKeyId?: string;
}

const processed = new Set<string>(Object.values(extensionIds));
const V3 = 2;

/** Reads the extensions. Throws an Error for one that stands twice, can't be parsed, or stands in a certificate that is not v3. */
export function readExtensions(version: number, list: readonly Extension[]): Extensions {
  if (list.length > 0 && version !== V3) throw new Error('extensions in a certificate that is not version 3');
  const byId = new Map(list.map((one) => [one.extnID, one]));
  if (byId.size !== list.length) throw new Error('an extension stands twice in a certificate');
  const value = <T>(name: keyof typeof extensionIds): T | undefined => parsedValueOf<T>(byId.get(extensionIds[name]), name);
  const basic = value<BasicConstraints>('basicConstraints');
  const usage = value<BitString>('keyUsage');
  const extended = value<ExtKeyUsage>('extendedKeyUsage');
  const constraints = value<NameConstraints>('nameConstraints');
  const keyId = value<OctetString>('subjectKeyIdentifier');
  const authority = value<AuthorityKeyIdentifier>('authorityKeyIdentifier');
  return {
    unknownCritical: list.filter((one) => one.critical && !processed.has(one.extnID)).map((one) => one.extnID),
    subjectAltNames: value<AltName>('subjectAltName')?.altNames.map(generalName) ?? [],
    ...(basic === undefined ? {} : { basicConstraints: { ca: basic.cA, ...pathLength(basic) } }),
    ...(usage === undefined ? {} : { keyUsage: usageReader(new Uint8Array(usage.valueBlock.valueHexView)) }),
    ...(extended === undefined
      ? {}
      : { extendedKeyUsage: { critical: byId.get(extensionIds.extendedKeyUsage)?.critical === true, oids: extended.keyPurposes } }),
    ...(constraints === undefined ? {} : { nameConstraints: subtrees(constraints) }),
    ...(keyId === undefined ? {} : { subjectKeyId: hex(keyId) }),
    ...(authority instanceof AuthorityKeyIdentifier && authority.keyIdentifier ? { authorityKeyId: hex(authority.keyIdentifier) } : {}),
  };
}

function parsedValueOf<T>(extension: Extension | undefined, name: string): T | undefined {
  if (extension === undefined) return undefined;
  const parsed = extension.parsedValue as (T & { readonly parsingError?: string }) | undefined;
  if (parsed === undefined || parsed.parsingError) throw new Error(`extension ${name} can't be parsed`);
  return parsed;
}

function pathLength({ pathLenConstraint }: BasicConstraints): { readonly pathLength?: number } {
  if (pathLenConstraint === undefined) return {};
  const length = typeof pathLenConstraint === 'number' ? pathLenConstraint : Number(pathLenConstraint.toBigInt());
  if (!Number.isSafeInteger(length) || length < 0) throw new Error('pathLenConstraint is no length');
  return { pathLength: length };
}

function usageReader(bits: Uint8Array): (bit: keyof typeof keyUsageBits) => boolean {
  return (name) => {
    const bit = keyUsageBits[name];
    return ((bits[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0;
  };
}

function subtrees(constraints: NameConstraints): ReadNameConstraints {
  const { permittedSubtrees = [], excludedSubtrees = [] } = constraints;
  return { permitted: permittedSubtrees.map(nameSubtree), excluded: excludedSubtrees.map(nameSubtree) };
}

function hex(octets: OctetString): string {
  return Buffer.from(octets.valueBlock.valueHexView).toString('hex');
}
