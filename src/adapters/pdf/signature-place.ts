import type { ByteRangePlace } from './find.ts';
import type { PdfValue } from './objects.ts';
import { dictionaryHolding } from './objects.ts';
import type { OpenFile, Stretch } from './stretches.ts';
import { read } from './stretches.ts';

/** A signature as it stands in the file. `stretches`: what it signs. `contents`: its CMS, with the zero bytes it is filled up with. */
export interface PlacedSignature {
  readonly subFilter: string;
  readonly stretches: readonly Stretch[];
  /** First byte behind what it signs. */
  readonly end: number;
  readonly contents: Buffer;
  /** Date of the dictionary (M) as written. */
  readonly stated?: string;
}

/** A signature whose ByteRange does not leave out exactly its own Contents: anything could have been put there. */
export interface MisplacedSignature {
  readonly subFilter: string;
  readonly misplaced: string;
}

/** Bytes of the dictionary that are looked at before and behind its Contents. */
const AROUND = 65_536;
/** Bytes around a ByteRange that tell a signature from a text that speaks of one. */
const NEAR = 4096;
/** Largest Contents in hex digits: some producers put whole CRLs into it. */
const CONTENTS = 2 << 20;

/**
 * Looks at the places of ByteRanges, in one reading of the file: which dictionary each belongs to, and whether it leaves out exactly the
 * Contents of that one. What only looks like a ByteRange is left out.
 */
export async function placeSignatures(
  open: OpenFile,
  size: number,
  places: readonly ByteRangePlace[],
): Promise<(PlacedSignature | MisplacedSignature)[]> {
  const plans = places.map((place) => planFor(place, size));
  const bytes = await read(
    open,
    plans.flatMap(({ near, before, gap, behind }) => [near, before, gap, behind]),
  );
  return plans.flatMap((plan, i): (PlacedSignature | MisplacedSignature)[] => {
    const [near, head, gap, tail] = bytes.slice(i * 4, i * 4 + 4) as [Buffer, Buffer, Buffer, Buffer];
    const found = plan.fault ?? lookAt(plan, { head, gap, tail });
    if (typeof found !== 'string') return [found];
    const text = near.toString('latin1');
    return looksSigned(text) ? [{ subFilter: /\/SubFilter\s*\/([\w.#-]{1,60})/.exec(text)?.[1] ?? '', misplaced: found }] : [];
  });
}

interface Plan {
  readonly place: ByteRangePlace;
  readonly fault: string | undefined;
  readonly near: Stretch;
  readonly before: Stretch;
  readonly gap: Stretch;
  readonly behind: Stretch;
  readonly end: number;
}

const NOTHING: Stretch = { start: 0, end: 0 };

function planFor(place: ByteRangePlace, size: number): Plan {
  const near = { start: Math.max(0, place.at - NEAR), end: Math.min(size, place.at + NEAR) };
  const fault = place.numbers === undefined ? 'its ByteRange is not an array of numbers' : rangeFault(place.numbers, size);
  if (fault !== undefined) return { place, fault, near, before: NOTHING, gap: NOTHING, behind: NOTHING, end: 0 };
  const [, first, second, length] = place.numbers as [number, number, number, number];
  const before = { start: Math.max(0, first - AROUND), end: first };
  const behind = { start: second, end: Math.min(size, second + AROUND) };
  return { place, fault, near, before, gap: { start: first, end: second }, behind, end: second + length };
}

/** The signature, or what is wrong with its place. */
function lookAt({ place, before, gap, end }: Plan, bytes: { head: Buffer; gap: Buffer; tail: Buffer }): PlacedSignature | string {
  const { head } = bytes;
  const hex = bytes.gap.toString('latin1');
  if (!/^<[0-9A-Fa-f\s]*>$/.test(hex)) return 'its ByteRange leaves out more than one hexadecimal string';
  const text = `${head.toString('latin1')}<>${bytes.tail.toString('latin1')}`;
  const start = objectStart(text, head.length);
  const dictionary = start === undefined ? undefined : dictionaryHolding(text, start, head.length);
  if (dictionary === undefined) return 'its ByteRange leaves out something else than a value of its dictionary';
  if (dictionary.repeated) return 'its dictionary has a key twice';
  if (dictionary.entries.get('Contents')?.valueAt !== head.length) return 'its ByteRange leaves out something else than its Contents';
  const at = dictionary.entries.get('ByteRange')?.keyAt ?? -1;
  const inFile = at < head.length ? before.start + at : gap.end + at - head.length - 2;
  if (inFile !== place.at) return 'the dictionary around its Contents has another ByteRange';
  const stated = textOf(dictionary.entries.get('M')?.value);
  return {
    subFilter: textOf(dictionary.entries.get('SubFilter')?.value),
    stretches: [
      { start: 0, end: gap.start },
      { start: gap.end, end },
    ],
    end,
    contents: Buffer.from(hex.slice(1, -1).replace(/\s+/g, ''), 'hex'),
    ...(stated === '' ? {} : { stated }),
  };
}

function rangeFault(numbers: readonly number[], size: number): string | undefined {
  const [start, first, second, length] = numbers as [number, number, number, number];
  if (numbers.length !== 4) return `its ByteRange has ${numbers.length} numbers instead of 4`;
  if (start !== 0) return 'its ByteRange does not begin with the file';
  if (second < first + 2 || second + length > size) return 'its ByteRange does not fit the file';
  if (first === 0 || length === 0) return 'its ByteRange leaves out one end of the file';
  return second - first > CONTENTS ? 'its Contents are larger than any signature' : undefined;
}

/** Where the object begins that holds the text at `before`: behind the last `n n obj`. */
function objectStart(text: string, before: number): number | undefined {
  let start: number | undefined;
  for (const hit of text.slice(0, before).matchAll(/\d+\s+\d+\s+obj\b/g)) start = hit.index + hit[0].length;
  return start;
}

function looksSigned(text: string): boolean {
  return /\/SubFilter\s*\/|\/Contents\s*[<(]|\/Type\s*\/(Sig|DocTimeStamp)\b/.test(text);
}

function textOf(value: PdfValue | undefined): string {
  return value?.kind === 'name' || value?.kind === 'string' ? value.text.slice(0, 100) : '';
}
