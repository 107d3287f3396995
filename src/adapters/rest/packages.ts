import { problemText, Rejection } from '../../routing/problem.ts';
import type { Received } from '../../routing/receive.ts';
import { sendersSeenBy } from '../../routing/verify.ts';
import type { Handlers, Reply } from './call.ts';
import type { senderRoutes } from './contract.ts';
import { encodeCursor } from './cursor.ts';
import type { Ingest } from './ingest.ts';
import type { RestPorts } from './ports.ts';
import { prefersJson } from './prefers-json.ts';
import { receiptView } from './receipt-view.ts';
import { known, packageLine, packageView } from './views.ts';

type PackageRoutes = Pick<typeof senderRoutes, 'sendPackage' | 'validatePackage' | 'listPackages' | 'showPackage'>;

/** The way in, and what senders see of their packages. */
export function packageHandlers(
  ports: Pick<RestPorts, 'receive' | 'validate' | 'records' | 'report'>,
  ingest: Ingest,
): Handlers<PackageRoutes> {
  return {
    async sendPackage(call) {
      const began = performance.now();
      try {
        const received = await ingest(call, ports.receive);
        ports.report.accepted(received.first, (performance.now() - began) / 1000);
        return receiptReply(received, prefersJson(call.req.headers.accept));
      } catch (error) {
        if (error instanceof Rejection) ports.report.rejected(error.problems.map((p) => p.code));
        throw error;
      }
    },

    async validatePackage(call) {
      const warnings = await ingest(call, ports.validate);
      return { json: { valid: true, warnings: warnings.map(problemText) } };
    },

    async listPackages({ client, query }) {
      const { cursor, ...filter } = query;
      const senders = sendersSeenBy(client);
      const page = { ...known(filter), senders, ...(cursor === undefined ? {} : { before: cursor }) };
      const found = senders.size === 0 ? [] : await ports.records.packages(page);
      return { json: { packages: found.map(packageLine), next: nextPage(found, query.limit) } };
    },

    async showPackage({ client, id }) {
      const found = await ports.records.package(id, sendersSeenBy(client));
      return found === null ? null : { json: packageView(found) };
    },
  };
}

/** The cursor after a page of packages; null when it was the last. */
export function nextPage(page: readonly { readonly id: string }[], limit: number, kind: 'p' | 'd' = 'p'): string | null {
  const last = page.at(-1);
  return last === undefined || page.length < limit ? null : encodeCursor(kind, last.id);
}

function receiptReply({ first, receipt }: Received, json: boolean): Reply {
  return {
    status: first ? 201 : 200,
    headers: { Location: `/v1/packages/${receipt.packageId}`, Vary: 'Accept' },
    ...(json ? { json: receiptView(receipt.xml) } : { text: { type: 'application/xml', content: receipt.xml } }),
  };
}
