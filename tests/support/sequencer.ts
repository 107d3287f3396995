import { statSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';

/** What of a test file of jest counts here. */
interface TestFile {
  readonly path: string;
}

/** Files that take longest, the longest first: none of them may begin when the others are about to end. */
const longest = [
  'gateway/crash',
  'gateway/recalls-in-flight',
  'adapters/postgres/embedded',
  'gateway/faults',
  'gateway/revocation',
  'gateway/demo',
  'cli/commands',
  'queue/worker',
];
/** Folders whose tests start processes of their own, or wait. */
const slow = ['gateway', 'cli', 'queue', 'adapters/postgres'];

/** Says in which order jest takes the test files: what takes long first, so that no worker is left alone with it at the end. */
export default class LongestFirst {
  sort<T extends TestFile>(files: readonly T[]): T[] {
    return [...files].sort((a, b) => rank(a.path) - rank(b.path) || statSync(b.path).size - statSync(a.path).size);
  }

  /** jest tells how long each file took. The order does not depend on earlier runs. */
  cacheResults(): void {}
}

function rank(path: string): number {
  const folder = relative(new URL('..', import.meta.url).pathname, dirname(path));
  const place = longest.indexOf(`${folder}/${basename(path, '.test.js')}`);
  if (place >= 0) return place;
  return longest.length + (slow.some((one) => folder === one || folder.startsWith(`${one}/`)) ? 0 : 1);
}
