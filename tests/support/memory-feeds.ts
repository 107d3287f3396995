import type { Acceptance } from '../../src/routing/intake.ts';
import type { FeedReceipt, InboxEntry, Mailbox, ReceiptFeed } from '../../src/routing/mailbox.ts';
import type { Now } from '../../src/routing/ports.ts';
import type { MemoryDelivery, MemoryPackage, MemoryReceipt, MemoryTables } from './memory-tables.ts';
import { outgoing } from './memory-tables.ts';

/** Inboxes in memory. */
export function createMemoryMailbox(tables: MemoryTables, now: Now): Mailbox {
  const list: Mailbox['list'] = async (agencyIds, after, limit) =>
    [...tables.deliveries.values()]
      .filter(({ delivery, position }) => delivery.state === 'waiting' && position !== undefined && agencyIds.has(delivery.agencyId ?? ''))
      .filter(({ position }) => (position ?? 0) > Number(after ?? 0))
      .sort((a, b) => (a.position ?? 0) - (b.position ?? 0))
      .slice(0, limit)
      .map((row) => inboxEntry(tables, row));
  return {
    list,
    wait: (agencyIds, after, milliseconds, signal) =>
      waitFor(tables, milliseconds, signal, async () => (await list(agencyIds, after, 1)).length > 0),
    async open(deliveryId, agencyIds, actor) {
      const row = tables.deliveries.get(deliveryId);
      if (row === undefined || !canBeOpened(row, agencyIds)) return null;
      const { packageId } = row.delivery;
      if (row.fetchedAt === undefined) tables.events.push({ name: 'delivery.fetched', at: now(), actor, packageId, deliveryId });
      row.fetchedAt ??= now();
      return outgoing(tables.packages.get(packageId) as MemoryPackage);
    },
  };
}

function canBeOpened({ delivery, position }: MemoryDelivery, agencyIds: ReadonlySet<string>): boolean {
  const open = position !== undefined && ['waiting', 'delivered', 'failed'].includes(delivery.state);
  return open && delivery.channel === 'inbox' && agencyIds.has(delivery.agencyId ?? '');
}

async function waitFor(tables: MemoryTables, milliseconds: number, signal: AbortSignal, ready: () => Promise<boolean>): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      tables.waiters.delete(end);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    tables.waiters.add(end);
    signal.addEventListener('abort', end);
    // asked after the bell is hung up: what comes in between rings it
    void ready().then((there) => there && end());
  });
}

function inboxEntry(tables: MemoryTables, { delivery, position, fetchedAt }: MemoryDelivery): InboxEntry {
  const { about, acceptance } = tables.packages.get(delivery.packageId) as MemoryPackage;
  const { message } = (acceptance as Acceptance).verified;
  const { sender = '', documentId, reference, sha256, size, receivedAt } = about;
  return {
    deliveryId: delivery.id,
    packageId: about.id,
    position: String(position),
    recipient: delivery.recipient,
    sender,
    kind: message.kind,
    ...(message.kind === 'document' ? { action: message.action, subject: message.subject } : {}),
    ...(documentId === undefined ? {} : { documentId }),
    ...(reference === undefined ? {} : { reference }),
    urgency: delivery.urgency,
    sha256,
    size,
    acceptedAt: receivedAt,
    deadlineAt: delivery.deadlineAt,
    ...(fetchedAt === undefined ? {} : { fetchedAt }),
  };
}

/** Receipt feeds in memory. */
export function createMemoryReceipts(tables: MemoryTables): ReceiptFeed {
  const fed = ({ senderAgencyId: _, ...receipt }: MemoryReceipt): FeedReceipt => receipt;
  const sees = (ids: ReadonlySet<string> | 'any', r: MemoryReceipt) => ids === 'any' || ids.has(r.senderAgencyId ?? '');
  return {
    async list(agencyIds, after, limit) {
      const found = tables.receipts.filter((r) => sees(agencyIds, r) && Number(r.position) > Number(after ?? 0));
      return found.slice(0, limit).map(fed);
    },
    async one(id, agencyIds) {
      const found = tables.receipts.find((r) => r.id === id && sees(agencyIds, r));
      return found === undefined ? null : fed(found);
    },
  };
}
