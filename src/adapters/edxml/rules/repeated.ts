import type { Field } from '../path.ts';

/** The fields whose value an earlier one has already, upper and lower case alike. Empty values don't count. */
export function repeated(fields: readonly Field[]): Field[] {
  const seen = new Set<string>();
  return fields.filter(({ value }) => {
    const key = value.toUpperCase();
    const again = key !== '' && seen.has(key);
    seen.add(key);
    return again;
  });
}
