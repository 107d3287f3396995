import type { Handlers } from './call.ts';
import type { actRoutes } from './contract-acts.ts';
import { nextPage } from './packages.ts';
import type { RestPorts } from './ports.ts';
import { known } from './views.ts';
import { actView } from './views-lifecycle.ts';

/** What operators see of acts and decide about them. */
export function actHandlers({ records, lifecycle }: Pick<RestPorts, 'records' | 'lifecycle'>): Handlers<typeof actRoutes> {
  return {
    async listActs({ query: { cursor, ...filter } }) {
      const found = await records.acts({ ...known(filter), limit: filter.limit, ...(cursor === undefined ? {} : { before: cursor }) });
      return { json: { acts: found.map(actView), next: nextPage(found, filter.limit, 'd') } };
    },

    async matchAct({ id, client, body }) {
      await lifecycle.choose(id, { match: body.document }, `operator:${client.id}`);
      return { json: { act: id } };
    },

    async dismissAct({ id, client, body }) {
      await lifecycle.choose(id, { dismiss: body.reason }, `operator:${client.id}`);
      return { json: { act: id } };
    },
  };
}
