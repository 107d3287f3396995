const units = ['B', 'KB', 'MB', 'GB', 'TB'];

/** A number of bytes as people read it. */
export function shownSize(bytes: number): string {
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}
