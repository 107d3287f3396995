/** Bytes that are not the DER that was expected. */
export class DerFault extends Error {
  constructor(what: string, at: number) {
    super(`${what} at byte ${at}`);
    this.name = 'DerFault';
  }
}

/** One element: its tag byte, where it starts, where its content starts, and where both end. */
export interface Element {
  readonly tag: number;
  readonly start: number;
  readonly content: number;
  readonly end: number;
}

/** Tag bytes of what revocation lists are made of (X.690, 8.1.2). */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  enumerated: 0x0a,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const;

/**
 * The element that begins at `at` and ends by `end`. Only what DER allows: one-byte tags, definite lengths in their shortest form
 * (X.690, 10.1). Throws DerFault. The library's parser makes objects of all it meets; a list of a million entries is read with this.
 */
export function elementAt(bytes: Uint8Array, at: number, end: number): Element {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || at + 2 > end) throw new DerFault('element cut off', at);
  if ((tag & 0x1f) === 0x1f) throw new DerFault('tag of several bytes', at);
  let content = at + 2;
  let length = first;
  if (first >= 0x80) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > 4) throw new DerFault('length not definite, or longer than 4 bytes', at);
    length = 0;
    for (; content < at + 2 + octets; content++) length = length * 256 + (bytes[content] ?? 0);
    if (length < 0x80 || length < 2 ** (8 * (octets - 1))) throw new DerFault('length not in its shortest form', at);
  }
  if (content + length > end) throw new DerFault('element longer than what holds it', at);
  return { tag, start: at, content, end: content + length };
}

/** The element at `at`, which must have this tag. Throws DerFault. */
export function expect(bytes: Uint8Array, at: number, end: number, tag: number): Element {
  const element = elementAt(bytes, at, end);
  if (element.tag !== tag) throw new DerFault(`tag ${element.tag} in the place of ${tag}`, at);
  return element;
}

/** The elements inside an element, in order. */
export function* children(bytes: Uint8Array, parent: Element): Generator<Element> {
  for (let at = parent.content; at < parent.end; ) {
    const child = elementAt(bytes, at, parent.end);
    yield child;
    at = child.end;
  }
}

/** The whole element, tag and length with it. */
export const whole = (bytes: Uint8Array, { start, end }: Element) => bytes.subarray(start, end);

/** The content of an element. */
export const contentOf = (bytes: Uint8Array, { content, end }: Element) => bytes.subarray(content, end);

const hex = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');

/**
 * Hex of an integer without leading zero bytes; a negative one, which old authorities gave as serial numbers, is `-` and its two's
 * complement, so that it is never taken for a positive one.
 */
export function integerHex(bytes: Uint8Array, element: Element): string {
  const negative = element.end > element.content && (bytes[element.content] as number) >= 0x80;
  return `${negative ? '-' : ''}${serialHex(hex(contentOf(bytes, element)))}`;
}

/** Hex of a serial number without leading zero bytes. */
export function serialHex(text: string): string {
  const even = text.length % 2 === 0 ? text : `0${text}`;
  return even.toLowerCase().replace(/^(?:00)+(?=..)/, '');
}

/** UTCTime or GeneralizedTime in the forms that RFC 5280, 4.1.2.5 allows: to the second, in UTC. Throws DerFault. */
export function timeOf(bytes: Uint8Array, element: Element): Date {
  const text = Buffer.from(contentOf(bytes, element)).toString('latin1');
  const wide = element.tag === tags.generalizedTime;
  const parts = (wide ? /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/).exec(text);
  if (parts === null || (!wide && element.tag !== tags.utcTime)) throw new DerFault('not a time', element.start);
  const [, year = '', month, day, hour, minute, second] = parts;
  // Two digits: 50 to 99 are of the last century (RFC 5280, 4.1.2.5.1).
  const full = wide ? year : `${Number(year) >= 50 ? '19' : '20'}${year}`;
  const time = new Date(`${full}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(time.getTime())) throw new DerFault('not a time', element.start);
  return time;
}

/** One extension as it stands: its OID in dotted form, and the DER of its value. */
export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** Extensions of a SEQUENCE OF Extension. Throws DerFault, also for one that stands twice (RFC 5280, 4.2). */
export function extensionsOf(bytes: Uint8Array, sequence: Element): Map<string, Extension> {
  const found = new Map<string, Extension>();
  for (const one of children(bytes, sequence)) {
    const [oid, ...rest] = children(bytes, one);
    const value = rest.at(-1);
    if (oid?.tag !== tags.oid || value?.tag !== tags.octetString || rest.length > 2) throw new DerFault('not an extension', one.start);
    const flag = rest.length === 2 ? rest[0] : undefined;
    const name = oidText(contentOf(bytes, oid));
    if (found.has(name)) throw new DerFault(`extension ${name} twice`, one.start);
    const critical = flag?.tag === tags.boolean && bytes[flag.content] === 0xff;
    found.set(name, { oid: name, critical, value: contentOf(bytes, value) });
  }
  return found;
}

function oidText(content: Uint8Array): string {
  const numbers: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    numbers.push(value);
    value = 0;
  }
  const [first = 0, ...rest] = numbers;
  const top = Math.min(2, Math.floor(first / 40));
  return [top, first - 40 * top, ...rest].join('.');
}
