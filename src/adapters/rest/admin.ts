import type { ClientSummary, Clients } from '../../routing/clients.ts';
import { reject } from '../../routing/problem.ts';
import { vietnamTime } from '../../routing/time.ts';
import type { Handlers } from './call.ts';
import type { adminRoutes } from './contract-admin.ts';
import type { RestPorts } from './ports.ts';

/** What administrators see of clients and do with them. */
export function adminHandlers({ clients }: Pick<RestPorts, 'clients'>): Handlers<typeof adminRoutes> {
  async function change(move: 'suspend' | 'resume', body: { readonly client: string; readonly reason: string }, actor: string) {
    if (body.reason.trim() === '') throw reject('REASON_REQUIRED', { at: 'reason', params: { move } });
    await clients[move](body.client, actor, body.reason.trim());
    return { json: await viewOf(clients, body.client) };
  }

  return {
    async listClients({ query: { after, limit } }) {
      const found = await clients.list({ limit, ...(after === undefined ? {} : { after }) });
      const next = found.length === limit ? (found.at(-1)?.id ?? null) : null;
      return { json: { clients: found.map(clientView), next } };
    },
    suspendClient: ({ client, body }) => change('suspend', body, `operator:${client.id}`),
    resumeClient: ({ client, body }) => change('resume', body, `operator:${client.id}`),
  };
}

async function viewOf(clients: Pick<Clients, 'show'>, id: string): Promise<object> {
  const found = await clients.show(id);
  if (found === null) throw reject('CLIENT_UNKNOWN', { params: { client: id } });
  return clientView(found);
}

function clientView({ id, name, scopes, agencies, createdAt, disabledAt, liveSecrets, liveCertificates }: ClientSummary): object {
  return {
    id,
    name,
    scopes,
    agencies: agencies.map(({ code, name: called }) => ({ code, name: called })),
    createdAt: vietnamTime(createdAt),
    ...(disabledAt === undefined ? {} : { suspendedAt: vietnamTime(disabledAt) }),
    liveSecrets,
    liveCertificates,
  };
}
