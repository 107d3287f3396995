/** How long, in milliseconds, what was read is taken to be unchanged: also how long a withdrawn right may still work. */
const freshFor = 1000;
const mostKept = 5000;

/** Reads by a key and remembers what was found for a second. */
export interface Fresh<K, V> {
  /** Null when there is nothing, which is not remembered. Readers that come together wait for one reading. */
  get(key: K): Promise<V | null>;
  /** Reads anew. */
  read(key: K): Promise<V | null>;
}

/** Remembers what `find` found, under the text that `nameOf` makes of a key. */
export function createFresh<K, V>(find: (key: K) => Promise<V | null>, nameOf: (key: K) => string): Fresh<K, V> {
  const kept = new Map<string, { readonly found: Promise<V | null>; readonly until: number }>();

  function read(key: K): Promise<V | null> {
    const name = nameOf(key);
    const found = find(key);
    const oldest = kept.size >= mostKept ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
    kept.delete(name);
    const entry = { found, until: performance.now() + freshFor };
    kept.set(name, entry);
    const forget = () => void (kept.get(name) === entry && kept.delete(name));
    found.then((value) => value === null && forget(), forget);
    return found;
  }

  return {
    get(key) {
      const known = kept.get(nameOf(key));
      return known !== undefined && known.until > performance.now() ? known.found : read(key);
    },
    read,
  };
}
