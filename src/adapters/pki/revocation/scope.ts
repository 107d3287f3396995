import type { AsnType } from 'asn1js';
import { fromBER } from 'asn1js';
import type { DistributionPoint, GeneralName } from 'pkijs';
import { CRLDistributionPoints, InfoAccess, IssuingDistributionPoint } from 'pkijs';
import type { Subject } from './authority.ts';
import type { Extension } from './der.ts';

/** Which certificates of its issuer a list speaks of (issuing distribution point; RFC 5280, 5.2.5). All of them when nothing is set. */
export interface Scope {
  /** Hex of the extension's value; empty without it. Lists of one issuer with the same key follow one another. */
  readonly key: string;
  readonly only?: 'users' | 'authorities' | 'attributes';
  readonly someReasonsOnly: boolean;
  readonly indirect: boolean;
  /** The list is one of several: for certificates that name one of these URLs. */
  readonly urls?: readonly string[];
}

/** Reads the scope from the extension. Throws for one that can't be read. */
export function scopeOf(extension: Extension | undefined): Scope {
  if (extension === undefined) return { key: '', someReasonsOnly: false, indirect: false };
  const read = new IssuingDistributionPoint({ schema: fromBER(extension.value).result });
  const only = read.onlyContainsAttributeCerts
    ? 'attributes'
    : read.onlyContainsCACerts
      ? 'authorities'
      : read.onlyContainsUserCerts
        ? 'users'
        : undefined;
  const urls = read.distributionPoint === undefined ? undefined : urlsOf(read.distributionPoint);
  return {
    key: Buffer.from(extension.value).toString('hex'),
    ...(only === undefined ? {} : { only }),
    someReasonsOnly: read.onlySomeReasons !== undefined,
    indirect: read.indirectCRL,
    ...(urls === undefined ? {} : { urls }),
  };
}

/** True when a list of this scope speaks of this certificate (RFC 5280, 6.3.3 b). */
export function covers(scope: Scope, certificate: Subject): boolean {
  if (scope.only === 'attributes') return false;
  if (scope.only === 'users' && certificate.isAuthority) return false;
  if (scope.only === 'authorities' && !certificate.isAuthority) return false;
  if (scope.urls === undefined) return true;
  const named = listUrls(certificate);
  return scope.urls.some((url) => named.includes(url));
}

const oids = { listUrls: '2.5.29.31', freshest: '2.5.29.46', access: '1.3.6.1.5.5.7.1.1', ocsp: '1.3.6.1.5.5.7.48.1' };
const uri = 6;

/** URLs of the lists that speak of a certificate; only http and https, and only those whose signer is the certificate's issuer. */
export function listUrls(certificate: Pick<Subject, 'extensions'>): string[] {
  return distributionUrls(certificate.extensions.get(oids.listUrls));
}

/** URLs of delta lists that a certificate names (freshest CRL; RFC 5280, 4.2.1.15). */
export function deltaUrls(certificate: Pick<Subject, 'extensions'>): string[] {
  return distributionUrls(certificate.extensions.get(oids.freshest));
}

function distributionUrls(extension: Extension | undefined): string[] {
  const { distributionPoints } = readAs(extension, (schema) => new CRLDistributionPoints({ schema })) ?? { distributionPoints: [] };
  const direct = distributionPoints.filter((point) => point.cRLIssuer === undefined);
  return direct.flatMap((point) => (point.distributionPoint === undefined ? [] : urlsOf(point.distributionPoint)));
}

function urlsOf(point: NonNullable<DistributionPoint['distributionPoint']>): string[] {
  return Array.isArray(point) ? point.flatMap(urlOf) : [];
}

function urlOf({ type, value }: GeneralName): string[] {
  return type === uri && typeof value === 'string' && /^https?:\/\//i.test(value) ? [value] : [];
}

/** URLs of OCSP responders that a certificate names (authority information access; RFC 5280, 4.2.2.1). */
export function responderUrls(certificate: Pick<Subject, 'extensions'>): string[] {
  const access = readAs(certificate.extensions.get(oids.access), (schema) => new InfoAccess({ schema }));
  return (access?.accessDescriptions ?? [])
    .filter(({ accessMethod }) => accessMethod === oids.ocsp)
    .flatMap(({ accessLocation }) => urlOf(accessLocation));
}

/** A certificate that names its sources in a way nobody can read has none. */
function readAs<T>(extension: Extension | undefined, as: (schema: AsnType) => T): T | undefined {
  if (extension === undefined) return undefined;
  try {
    return as(fromBER(extension.value).result);
  } catch {
    return undefined;
  }
}
