import type { FeedReceipt } from '../../routing/mailbox.ts';
import { vietnamTime } from '../../routing/time.ts';
import { sendersSeenBy } from '../../routing/verify.ts';
import type { Handlers } from './call.ts';
import type { senderRoutes } from './contract.ts';
import { encodeCursor } from './cursor.ts';
import type { RestPorts } from './ports.ts';
import { prefersJson } from './prefers-json.ts';
import { receiptView } from './receipt-view.ts';
import { visibleSenders } from './visible-senders.ts';

type ReceiptRoutes = Pick<typeof senderRoutes, 'listReceipts' | 'showReceipt'>;

/** Receipts for the senders they were made for. */
export function receiptHandlers({ receipts }: Pick<RestPorts, 'receipts'>): Handlers<ReceiptRoutes> {
  return {
    async listReceipts({ client, query: { after, limit } }) {
      const found = await receipts.list(sendersSeenBy(client), after ?? null, limit);
      const last = found.at(-1)?.position ?? after;
      const next = last === undefined ? null : encodeCursor('r', last);
      return { json: { receipts: found.map(receiptLine), next, more: found.length === limit } };
    },

    async showReceipt({ req, client, id }) {
      const found = await receipts.one(id, visibleSenders(client));
      if (found === null) return null;
      const headers = { Vary: 'Accept' };
      if (prefersJson(req.headers.accept)) return { json: receiptView(found.xml), headers };
      return { text: { type: 'application/xml', content: found.xml }, headers };
    },
  };
}

function receiptLine({ id, kind, packageId, deliveryId, issuedAt, position, xml }: FeedReceipt) {
  const about = { id, kind, package: packageId, ...(deliveryId === undefined ? {} : { delivery: deliveryId }) };
  return { ...about, issuedAt: vietnamTime(issuedAt), cursor: encodeCursor('r', position), xml };
}
