/** A package that is not the base64 it should be. */
export class PackageUnreadable extends Error {}

/** Bytes of a package that are kept when it can't be taken in. */
export const mostEvidence = 65_536;

/** Letters that a JSON writer may have escaped, `\u003d` and `\/` among them, may be cut between two pieces. */
const longestEscape = 6;

/**
 * The bytes in the base64 text of an answer, which comes as it stands in the JSON. `begun` is filled with the first of them. Line ends and
 * the URL-safe alphabet are understood. Throws PackageUnreadable.
 */
export async function* bytesIn(text: AsyncIterable<string>, begun: Buffer[]): AsyncGenerator<Uint8Array, void, undefined> {
  let rest = '';
  let kept = 0;
  let ended = false;
  for await (const piece of withEnd(text)) {
    const given = rest + (piece ?? '');
    const cut = piece === null ? given.length : wholeEscapes(given);
    const letters = lettersOf(given.slice(0, cut));
    const whole = piece === null ? letters.length : letters.length - (letters.length % 4);
    rest = letters.slice(whole) + given.slice(cut);
    if (whole === 0) continue;
    if (ended) throw new PackageUnreadable('there is more after the end of the base64 text');
    const part = letters.slice(0, whole);
    ended = part.endsWith('=');
    const bytes = decoded(part);
    if (kept < mostEvidence) begun.push(bytes.subarray(0, mostEvidence - kept));
    kept += bytes.length;
    yield bytes;
  }
  if (kept === 0) throw new PackageUnreadable('the answer holds no package');
}

async function* withEnd(text: AsyncIterable<string>): AsyncGenerator<string | null, void, undefined> {
  yield* text;
  yield null;
}

function wholeEscapes(text: string): number {
  const last = text.lastIndexOf('\\');
  return last >= 0 && text.length - last < longestEscape ? last : text.length;
}

function lettersOf(text: string): string {
  if (!/[\\\s]/.test(text)) return text;
  return text
    .replace(/\\u([0-9a-fA-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/\\[nrt]/g, '')
    .replace(/[\\\s]/g, '');
}

/** Node passes over what is no letter of base64, so such a text gives too few bytes. */
function decoded(letters: string): Buffer {
  const bytes = Buffer.from(letters, 'base64');
  const padding = letters.endsWith('==') ? 2 : letters.endsWith('=') ? 1 : 0;
  const given = letters.length - padding;
  if (given % 4 === 1 || bytes.length !== Math.floor((given * 3) / 4)) throw new PackageUnreadable('the text is not base64');
  return bytes;
}
