import { setTimeout as pause } from 'node:timers/promises';

/** Looks again and again until there is something, and returns it. The time limit of the test is what ends it otherwise. */
export async function eventually<T>(look: () => Promise<T | null | undefined | false>, between = 50): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    await pause(between);
  }
}
