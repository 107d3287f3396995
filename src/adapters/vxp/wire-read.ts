import { prefix, signatureNames } from './wire.ts';

/** A call as it was signed. Only these values count: the single headers beside them are not covered by the signature. */
export interface SignedCall {
  readonly systemId: string;
  readonly timestamp: string;
  /** Every signed value by its name without prefix, `systemid` and `timestamp` included. */
  readonly values: ReadonlyMap<string, string>;
  /** The bytes that the MAC is of: those of the `sign-header` header, as they came. */
  readonly signed: Uint8Array;
  /** The MAC as it came. */
  readonly mac: string;
}

/** Why a call can't be read: the header (without prefix) is absent, there twice, or not of its form. */
export interface UnreadableCall {
  readonly fault: 'missing' | 'repeated' | 'malformed';
  readonly header: string;
}

/**
 * Reads the signed part of a call from node's `rawHeaders` (Latin-1 texts of the bytes). Nothing is verified yet.
 * The list of names must be that of the signed JSON object.
 */
export function readSignedCall(rawHeaders: readonly string[]): SignedCall | UnreadableCall {
  const found = new Map<string, string>();
  for (const name of Object.values(signatureNames)) {
    const values = valuesOf(rawHeaders, prefix + name);
    if (values.length === 0) return { fault: 'missing', header: name };
    if (values.length > 1) return { fault: 'repeated', header: name };
    found.set(name, values[0] as string);
  }
  const signed = Buffer.from(found.get(signatureNames.signed) as string, 'latin1');
  const values = readValues(signed);
  if (values === null) return { fault: 'malformed', header: signatureNames.signed };
  const keys = Buffer.from(found.get(signatureNames.keys) as string, 'latin1')
    .toString('utf8')
    .split(';');
  if (!sameNames(keys, values)) return { fault: 'malformed', header: signatureNames.keys };
  const [systemId, timestamp] = [values.get('systemid'), values.get('timestamp')];
  if (systemId === undefined) return { fault: 'missing', header: 'systemid' };
  if (timestamp === undefined) return { fault: 'missing', header: 'timestamp' };
  return { systemId, timestamp, values, signed, mac: found.get(signatureNames.mac) as string };
}

function valuesOf(rawHeaders: readonly string[], wanted: string): string[] {
  const name = wanted.toLowerCase();
  return rawHeaders.filter((_, i) => i % 2 === 1 && (rawHeaders[i - 1] as string).toLowerCase() === name);
}

function readValues(signed: Buffer): Map<string, string> | null {
  const object = readObject(signed.toString('utf8'));
  if (object === null) return null;
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(object)) {
    if (!name.startsWith(prefix) || typeof value !== 'string') return null;
    values.set(name.slice(prefix.length), value);
  }
  return values;
}

function readObject(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function sameNames(keys: readonly string[], values: ReadonlyMap<string, string>): boolean {
  const names = keys.at(-1) === '' ? keys.slice(0, -1) : keys;
  return names.length === values.size && new Set(names).size === names.length && names.every((name) => values.has(name));
}
