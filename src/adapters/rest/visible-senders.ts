import type { LookUp } from '../../routing/directory.ts';
import type { Now } from '../../routing/ports.ts';
import { vietnamDay } from '../../routing/time.ts';
import type { Client } from '../../routing/verify.ts';
import { sendersSeenBy } from '../../routing/verify.ts';
import { operators } from './contract.ts';

/** The agencies of which a client sees what they sent; operators see all. */
export function visibleSenders(client: Client): ReadonlySet<string> | 'any' {
  return client.scopes.some((scope) => operators.some((one) => one === scope)) ? 'any' : sendersSeenBy(client);
}

/** The agency behind a code, as a set for a filter; empty when nobody has it. */
export async function sendersOf(
  { lookUp, now }: { readonly lookUp: LookUp; readonly now: Now },
  code: string,
): Promise<ReadonlySet<string>> {
  const agency = (await lookUp([code], vietnamDay(now()))).get(code);
  return new Set(agency === undefined ? [] : [agency.id]);
}
