import { usual } from './gateway.ts';
import type { PackageSpec } from './packages.ts';
import { buildPackage } from './packages.ts';
import { type AskedCall, ok, type Reply } from './unkind-axis.ts';

/** An agency elsewhere, which writes to those here over an axis. */
export const outside = '000.00.01.G22';

let numbers = 0;

/** A package of that agency, as an axis gives it: unsigned. */
export function theirs(spec: PackageSpec = {}): Buffer {
  numbers += 1;
  const number = String(numbers);
  const usualParts = {
    from: { code: outside, name: 'Cục Thuế' },
    number,
    notation: 'CT-TTHT',
    documentId: `${outside},2026/03/02,${number}/CT-TTHT`,
  };
  return buildPackage({ ...usualParts, to: [{ code: usual.department, name: 'Sở Nội vụ' }], ...spec });
}

/** One row of getReceivedEdocList. */
export interface MailboxRow {
  readonly docId: string;
  readonly messageType: string;
  readonly from: string;
  readonly to: string;
}

/** A row for one of the agencies here. */
export function entry(docId: string, to: string = usual.department, more: object = {}): MailboxRow {
  return { docId, messageType: 'edoc', from: outside, to, ...more };
}

/** What serves entries: the script for the operations of coming down. */
export type Mailbox = Readonly<Record<'getReceivedEdocList' | 'getEdoc' | 'updateStatus', (call: AskedCall) => Reply | Promise<Reply>>>;

/** Lists entries until they are told done or fail, and gives their packages; a text stands for the base64 as it is. */
export function serve(packages: Readonly<Record<string, string | Buffer>>, entries: readonly MailboxRow[]): Mailbox {
  const left = new Set(entries.map(({ docId }) => docId));
  const given = (docId: string) => {
    const found = packages[docId];
    return typeof found === 'string' ? found : (found?.toString('base64') ?? '');
  };
  return {
    getReceivedEdocList: ({ values }) => ({
      ...ok,
      data: values.get('messagetype') === 'edoc' ? entries.filter(({ docId }) => left.has(docId)) : [],
    }),
    getEdoc: ({ values }) => ({ ...ok, data: given(values.get('docId') ?? '') }),
    updateStatus({ values }) {
      left.delete(values.get('docId') ?? '');
      return ok;
    },
  };
}
