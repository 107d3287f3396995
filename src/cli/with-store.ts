import { userInfo } from 'node:os';
import type { Log } from '../adapters/postgres/embedded.ts';
import type { Store } from '../store.ts';

/** Only what goes wrong is worth a line beside the result of a command. */
const quiet: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: (_, message) => void process.stderr.write(`lienthong: ${message}\n`),
};

/** Opens the store of this configuration for one command, and closes it whatever happens. */
export async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const [{ openStore }, { readConfig }] = await Promise.all([import('../store.ts'), import('../config.ts')]);
  const store = await openStore(readConfig(), quiet);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Who gives the command, as it goes into events; under sudo the person behind it. */
export function actor(): string {
  return `cli:${process.env['SUDO_USER'] ?? userInfo().username}`;
}
