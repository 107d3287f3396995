import type { Element } from './element.ts';
import { QCVN_NAMESPACE } from './namespaces.ts';

/** A place in the package, whether something stands there or not: XPath of local names and the line of it or of what should hold it. */
export interface Place {
  readonly at: string;
  readonly line: number;
}

/** A place with the element that stands there, if any. */
export interface Spot extends Place {
  readonly element?: Element;
}

/** A text of the package. `value` is empty when it is absent, empty, or the literal `null` that the axis writes (domain 5). */
export interface Field extends Place {
  /** Without surrounding white space and invisible characters, in NFC: for matching, storing and showing. */
  readonly value: string;
  /** As written. */
  readonly raw: string;
}

/** The spot reached from `spot` by child elements of the regulation, the first of each name. Prefixes mean nothing (domain A2). */
export function down(spot: Spot, ...names: readonly string[]): Spot {
  return names.reduce(step, spot);
}

/** The spots of all children with one of these names, in their order. */
export function each(spot: Spot, ...names: readonly string[]): Spot[] {
  const found = spot.element?.children.filter((child) => names.includes(child.name) && child.namespace === QCVN_NAMESPACE) ?? [];
  return found.map(spotOf);
}

/** The spot of an element that is there. */
export function spotOf(element: Element): Spot {
  return { at: element.at, line: element.line, element };
}

/** The text at a spot. */
export function textAt(spot: Spot): Field {
  const raw = spot.element?.text ?? '';
  const value = clean(raw);
  return { at: spot.at, line: spot.line, raw, value: value === 'null' ? '' : value };
}

/** The text of the first child of this name, or of another name for the same thing. */
export function field(spot: Spot, name: string, alias?: string): Field {
  const first = alias === undefined ? undefined : each(spot, name, alias)[0];
  return textAt(first ?? step(spot, name));
}

const plain = /^[\x20-\x7e]*$/;
const invisible = /\p{Cf}/gu;
/** No word has so many marks on one letter, and normalising long runs of them takes quadratic time. */
const stackedMarks = /\p{M}{8}/u;

/** Text for matching: NFC, without format characters (zero-width space, joiners, direction marks, BOM), trimmed (domain 9). */
export function clean(raw: string): string {
  if (plain.test(raw)) return raw.trim();
  const composed = stackedMarks.test(raw) ? raw : raw.normalize('NFC');
  return composed.replace(invisible, '').trim();
}

/** True when the text holds characters that nobody sees. */
export function hasInvisible(raw: string): boolean {
  return /\p{Cf}/u.test(raw);
}

/** A content id without angle brackets and every leading `cid:` (domain A14). */
export function contentId(raw: string): string {
  const id = raw.replace(/^(?:cid:|[<\s])+/i, '');
  return id.length < raw.length && id.endsWith('>') ? id.slice(0, -1).trimEnd() : id;
}

function step(spot: Spot, name: string): Spot {
  const found = spot.element?.children.find((child) => child.name === name && child.namespace === QCVN_NAMESPACE);
  return found === undefined ? { at: `${spot.at}/${name}`, line: spot.line } : spotOf(found);
}
