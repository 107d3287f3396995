/** Gives the bytes of a file from its beginning, each time it is called. */
export type OpenFile = () => AsyncIterable<Uint8Array>;

/** Some bytes of a file: from `start` up to, not including, `end`. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Takes the bytes of its stretches in the order of the file; stretches do not overlap. */
export interface Sink {
  readonly stretches: readonly Stretch[];
  update(bytes: Uint8Array): unknown;
}

/** Reads a file once and gives every sink its bytes. */
export async function feed(open: OpenFile, sinks: readonly Sink[]): Promise<void> {
  const last = Math.max(0, ...sinks.flatMap(({ stretches }) => stretches.map(({ end }) => end)));
  let position = 0;
  for await (const chunk of open()) {
    for (const sink of sinks) {
      for (const { start, end } of sink.stretches) {
        const from = Math.max(0, start - position);
        const to = Math.min(chunk.length, end - position);
        if (from < to) sink.update(chunk.subarray(from, to));
      }
    }
    position += chunk.length;
    if (position >= last) break;
  }
}

/** The bytes of some stretches, which may overlap: for small ones. */
export async function read(open: OpenFile, stretches: readonly Stretch[]): Promise<Buffer[]> {
  const parts: Buffer[][] = stretches.map(() => []);
  const sinks = stretches.map((stretch, i) => ({
    stretches: [stretch],
    update: (bytes: Uint8Array) => parts[i]?.push(Buffer.from(bytes)),
  }));
  await feed(open, sinks);
  return parts.map((part) => Buffer.concat(part));
}
