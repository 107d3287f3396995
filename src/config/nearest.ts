/**
 * The one of `names` that takes the fewest changes of single characters to become `given`, the prefix that most names share left
 * aside: who forgets it, or puts it where it does not belong, means the rest. `names` is not empty.
 */
export function nearest(given: string, names: readonly string[], prefix: string): string {
  const bare = (name: string) => (name.startsWith(prefix) ? name.slice(prefix.length) : name);
  const ranked = names.map((name) => ({ name, distance: changes(bare(given), bare(name)) }));
  return ranked.reduce((best, one) => (one.distance < best.distance ? one : best)).name;
}

/** Levenshtein distance. */
function changes(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line += 1) {
    const next = [line];
    for (let column = 1; column <= to.length; column += 1) {
      const kept = (row[column - 1] ?? 0) + (from[line - 1] === to[column - 1] ? 0 : 1);
      next.push(Math.min(kept, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
