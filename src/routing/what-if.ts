import type { Difference, ReadPast } from './explain.ts';
import { differences } from './explain.ts';
import type { SurveyPorts } from './route-book.ts';
import { survey } from './route-book.ts';
import type { RoutingRule } from './rules.ts';

/** What other rules would have done with the packages of the last days. */
export interface WhatIf {
  readonly packages: number;
  readonly recipients: number;
  /** Recipients that would go another way, all of them. */
  readonly changed: number;
  /** How many for each pair of ways. */
  readonly byChange: readonly { readonly before: string; readonly after: string; readonly count: number }[];
  /** The first of them. */
  readonly differences: readonly Difference[];
}

const page = 200;
/** Differences that are listed one by one. */
export const mostListed = 1000;

/**
 * Tries rules on past packages with the directory of today (`on`: `yyyy-mm-dd`), in memory that does not grow with their number. Nothing
 * is changed. `progress` is told how many packages were looked at.
 */
export async function whatIf(
  ports: SurveyPorts & { readonly readPast: ReadPast },
  rules: readonly RoutingRule[],
  about: { readonly since: Date; readonly on: string; readonly province: readonly string[] },
  progress: (packages: number) => void,
): Promise<WhatIf> {
  const counts = new Map<string, { readonly before: string; readonly after: string; count: number }>();
  const listed: Difference[] = [];
  const total = { packages: 0, recipients: 0, changed: 0 };
  let last: string | undefined;
  for (;;) {
    const batch = await ports.readPast(about.since, last, page);
    const codes = [...new Set(batch.flatMap((one) => one.named))];
    const before = await survey(ports, ['', ...codes], about.on, about.province);
    for (const past of batch) {
      const found = differences(past, before, { ...before, rules });
      total.recipients += past.named.length;
      total.changed += found.length;
      listed.push(...found.slice(0, mostListed - listed.length));
      for (const one of found) count(counts, one);
    }
    total.packages += batch.length;
    progress(total.packages);
    last = batch.at(-1)?.id;
    if (batch.length < page) break;
  }
  return { ...total, byChange: [...counts.values()].sort((a, b) => b.count - a.count), differences: listed };
}

function count(counts: Map<string, { readonly before: string; readonly after: string; count: number }>, one: Difference): void {
  const key = `${one.before}\n${one.after}`;
  const known = counts.get(key);
  if (known === undefined) counts.set(key, { before: one.before, after: one.after, count: 1 });
  else known.count += 1;
}
