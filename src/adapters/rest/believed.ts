import { createHmac, randomBytes } from 'node:crypto';

/** How long a check that was made is believed. Whether the client may still come in is asked anew each second. */
const believedMilliseconds = 60_000;
const mostBelieved = 5000;

/** Remembers what slow checks of an Authorization header found: under an HMAC of a key of this process, never the header itself. */
export function createBelieved<T>() {
  const key = randomBytes(32);
  const kept = new Map<string, { readonly value: T; readonly until: number }>();
  return {
    markOf: (header: string): string => createHmac('sha256', key).update(header).digest('binary'),
    get(mark: string): T | undefined {
      const known = kept.get(mark);
      return known !== undefined && known.until > performance.now() ? known.value : undefined;
    },
    set(mark: string, value: T): void {
      const oldest = kept.size >= mostBelieved ? kept.keys().next().value : undefined;
      if (oldest !== undefined) kept.delete(oldest);
      // deleted first, so that it moves to the young end
      kept.delete(mark);
      kept.set(mark, { value, until: performance.now() + believedMilliseconds });
    },
  };
}
