import type { NewId, Now } from './ports.ts';

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * Makes UUIDv7 ids (RFC 9562 §5.7): 48 bits of Unix milliseconds, then random bits. Within one millisecond the 12 bits after the
 * version count up, so that ids of one process sort in the order they were made. `randomBytes(n)` gives n random bytes.
 */
export function createNewId(now: Now, randomBytes: (n: number) => Uint8Array): NewId {
  let lastMs = 0;
  let counter = 0;
  return () => {
    const ms = Math.max(now().getTime(), lastMs);
    counter = ms === lastMs ? counter + 1 : 0;
    lastMs = ms;
    if (counter > 0xfff) {
      lastMs += 1;
      counter = 0;
    }
    const bytes = randomBytes(8);
    bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x80;
    let tail = '';
    for (const byte of bytes) tail += hex[byte];
    const head = lastMs.toString(16).padStart(12, '0');
    return `${head.slice(0, 8)}-${head.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${tail.slice(0, 4)}-${tail.slice(4)}`;
  };
}

/** The smallest id that could have been made at `at`: ids sort by time, so lists by time need no other index. */
export function firstIdOf(at: Date): string {
  const head = Math.max(at.getTime(), 0).toString(16).padStart(12, '0');
  return `${head.slice(0, 8)}-${head.slice(8)}-0000-0000-000000000000`;
}
