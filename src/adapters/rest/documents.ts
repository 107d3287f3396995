import type { Handlers } from './call.ts';
import type { documentRoutes } from './contract-documents.ts';
import { nextPage } from './packages.ts';
import type { RestPorts } from './ports.ts';
import { known } from './views.ts';
import { documentLine, documentView } from './views-documents.ts';
import { sendersOf, visibleSenders } from './visible-senders.ts';

/** What senders and operators see of documents. */
export function documentHandlers(ports: Pick<RestPorts, 'records' | 'lookUp' | 'now'>): Handlers<typeof documentRoutes> {
  const { records } = ports;
  return {
    async listDocuments({ client, query: { cursor, sender, ...filter } }) {
      const visible = visibleSenders(client);
      const asked = sender === undefined ? visible : await sendersOf(ports, sender);
      const senders = asked === 'any' || visible === 'any' ? asked : new Set([...asked].filter((id) => visible.has(id)));
      if (senders !== 'any' && senders.size === 0) return { json: { documents: [], next: null } };
      const page = known({ senders: senders === 'any' ? undefined : senders, before: cursor });
      const found = await records.documents({ ...known(filter), ...page, limit: filter.limit });
      return { json: { documents: found.map(documentLine), next: nextPage(found, filter.limit) } };
    },

    async showDocument({ client, id }) {
      const found = await records.document(id, visibleSenders(client));
      return found === null ? null : { json: documentView(found) };
    },
  };
}
