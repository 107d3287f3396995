import type { AsnType, BaseStringBlock } from 'asn1js';
import { Set as AsnSet, fromBER, Null, ObjectIdentifier, Sequence } from 'asn1js';

/** One attribute of a distinguished name. */
export interface NameAttribute {
  /** Dotted object identifier. */
  readonly type: string;
  /** Its text as written; absent when the value is no string. */
  readonly text?: string;
  /** What is compared: the text as RFC 5280, 7.1 prepares it, or the DER of the value in hex behind `#`. */
  readonly compared: string;
}

/** A distinguished name: a sequence of sets of attributes. */
export interface Name {
  readonly rdns: readonly (readonly NameAttribute[])[];
  /** Equal for two names exactly when RFC 5280, 7.1 calls them equal. */
  readonly key: string;
}

/** Short names that people write; any other attribute goes by its object identifier. */
export const attributeTypes: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  SN: '2.5.4.4',
  serialNumber: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  street: '2.5.4.9',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  title: '2.5.4.12',
  GN: '2.5.4.42',
  organizationIdentifier: '2.5.4.97',
  UID: '0.9.2342.19200300.100.1.1',
  DC: '0.9.2342.19200300.100.1.25',
  emailAddress: '1.2.840.113549.1.9.1',
};

const ATTRIBUTES = 64;

/** Reads the DER of a Name. Throws an Error when it is none. */
export function readName(der: Uint8Array): Name {
  const { result, offset } = fromBER(der);
  if (offset !== der.length) throw new Error('a name is not whole');
  return nameOf(result);
}

/** Reads a Name that asn1js has parsed. Throws an Error when it is none. */
export function nameOf(parsed: AsnType): Name {
  if (!(parsed instanceof Sequence)) throw new Error('a name is no sequence');
  const rdns = parsed.valueBlock.value.map((rdn) => {
    if (!(rdn instanceof AsnSet)) throw new Error('a name holds something that is no set');
    return rdn.valueBlock.value.map(attributeOf);
  });
  if (rdns.flat().length > ATTRIBUTES) throw new Error(`a name has more than ${ATTRIBUTES} attributes`);
  return { rdns, key: JSON.stringify(rdns.map(rdnKey)) };
}

/** What two equal sets of attributes have in common, in whatever order they are written. */
export function rdnKey(rdn: readonly NameAttribute[]): string {
  return JSON.stringify(rdn.map(({ type, compared }) => `${type}=${compared}`).toSorted());
}

/** Prepares a text for comparison: compatible forms unified, case and repeated blanks without meaning (RFC 5280, 7.1; RFC 4518). */
export function prepared(text: string): string {
  return text.normalize('NFKC').toLowerCase().normalize('NFKC').replaceAll(/\s+/g, ' ').trim();
}

/** A name for people: the common name, else the organisation; never an identity number, which a subject may hold too. */
export function shownName(name: Name): string {
  const attributes = name.rdns.flat();
  const found = ['CN', 'O', 'OU', 'DC', 'C'].map((type) =>
    attributes.find((one) => one.type === attributeTypes[type] && one.text !== undefined),
  );
  return found.find((one) => one !== undefined)?.text ?? '?';
}

function attributeOf(parsed: AsnType): NameAttribute {
  const [type, value = new Null()] = parsed instanceof Sequence ? parsed.valueBlock.value : [];
  if (!(type instanceof ObjectIdentifier)) throw new Error('an attribute of a name has no type');
  const text = textOf(value);
  const compared = text === undefined ? `#${Buffer.from(value.toBER()).toString('hex')}` : prepared(text);
  return { type: type.valueBlock.toString(), compared, ...(text === undefined ? {} : { text }) };
}

/** Tags of the string types: UTF8, Printable, Teletex, IA5, Universal, BMP. */
const stringTags = new Set([12, 19, 20, 22, 28, 30]);

function textOf(value: AsnType): string | undefined {
  const isString = value.idBlock.tagClass === 1 && stringTags.has(value.idBlock.tagNumber);
  return isString ? (value as BaseStringBlock).getValue() : undefined;
}
