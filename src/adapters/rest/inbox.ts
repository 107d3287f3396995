import type { ServerResponse } from 'node:http';
import type { InboxEntry, Mailbox } from '../../routing/mailbox.ts';
import { vietnamTime } from '../../routing/time.ts';
import type { Handlers } from './call.ts';
import type { SendContent } from './content.ts';
import type { inboxRoutes } from './contract.ts';
import { encodeCursor } from './cursor.ts';
import type { RestPorts } from './ports.ts';
import { createShare } from './share.ts';
import { movedView } from './views.ts';

/** Long polls that may wait at the same time; each holds a connection, of which the server has 4000. */
const polls = { all: 2000, each: 64 };

/** What a recipient's long poll asks for. */
interface Poll {
  readonly agencyIds: ReadonlySet<string>;
  readonly after: string | null;
  readonly limit: number;
  readonly milliseconds: number;
}

/** The inbox of recipients that fetch. */
export function inboxHandlers(
  ports: Pick<RestPorts, 'mailbox' | 'desk' | 'stopping'>,
  sendContent: SendContent,
): Handlers<typeof inboxRoutes> {
  const share = createShare(polls);
  return {
    async listInbox({ res, client, query }) {
      const after = query.after ?? null;
      const poll = { agencyIds: client.agencyIds, after, limit: query.limit, milliseconds: query.wait * 1000 };
      const look = () => entriesFor(ports.mailbox, poll, untilGone(res, ports.stopping));
      const found = await (query.wait === 0 ? look() : share(client.id, look));
      const last = found.at(-1)?.position ?? after;
      const next = last === null ? null : encodeCursor('i', last);
      return { json: { entries: found.map(entryLine), next, more: found.length === query.limit } };
    },

    async fetchPackage(call) {
      const found = await ports.mailbox.open(call.id, call.client.agencyIds, `client:${call.client.id}`);
      if (found === null) return null;
      await sendContent(call, found, { 'Lienthong-Delivery': call.id });
      return undefined;
    },

    async acknowledge({ id, client, body }) {
      const scope = { recipients: client.agencyIds };
      return { json: movedView(await ports.desk.acknowledge(id, scope, `client:${client.id}`, body.sha256)) };
    },

    async refuse({ id, client, body }) {
      const scope = { recipients: client.agencyIds };
      return { json: movedView(await ports.desk.refuse(id, scope, `client:${client.id}`, body.reason)) };
    },
  };
}

async function entriesFor(mailbox: Mailbox, poll: Poll, signal: AbortSignal): Promise<readonly InboxEntry[]> {
  const end = performance.now() + poll.milliseconds;
  for (;;) {
    const found = await mailbox.list(poll.agencyIds, poll.after, poll.limit);
    const left = end - performance.now();
    if (found.length > 0 || left <= 0 || signal.aborted) return found;
    await mailbox.wait(poll.agencyIds, poll.after, left, signal);
    if (signal.aborted) return found;
  }
}

/** Aborts when the client goes away or the gateway stops. */
function untilGone(res: ServerResponse, stopping: AbortSignal): AbortSignal {
  const gone = new AbortController();
  const end = () => gone.abort();
  if (stopping.aborted) end();
  stopping.addEventListener('abort', end, { once: true });
  res.once('close', () => {
    stopping.removeEventListener('abort', end);
    end();
  });
  return gone.signal;
}

function entryLine(entry: InboxEntry) {
  const { deliveryId, packageId, recipient, sender, kind, action, documentId, reference, subject, urgency, sha256, size } = entry;
  const about = { delivery: deliveryId, package: packageId, recipient, sender, kind, action, documentId, reference, subject };
  return {
    ...about,
    urgency,
    sha256,
    size,
    acceptedAt: vietnamTime(entry.acceptedAt),
    deadlineAt: vietnamTime(entry.deadlineAt),
    ...(entry.fetchedAt === undefined ? {} : { fetchedAt: vietnamTime(entry.fetchedAt) }),
    cursor: encodeCursor('i', entry.position),
  };
}
