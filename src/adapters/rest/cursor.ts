/** Which list a cursor belongs to, so that one of another list is noticed: `i` inbox, `r` receipts, `p` packages, `d` deliveries. */
export type CursorKind = 'i' | 'r' | 'p' | 'd';

const greatestPosition = 2n ** 63n - 1n;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** An opaque cursor for a place in a list. */
export function encodeCursor(kind: CursorKind, place: string): string {
  return Buffer.from(`${kind}:${place}`).toString('base64url');
}

/** The place that a cursor of this list names: a position or an id. Null for anything that `encodeCursor` did not make. */
export function decodeCursor(kind: CursorKind, cursor: string): string | null {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  if (cursor.length > 100 || !text.startsWith(`${kind}:`)) return null;
  const place = text.slice(2);
  const fits = kind === 'i' || kind === 'r' ? isPosition(place) : uuid.test(place);
  return fits ? place : null;
}

function isPosition(text: string): boolean {
  return /^\d{1,19}$/.test(text) && BigInt(text) <= greatestPosition;
}
