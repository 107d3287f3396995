/** The beginning of a stream, and the whole of it. */
export interface Peeked {
  readonly beginning: Buffer;
  readonly whole: AsyncIterable<Uint8Array>;
  /** To be called when `whole` is not read after all. */
  close(): Promise<void>;
}

/** Longest header of an envelope, in bytes, and what the tag of a Body may take of that. */
const longest = 64 * 1024;
const longestTag = 256;
const body = /<(?:[A-Za-z_][\w.-]*:)?Body[\s/>]/;

/** Reads until the Body of an envelope begins, or 64 KiB. What was read is part of `whole`. */
export async function peekHeader(stream: AsyncIterable<Uint8Array>): Promise<Peeked> {
  const source = stream[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let length = 0;
  let tail = '';
  while (length < longest && !body.test(tail)) {
    const next = await source.next();
    if (next.done === true) break;
    chunks.push(next.value);
    length += next.value.length;
    tail = tail.slice(-longestTag) + Buffer.from(next.value).toString('latin1');
  }
  return {
    beginning: Buffer.concat(chunks).subarray(0, longest),
    whole: rejoined(chunks, source),
    close: async () => void (await source.return?.()),
  };
}

async function* rejoined(chunks: readonly Uint8Array[], source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks;
    for (;;) {
      const next = await source.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await source.return?.();
  }
}
