import { reject } from '../../routing/problem.ts';
import { vietnamDay } from '../../routing/time.ts';
import type { Client } from '../../routing/verify.ts';
import type { Handlers } from './call.ts';
import type { SendContent } from './content.ts';
import type { deliveryRoutes } from './contract.ts';
import type { deskRoutes } from './contract-operator.ts';
import { nextPage } from './packages.ts';
import type { RestPorts } from './ports.ts';
import {
  known,
  movedView,
  operatorDeliveryLine,
  operatorDeliveryView,
  operatorPackageLine,
  operatorPackageView,
  planView,
} from './views.ts';
import { sendersOf } from './visible-senders.ts';

const actorOf = (client: Client) => `operator:${client.id}`;

/** What operators see of deliveries and do with them. */
export function deliveryHandlers({ records, desk }: Pick<RestPorts, 'records' | 'desk'>): Handlers<typeof deliveryRoutes> {
  return {
    async listDeliveries({ query: { limit, cursor, ...filter } }) {
      const page = cursor === undefined ? { limit } : { limit, before: cursor };
      const found = await records.deliveries(known(filter), page);
      return { json: { deliveries: found.map(operatorDeliveryLine), next: nextPage(found, limit, 'd') } };
    },

    async showDelivery({ id }) {
      const found = await records.delivery(id);
      return found === null ? null : { json: operatorDeliveryView(found) };
    },

    replay: async ({ id, client, body }) => ({ json: movedView(await desk.replay(id, actorOf(client), body.reason)) }),
    hold: async ({ id, client, body }) => ({ json: movedView(await desk.hold(id, actorOf(client), body.reason)) }),
    release: async ({ id, client, body }) => ({ json: movedView(await desk.release(id, actorOf(client), body.reason, body.to)) }),
    cancel: async ({ id, client, body }) => ({ json: movedView(await desk.cancel(id, actorOf(client), body.reason)) }),
  };
}

/** What operators see of packages, and bulk replays. */
export function deskHandlers(
  ports: Pick<RestPorts, 'records' | 'exportPackage' | 'reports' | 'plans' | 'lookUp' | 'newId' | 'now'>,
  sendContent: SendContent,
): Handlers<typeof deskRoutes> {
  const { records, plans } = ports;

  return {
    async listAllPackages({ query: { cursor, sender, ...filter } }) {
      const senders = sender === undefined ? undefined : await sendersOf(ports, sender);
      if (senders?.size === 0) return { json: { packages: [], next: null } };
      const found = await records.packages({ ...known(filter), ...known({ senders, before: cursor }), limit: filter.limit });
      return { json: { packages: found.map(operatorPackageLine), next: nextPage(found, filter.limit) } };
    },

    async showAnyPackage({ id }) {
      const found = await records.package(id, 'any');
      return found === null ? null : { json: operatorPackageView(found) };
    },

    async exportPackage(call) {
      const found = await ports.exportPackage(call.id, actorOf(call.client));
      if (found === null) return null;
      await sendContent(call, found, {});
      return undefined;
    },

    report: async ({ query: { from, to = vietnamDay(ports.now()), by } }) => ({ json: await ports.reports.read({ from, to, by }) }),

    async planReplay({ client, body }) {
      const filter = known(body.filter);
      if (body.dryRun) return { json: await plans.forecast(filter) };
      if (body.reason.trim() === '') throw reject('REASON_REQUIRED', { at: 'reason', params: { move: 'replay' } });
      const id = ports.newId();
      const plan = await plans.create({ id, createdAt: ports.now(), actor: actorOf(client), reason: body.reason, filter });
      return { status: 202, json: planView(plan), headers: { Location: `/v1/operator/replays/${id}` } };
    },

    async showReplay({ id }) {
      const found = await plans.get(id);
      return found === null ? null : { json: planView(found) };
    },
  };
}
