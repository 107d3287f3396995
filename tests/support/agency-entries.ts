import type { AgencyEntry } from '../../src/routing/directory.ts';
import type { Ending, Share, ShareRule } from '../../src/routing/succession.ts';

/** An agency as a look-up finds it; its id is its code. */
export function entry(code: string, more: Partial<AgencyEntry> = {}): AgencyEntry {
  return {
    id: code,
    name: `Đơn vị ${code}`,
    status: 'active',
    code,
    codeValid: true,
    channel: 'inbox',
    signaturePolicy: 'required',
    certificates: [],
    ...more,
  };
}

/** One that has ended: `kind` by the number of successors, a merger on 1 July 2025 unless said otherwise. */
export function ended(
  code: string,
  to: readonly (AgencyEntry | readonly [AgencyEntry, ShareRule])[],
  more: Partial<Ending> = {},
): AgencyEntry {
  const successors = to.map((one): Share => ('id' in one ? { to: one } : { to: one[0], rule: one[1] }));
  const kind = to.length === 0 ? 'close' : to.length === 1 ? 'merge' : 'split';
  const { code: _, ...rest } = entry(code, { status: 'closed', codeValid: false });
  return { ...rest, ending: { on: '2025-07-01', kind, successors, ...more } };
}
