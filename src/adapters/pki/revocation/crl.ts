import { createHash } from 'node:crypto';
import type { Element, Extension } from './der.ts';
import { children, contentOf, elementAt, expect, extensionsOf, integerHex, tags, timeOf, whole } from './der.ts';
import type { Scope } from './scope.ts';
import { scopeOf } from './scope.ts';

/** One revoked certificate. `reason` is the CRLReason number (RFC 5280, 5.3.1); 8 (removeFromCRL) only in a delta list. */
export interface CrlEntry {
  readonly serial: string;
  readonly revokedAt: Date;
  readonly reason: number;
  readonly invalidityDate?: Date;
}

/** A revocation list, read and not yet believed. */
export interface Crl {
  readonly der: Uint8Array;
  /** SHA-256 of the DER, hex. */
  readonly sha256: string;
  /** DER of the issuer's name, hex. */
  readonly issuer: string;
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  readonly number?: bigint;
  /** Number of the complete list that this delta list adds to; absent for a complete list. */
  readonly base?: bigint;
  readonly scope: Scope;
  /** Key identifier of the signer, hex, when the list names one. */
  readonly keyIdentifier?: string;
  /** Critical extensions that nobody here understands: the list must not be used (RFC 5280, 5.2). */
  readonly notUnderstood: readonly string[];
  readonly signed: Uint8Array;
  readonly algorithm: Uint8Array;
  readonly signature: Uint8Array;
  /** The SEQUENCE OF revoked certificates; absent when there are none. */
  readonly list?: Element;
}

const oids = {
  number: '2.5.29.20',
  reason: '2.5.29.21',
  invalidityDate: '2.5.29.24',
  delta: '2.5.29.27',
  scope: '2.5.29.28',
  entryIssuer: '2.5.29.29',
  authorityKey: '2.5.29.35',
};
const understood = new Set([oids.number, oids.delta, oids.scope, oids.authorityKey]);

/** Reads a CertificateList (RFC 5280, 5.1) without its entries. Throws DerFault or Error. */
export function readCrl(der: Uint8Array): Crl {
  const outer = expect(der, 0, der.length, tags.sequence);
  if (outer.end !== der.length) throw new Error('bytes after the list');
  const [tbs, algorithm, signature] = children(der, outer);
  if (tbs?.tag !== tags.sequence || algorithm?.tag !== tags.sequence || signature?.tag !== tags.bitString) throw new Error('not a CRL');
  const parts = [...children(der, tbs)];
  // Version 1 has no version field and no extensions: it can neither be told from a delta list nor put in order.
  if (parts[0]?.tag !== tags.integer) throw new Error('a list of version 1');
  const [, inner, issuer, thisUpdate, ...rest] = parts;
  if (inner === undefined || issuer === undefined || thisUpdate === undefined) throw new Error('not a CRL');
  const same = Buffer.compare(whole(der, inner), whole(der, algorithm)) === 0;
  if (!same) throw new Error('two different signature algorithms in one list (RFC 5280, 5.1.1.2)');
  const next = rest[0]?.tag === tags.utcTime || rest[0]?.tag === tags.generalizedTime ? rest[0] : undefined;
  const list = rest.find(({ tag }) => tag === tags.sequence);
  const holder = rest.find(({ tag }) => tag === 0xa0);
  const extensions = holder === undefined ? new Map() : extensionsOf(der, elementAt(der, holder.content, holder.end));
  return {
    der,
    sha256: createHash('sha256').update(der).digest('hex'),
    issuer: Buffer.from(whole(der, issuer)).toString('hex'),
    thisUpdate: timeOf(der, thisUpdate),
    ...(next === undefined ? {} : { nextUpdate: timeOf(der, next) }),
    ...saidBy(extensions),
    signed: whole(der, tbs),
    algorithm: whole(der, algorithm),
    signature: contentOf(der, signature).subarray(1),
    ...(list === undefined ? {} : { list }),
  };
}

function saidBy(extensions: ReadonlyMap<string, Extension>) {
  const number = extensions.get(oids.number);
  const base = extensions.get(oids.delta);
  const key = authorityKey(extensions.get(oids.authorityKey));
  return {
    ...(number === undefined ? {} : { number: integerIn(number.value) }),
    ...(base === undefined ? {} : { base: integerIn(base.value) }),
    scope: scopeOf(extensions.get(oids.scope)),
    ...(key === undefined ? {} : { keyIdentifier: key }),
    notUnderstood: [...extensions.values()].filter((e) => e.critical && !understood.has(e.oid)).map((e) => e.oid),
  };
}

function integerIn(value: Uint8Array): bigint {
  const element = expect(value, 0, value.length, tags.integer);
  return BigInt(`0x${integerHex(value, element) || '0'}`);
}

function authorityKey(extension: Extension | undefined): string | undefined {
  if (extension === undefined) return undefined;
  const { value } = extension;
  const identifier = [...children(value, expect(value, 0, value.length, tags.sequence))].find(({ tag }) => tag === 0x80);
  return identifier === undefined ? undefined : Buffer.from(contentOf(value, identifier)).toString('hex');
}

/**
 * Where each entry of a list begins, by serial number: a list of 100 000 entries costs some 15 MB and 60 ms. Reads every entry once and
 * throws EntryFault for one that changes the meaning of the list in a way nobody here understands (RFC 5280, 5.3).
 */
export function indexOf(crl: Pick<Crl, 'der' | 'list'>): ReadonlyMap<string, number> {
  const { der, list } = crl;
  const index = new Map<string, number>();
  if (list === undefined) return index;
  for (const entry of children(der, list)) {
    const serial = expect(der, entry.content, entry.end, tags.integer);
    const time = elementAt(der, serial.end, entry.end);
    if (time.end < entry.end) checkEntryExtensions(der, elementAt(der, time.end, entry.end));
    index.set(integerHex(der, serial), entry.start);
  }
  return index;
}

/** An entry that can't be used, and with it the whole list. */
export class EntryFault extends Error {
  readonly indirect: boolean;

  constructor(oid: string) {
    super(`an entry has the critical extension ${oid}`);
    this.name = 'EntryFault';
    this.indirect = oid === oids.entryIssuer;
  }
}

// 06 03 55 1d 15: the extension reasonCode, which is all that most entries have.
const reasonOid = Buffer.from('0603551d15', 'hex');

function checkEntryExtensions(der: Uint8Array, sequence: Element): void {
  const only = elementAt(der, sequence.content, sequence.end);
  const start = only.content;
  if (only.end === sequence.end && reasonOid.every((byte, i) => der[start + i] === byte)) return;
  for (const { oid, critical } of extensionsOf(der, sequence).values()) {
    if (oid === oids.entryIssuer) throw new EntryFault(oid);
    if (critical && oid !== oids.reason && oid !== oids.invalidityDate) throw new EntryFault(oid);
  }
}

/** The entry of a serial number; undefined when the list has none. */
export function entryOf(crl: Pick<Crl, 'der'>, index: ReadonlyMap<string, number>, serial: string): CrlEntry | undefined {
  const at = index.get(serial);
  if (at === undefined) return undefined;
  const { der } = crl;
  const entry = elementAt(der, at, der.length);
  const [, time, more] = children(der, entry);
  const extensions = more === undefined ? new Map<string, Extension>() : extensionsOf(der, more);
  const reason = extensions.get(oids.reason)?.value;
  const invalidity = extensions.get(oids.invalidityDate)?.value;
  return {
    serial,
    revokedAt: timeOf(der, time as Element),
    reason: reason === undefined ? 0 : Number.parseInt(integerHex(reason, expect(reason, 0, reason.length, tags.enumerated)), 16),
    ...(invalidity === undefined ? {} : { invalidityDate: timeOf(invalidity, elementAt(invalidity, 0, invalidity.length)) }),
  };
}
