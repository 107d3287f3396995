import { createHmac, timingSafeEqual } from 'node:crypto';
import { clientHeaders, prefix, signatureNames } from './wire.ts';
import { inMapOrder } from './wire-order.ts';

/** What a call signs. */
export interface ToSign {
  readonly systemId: string;
  /** Used as it is: neither decoded nor trimmed. */
  readonly secret: string;
  /** `ddMMyyyy'T'HHmmss+SSSS`; see `timestampOf`. */
  readonly timestamp: string;
  readonly contentType: string;
  /** The call's own values, in their order, for example `servicetype` and `messagetype`. */
  readonly values: Readonly<Record<string, string>>;
  /** Of sendEdoc; see `hashFileOf`. */
  readonly hashFile?: string;
}

/**
 * The headers of a call, in the order of the client library, as names and values for node: a value's UTF-8 bytes are given as Latin-1,
 * which is how node writes them. Host, Content-Length and the like are left to the HTTP client.
 */
export function signedHeaders(call: ToSign): (readonly [name: string, value: string])[] {
  const given = new Map([
    ['timestamp', call.timestamp],
    ['systemid', call.systemId],
    ['Content-Type', call.contentType],
  ]);
  for (const [name, value] of Object.entries(call.values)) given.set(name, value);
  if (call.hashFile !== undefined) given.set('hash-file', call.hashFile);
  const ordered = inMapOrder([...given]);
  const signed = signedText(ordered);
  return [
    ['Content-Type', call.contentType],
    ...ordered.map(([name, value]) => [prefix + name, headerText(value)] as const),
    [prefix + signatureNames.keys, headerText(ordered.map(([name]) => name).join(';'))],
    [prefix + signatureNames.signed, headerText(signed)],
    [prefix + signatureNames.mac, macOf(call.secret, Buffer.from(signed, 'utf8'))],
    ['User-Agent', clientHeaders.userAgent],
    [`${prefix}version`, clientHeaders.version],
  ];
}

/** The signed JSON text: values are all strings, no white space, escapes as the client library's JSON writer makes them. */
export function signedText(values: readonly (readonly [name: string, value: string])[]): string {
  return `{${values.map(([name, value]) => `${quoted(prefix + name)}:${quoted(value)}`).join(',')}}`;
}

/** HMAC-SHA-256 in lower-case hex, of the signed bytes, with the UTF-8 bytes of the secret as key. */
export function macOf(secret: string, signed: Uint8Array): string {
  return createHmac('sha256', secret).update(signed).digest('hex');
}

/** True when `mac` (hex) is that of the signed bytes. Takes the same time wherever they differ. */
export function macMatches(secret: string, signed: Uint8Array, mac: string): boolean {
  if (!/^[0-9a-f]{64}$/i.test(mac)) return false;
  return timingSafeEqual(createHmac('sha256', secret).update(signed).digest(), Buffer.from(mac, 'hex'));
}

const short: Record<string, string> = { '\t': '\\t', '\b': '\\b', '\n': '\\n', '\r': '\\r', '\f': '\\f', '"': '\\"', '\\': '\\\\' };

function quoted(text: string): string {
  const unit = (one: string) => short[one] ?? `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `"${text.replace(/[\u0000-\u001f"\\\u2028\u2029]/g, unit)}"`;
}

/** Line ends of a value become blanks in its own header; the signed text keeps them. */
function headerText(value: string): string {
  return Buffer.from(value.replace(/[\r\n\f\v]/g, ' '), 'utf8').toString('latin1');
}
