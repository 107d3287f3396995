import type { OctetString } from 'asn1js';
import type { GeneralSubtree, GeneralName as ParsedName, RelativeDistinguishedNames } from 'pkijs';
import type { Name } from './names.ts';
import { readName } from './names.ts';

/** A GeneralName (RFC 5280, 4.2.1.6); `other` is a form that is not processed, by its tag. */
export type GeneralName =
  | { readonly form: 'email' | 'dns' | 'uri'; readonly value: string }
  | { readonly form: 'directory'; readonly value: Name }
  | { readonly form: 'ip'; readonly value: Uint8Array }
  | { readonly form: 'other'; readonly tag: number };

/** One subtree of a name constraint: every name at or below its base. */
export type NameSubtree = GeneralName;

const textForms: Readonly<Record<number, 'email' | 'dns' | 'uri'>> = { 1: 'email', 2: 'dns', 6: 'uri' };

/** Reads a GeneralName that pkijs has parsed. */
export function generalName({ type, value }: ParsedName): GeneralName {
  const form = textForms[type];
  if (form !== undefined) return { form, value: String(value) };
  if (type === 4) return { form: 'directory', value: readName(derOf(value as RelativeDistinguishedNames)) };
  if (type === 7) return { form: 'ip', value: new Uint8Array((value as OctetString).valueBlock.valueHexView) };
  return { form: 'other', tag: type };
}

/** Reads the base of a subtree. Throws an Error for one with a minimum or maximum, which RFC 5280, 4.2.1.10 rules out. */
export function nameSubtree({ base, minimum, maximum }: GeneralSubtree): NameSubtree {
  const least = typeof minimum === 'number' ? minimum : Number(minimum.toBigInt());
  if (least !== 0 || maximum !== undefined) throw new Error('a name constraint has a minimum or a maximum');
  return generalName(base);
}

function derOf(name: RelativeDistinguishedNames): Uint8Array {
  return new Uint8Array(name.valueBeforeDecode.byteLength > 0 ? name.valueBeforeDecode : name.toSchema().toBER());
}
