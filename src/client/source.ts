import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/**
 * A package to be sent: a file, bytes, something that can be opened again and again with the same bytes, or a stream, which can be
 * read once and so is never sent a second time.
 */
export type PackageSource =
  | { readonly path: string }
  | Uint8Array
  | { readonly open: () => AsyncIterable<Uint8Array>; readonly size?: number }
  | AsyncIterable<Uint8Array>;

/** A source made ready. */
export interface OpenedSource {
  readonly open: () => AsyncIterable<Uint8Array>;
  readonly size?: number;
  readonly repeatable: boolean;
}

const chunkBytes = 2 ** 18;

/** Makes a source ready. Rejects when a file is absent. */
export async function openSource(source: PackageSource): Promise<OpenedSource> {
  if (source instanceof Uint8Array) return { open: () => once(source), size: source.length, repeatable: true };
  if ('path' in source) {
    const { size } = await stat(source.path);
    return { open: () => readFrom(source.path), size, repeatable: true };
  }
  if ('open' in source) return { ...source, repeatable: true };
  return { open: () => source, repeatable: false };
}

/** The same source, telling how many bytes have gone each time some do. */
export function watched(source: OpenedSource, progress: (sent: number) => void): OpenedSource {
  return {
    ...source,
    async *open() {
      let sent = 0;
      for await (const chunk of source.open()) {
        yield chunk;
        sent += chunk.length;
        progress(sent);
      }
    },
  };
}

/** Opens the file only when its first byte is asked for: the gateway may refuse before. */
async function* readFrom(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: chunkBytes });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
