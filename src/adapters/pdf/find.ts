import { byteRangeName } from '../../routing/contents.ts';
import type { OpenFile } from './stretches.ts';

/** A ByteRange as it stands in a file: where its name begins, and its numbers; none when it is not a plain array of numbers. */
export interface ByteRangePlace {
  readonly at: number;
  readonly numbers?: readonly number[];
}

/** What a file holds. `more`: there are more than the limit. */
export interface ByteRanges {
  readonly size: number;
  readonly places: readonly ByteRangePlace[];
  readonly more: boolean;
}

const NAME = new RegExp(byteRangeName, 'g');
const ARRAY = /^\s*\[\s*((?:\d{1,15}\s+)*\d{1,15})?\s*\]/;
const AHEAD = 400;

/**
 * Every ByteRange in a file, wherever it stands: reading bytes finds all of them, also those that no page or form refers to any more.
 * Memory does not grow with the file.
 */
export async function findByteRanges(open: OpenFile, most: number): Promise<ByteRanges> {
  const places: ByteRangePlace[] = [];
  let position = 0;
  let rest = '';
  const search = (text: string, base: number, last: boolean): number => {
    NAME.lastIndex = 0;
    for (let hit = NAME.exec(text); hit !== null; hit = NAME.exec(text)) {
      if (!last && hit.index >= text.length - AHEAD) return hit.index;
      places.push(placeOf(text.slice(NAME.lastIndex, NAME.lastIndex + AHEAD), base + hit.index));
      if (places.length > most) return text.length;
    }
    return Math.max(0, text.length - AHEAD);
  };
  for await (const chunk of open()) {
    const base = position - rest.length;
    position += chunk.length;
    if (places.length > most) continue;
    const text = rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    rest = text.slice(search(text, base, false));
  }
  if (places.length <= most) search(rest, position - rest.length, true);
  return { size: position, places: places.slice(0, most), more: places.length > most };
}

function placeOf(after: string, at: number): ByteRangePlace {
  const array = ARRAY.exec(after);
  return array === null ? { at } : { at, numbers: (array[1] ?? '').split(/\s+/).filter(Boolean).map(Number) };
}
