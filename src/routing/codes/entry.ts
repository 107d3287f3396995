/**
 * One row of the table of codes. `status` is the HTTP status it is answered with; the texts may name values as `{name}`.
 * `vi`/`en` say what is wrong, `fixVi`/`fixEn` what the sender should do. A code, once released, never changes its meaning.
 */
export interface CodeEntry {
  readonly status: number;
  readonly vi: string;
  readonly en: string;
  readonly fixVi: string;
  readonly fixEn: string;
}

/** Keeps the literal keys of a part of the table while checking each row. */
export function rows<K extends string>(table: Record<K, CodeEntry>): Readonly<Record<K, CodeEntry>> {
  return table;
}
