import { byteRangeName } from '../../routing/contents.ts';

/** One less than the longest way to write the name and the character behind it. */
const OVERLAP = 28;
/** Latin1 strings above this size leave V8's young heap and cost four times as much. */
const SLICE_BYTES = 32768;

/** Looks for a ByteRange, without which a PDF file holds no signature, in bytes that come in chunks cut anywhere. */
export class ByteRangeSearch {
  #rest = '';
  #found = false;

  add(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.#found; at += SLICE_BYTES) {
      const text = this.#rest + chunk.toString('latin1', at, at + SLICE_BYTES);
      this.#found = byteRangeName.test(text);
      this.#rest = text.slice(-OVERLAP);
    }
  }

  get found(): boolean {
    return this.#found;
  }
}
