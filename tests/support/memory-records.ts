import type {
  DeliveryFilter,
  DeliveryRecord,
  PackageRecord,
  PackageSummary,
  Records,
  ReplayForecast,
  ReplayPlan,
  ReplayPlans,
} from '../../src/routing/records.ts';
import type { MemoryDelivery, MemoryPackage, MemoryTables } from './memory-tables.ts';
import { outgoing } from './memory-tables.ts';

/** Lists and pages in memory. */
export function createMemoryRecords(tables: MemoryTables): Records {
  const newestFirst = <T extends { readonly id: string }>(rows: T[]) => rows.sort((a, b) => (a.id < b.id ? 1 : -1));
  return {
    async packages(f) {
      const found = newestFirst([...tables.packages.values()])
        .filter((p) => f.before === undefined || p.id < f.before)
        .filter((p) => f.senders === undefined || f.senders.has(p.senderAgencyId ?? ''))
        .filter((p) => f.accepted === undefined || (p.acceptance !== undefined) === f.accepted)
        .filter((p) => f.documentId === undefined || p.about.documentId === f.documentId)
        .filter((p) => within(p.about.receivedAt, f));
      return found.slice(0, f.limit).map((p) => summary(tables, p));
    },
    async package(id, senders) {
      const found = tables.packages.get(id);
      if (found === undefined || (senders !== 'any' && !senders.has(found.senderAgencyId ?? ''))) return null;
      return packageRecord(tables, found);
    },
    async documents(f) {
      const found = newestFirst([...tables.packages.values()].filter(isDocument))
        .filter((p) => f.before === undefined || p.id < f.before)
        .filter((p) => f.senders === undefined || f.senders.has(p.senderAgencyId ?? ''))
        .filter((p) => within(p.about.receivedAt, f));
      return found.slice(0, f.limit).map((p) => ({ ...summary(tables, p), reported: 0, done: {} }));
    },
    async document(id, senders) {
      const found = tables.packages.get(id);
      if (found === undefined || !isDocument(found) || (senders !== 'any' && !senders.has(found.senderAgencyId ?? ''))) return null;
      return { ...packageRecord(tables, found), followers: [] };
    },
    acts: async () => [],
    async content(id) {
      const found = tables.packages.get(id);
      return found === undefined ? null : outgoing(found);
    },
    async deliveries(filter, { before, limit }) {
      const found = chosen(tables, filter).map((row) => record(tables, row));
      return newestFirst(found.filter((d) => before === undefined || d.id < before)).slice(0, limit);
    },
    async delivery(id) {
      const row = tables.deliveries.get(id);
      return row === undefined ? null : { ...record(tables, row), attemptList: row.attempts };
    },
  };
}

function isDocument({ acceptance }: MemoryPackage): boolean {
  const message = acceptance?.verified.message;
  return message?.kind === 'document' && (message.action === 'new' || message.action === 'replace');
}

function within(at: Date, { since, until }: { since?: Date; until?: Date }): boolean {
  return (since === undefined || at >= since) && (until === undefined || at < until);
}

function agencyOf(tables: MemoryTables, code: string) {
  return tables.agencies.find((agency) => agency.code === code)?.id;
}

function chosen(tables: MemoryTables, f: DeliveryFilter): MemoryDelivery[] {
  return [...tables.deliveries.values()].filter(({ delivery: d, createdAt }) => {
    const sender = tables.packages.get(d.packageId)?.senderAgencyId;
    if (f.state !== undefined && d.state !== f.state) return false;
    if (f.recipient !== undefined && d.recipient !== f.recipient && d.agencyId !== agencyOf(tables, f.recipient)) return false;
    if (f.sender !== undefined && sender !== agencyOf(tables, f.sender)) return false;
    if (f.code !== undefined && d.problem?.code !== f.code) return false;
    return within(createdAt, f);
  });
}

function summary(tables: MemoryTables, p: MemoryPackage): PackageSummary {
  const states: Record<string, number> = {};
  for (const { delivery } of tables.deliveries.values()) {
    if (delivery.packageId === p.id) states[delivery.state] = (states[delivery.state] ?? 0) + 1;
  }
  const { id, sha256, size, receivedAt, sender, documentId, reference } = p.about;
  const message = p.acceptance?.verified.message;
  return {
    id,
    accepted: p.acceptance !== undefined,
    clientId: p.clientId,
    sha256,
    size,
    receivedAt,
    urgency: message?.urgency ?? 0,
    states,
    ...(sender === undefined ? {} : { sender }),
    ...(p.transportId === undefined ? {} : { transportId: p.transportId }),
    ...(documentId === undefined ? {} : { documentId }),
    ...(reference === undefined ? {} : { reference }),
    ...(p.acceptance === undefined ? {} : { signatureState: p.acceptance.verified.signature.state }),
    ...(message === undefined ? {} : { kind: message.kind }),
    ...(message?.kind === 'document' ? { action: message.action, subject: message.subject } : {}),
  };
}

function packageRecord(tables: MemoryTables, p: MemoryPackage): PackageRecord {
  const message = p.acceptance?.verified.message;
  const rows = [...tables.deliveries.values()].filter(({ delivery }) => delivery.packageId === p.id);
  return {
    ...summary(tables, p),
    problems: p.problems,
    attachments: message?.kind === 'document' ? message.attachments.map((one) => ({ ...one, inspected: [] })) : [],
    deliveries: rows.map((row) => ({ ...record(tables, row), attemptList: row.attempts })),
    receipts: tables.receipts
      .filter((r) => r.packageId === p.id)
      .map(({ id, kind, deliveryId, issuedAt }) => ({ id, kind, issuedAt, ...(deliveryId === undefined ? {} : { deliveryId }) })),
    events: tables.events
      .map(({ packageId, ...event }, seq) => ({ packageId, ...event, seq: String(seq + 1) }))
      .filter(({ packageId }) => packageId === p.id)
      .map(({ packageId: _, ...event }) => event),
    acts: [],
    lives: new Map(),
  };
}

function record(tables: MemoryTables, { delivery, createdAt, changedAt, fetchedAt, leased }: MemoryDelivery): DeliveryRecord {
  const { about, acceptance } = tables.packages.get(delivery.packageId) as MemoryPackage;
  const message = acceptance?.verified.message;
  const agency = tables.agencies.find(({ id }) => id === delivery.agencyId);
  return {
    ...delivery,
    createdAt,
    changedAt,
    sender: about.sender ?? '',
    leased,
    carriesDocument: message?.kind === 'document' && (message.action === 'new' || message.action === 'replace'),
    ...(fetchedAt === undefined ? {} : { fetchedAt }),
    ...(agency === undefined ? {} : { agencyName: agency.name }),
    ...(message?.kind === 'document' ? { subject: message.subject } : {}),
  };
}

/** Bulk replays in memory. */
export function createMemoryPlans(tables: MemoryTables): ReplayPlans {
  const plans = new Map<string, ReplayPlan>();
  const replayable = ({ delivery: d }: MemoryDelivery) =>
    ['held', 'failed', 'expired', 'delivered'].includes(d.state) && d.agencyId !== undefined;
  const itemsOf = (id: string) => tables.planItems.get(id) ?? new Map<string, 'replayed' | 'skipped' | null>();
  const shown = (plan: ReplayPlan): ReplayPlan => {
    const results = [...itemsOf(plan.id).values()];
    return { ...plan, replayed: results.filter((r) => r === 'replayed').length, skipped: results.filter((r) => r === 'skipped').length };
  };
  return {
    forecast: async (filter) => forecast(chosen(tables, filter), replayable),
    async create(given) {
      const items = chosen(tables, given.filter)
        .filter(replayable)
        .map(({ delivery }) => [delivery.id, null] as const);
      tables.planItems.set(given.id, new Map(items));
      plans.set(given.id, { ...given, total: items.length, replayed: 0, skipped: 0 });
      tables.events.push({ name: 'replay.planned', at: given.createdAt, actor: given.actor, reason: `${given.id}: ${given.reason}` });
      return shown(plans.get(given.id) as ReplayPlan);
    },
    async get(id) {
      const found = plans.get(id);
      return found === undefined ? null : shown(found);
    },
    async next(limit) {
      const open = [...plans.values()].find(({ finishedAt }) => finishedAt === undefined);
      if (open === undefined) return null;
      const left = [...itemsOf(open.id)].filter(([, result]) => result === null).map(([id]) => id);
      return { plan: shown(open), deliveryIds: left.sort().slice(0, limit) };
    },
    async done(planId, deliveryId, result) {
      const items = itemsOf(planId);
      if (items.get(deliveryId) === null) items.set(deliveryId, result);
    },
    async finish(planId, at) {
      const found = plans.get(planId);
      if (found === undefined || found.finishedAt !== undefined) return;
      plans.set(planId, { ...found, finishedAt: at });
      tables.events.push({ name: 'replay.finished', at, actor: found.actor, reason: planId });
    },
  };
}

function forecast(all: readonly MemoryDelivery[], replayable: (row: MemoryDelivery) => boolean): ReplayForecast {
  const able = all.filter(replayable);
  const countBy = (key: 'state' | 'recipient') => {
    const totals: Record<string, number> = {};
    for (const { delivery } of able) totals[delivery[key]] = (totals[delivery[key]] ?? 0) + 1;
    return totals;
  };
  return { total: able.length, byState: countBy('state'), byRecipient: countBy('recipient'), notReplayable: all.length - able.length };
}
