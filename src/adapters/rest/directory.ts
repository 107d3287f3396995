import { addresseeOf, shownAddressee } from '../../routing/addressee.ts';
import { vietnamDay } from '../../routing/time.ts';
import type { Handlers } from './call.ts';
import type { directoryRoutes } from './contract-directory.ts';
import type { RestPorts } from './ports.ts';

/** The directory as senders and operators read it. */
export function directoryHandlers(ports: Pick<RestPorts, 'directory' | 'lookUp' | 'now'>): Handlers<typeof directoryRoutes> {
  const { directory, lookUp } = ports;
  const dayOf = (on: string | undefined) => on ?? vietnamDay(ports.now());

  return {
    async searchAgencies({ query: { words, limit, ...query } }) {
      const on = dayOf(query.on);
      return { json: { on, agencies: await directory.search(words, on, limit) } };
    },
    async showTree({ query: { code, depth, ...query } }) {
      const on = dayOf(query.on);
      return { json: { on, agencies: await directory.tree(code, on, depth) } };
    },
    async resolveCode({ query: { code, ...query } }) {
      const on = dayOf(query.on);
      const entries = await lookUp([code], on);
      return { json: { code, on, ...shownAddressee(addresseeOf(code, entries.get(code))) } };
    },
    listGroups: async () => ({ json: { groups: await directory.groups() } }),
    async listMembers({ query: { group, ...query } }) {
      const on = dayOf(query.on);
      return { json: { on, group, members: await directory.members(group, on) } };
    },
  };
}
