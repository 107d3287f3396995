/**
 * Entries in the order in which a Java HashMap gives them, which is the order that the client library signs in: by bucket, and in a
 * bucket by insertion. The names must differ.
 */
export function inMapOrder<T>(entries: readonly (readonly [name: string, value: T])[]): (readonly [name: string, value: T])[] {
  let buckets = 16;
  while (entries.length > buckets * 0.75) buckets *= 2;
  const bucketOf = ([name]: readonly [string, T]) => bucket(name, buckets);
  return [...entries].sort((a, b) => bucketOf(a) - bucketOf(b));
}

function bucket(name: string, buckets: number): number {
  let hash = 0;
  for (let i = 0; i < name.length; i += 1) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0;
  return (hash ^ (hash >>> 16)) & (buckets - 1);
}
