import type { Delivery } from '../../src/routing/delivery.ts';
import type { Change, DeliveryLocks, Scope } from '../../src/routing/desk.ts';
import type { Event } from '../../src/routing/event.ts';
import type { Acceptance, AcceptedPackage, AcceptResult, Extension, Intake, Refusal, StoredReceipt } from '../../src/routing/intake.ts';
import type { FeedReceipt } from '../../src/routing/mailbox.ts';
import type { OutgoingPackage } from '../../src/routing/outbox.ts';
import type { Problem } from '../../src/routing/problem.ts';
import type { ReceiptPackage, SignedReceipt } from '../../src/routing/receipt.ts';
import type { AttemptRecord } from '../../src/routing/records.ts';
import { Turns } from './turns.ts';

/** An agency as the tables in memory know it. */
export interface MemoryAgency {
  readonly id: string;
  readonly code: string;
  readonly name: string;
}

/** A package in memory, accepted or refused. */
export interface MemoryPackage {
  readonly id: string;
  readonly about: ReceiptPackage;
  readonly clientId: string;
  readonly senderAgencyId?: string;
  readonly transportId?: string;
  readonly problems: readonly Problem[];
  readonly acceptance?: Acceptance;
}

/** A delivery in memory with what the tables hold beside it. */
export interface MemoryDelivery {
  delivery: Delivery;
  readonly createdAt: Date;
  changedAt: Date;
  position?: number;
  fetchedAt?: Date;
  leased: boolean;
  readonly attempts: AttemptRecord[];
}

/** A receipt in memory; `senderAgencyId` is never shown. */
export interface MemoryReceipt extends FeedReceipt {
  readonly senderAgencyId?: string;
}

/** Everything stored. */
export interface MemoryTables {
  readonly agencies: readonly MemoryAgency[];
  readonly packages: Map<string, MemoryPackage>;
  readonly deliveries: Map<string, MemoryDelivery>;
  readonly receipts: MemoryReceipt[];
  readonly events: Event[];
  /** Called when something comes into an inbox. */
  readonly waiters: Set<() => void>;
  /** The deliveries of each replay plan; null: still to do. */
  readonly planItems: Map<string, Map<string, 'replayed' | 'skipped' | null>>;
  /** The last place given out in the inboxes. */
  position: number;
}

/** Empty tables for these agencies. */
export function createMemoryTables(agencies: readonly MemoryAgency[]): MemoryTables {
  const maps = { packages: new Map(), deliveries: new Map(), planItems: new Map() };
  return { agencies, ...maps, receipts: [], events: [], waiters: new Set<() => void>(), position: 0 };
}

/** The package as it goes out; null for one that was refused. */
export function outgoing({ about, acceptance }: MemoryPackage): OutgoingPackage | null {
  if (acceptance === undefined) return null;
  const runs = acceptance.lifted.runs.map(({ at, length, sha256 }) => ({ at, length, sha256 }));
  return { ...about, text: acceptance.lifted.text, runs };
}

/** Intake in memory. */
export function createMemoryIntake(tables: MemoryTables): Intake {
  const turns = new Turns();
  const firstWith = (test: (p: MemoryPackage) => boolean) =>
    [...tables.packages.values()].find((p) => p.acceptance !== undefined && test(p));
  const firstReceipt = (p: MemoryPackage): StoredReceipt => {
    const { id, kind, packageId, xml } = tables.receipts.find((r) => r.packageId === p.id && r.kind === 'accepted') as MemoryReceipt;
    return { id, kind, packageId, xml };
  };
  return {
    async accept(a): Promise<AcceptResult> {
      const own = (p: MemoryPackage) => p.senderAgencyId === a.senderAgencyId;
      const same = firstWith((p) => own(p) && (p.about.sha256 === a.lifted.sha256 || signedAlike(p.acceptance, a)));
      if (same !== undefined) return { result: 'repeated', first: firstReceipt(same) };
      const used = firstWith((p) => own(p) && a.transportId !== undefined && p.transportId === a.transportId);
      if (used !== undefined && a.route !== undefined) return { result: 'repeated', first: firstReceipt(used) };
      if (used !== undefined) return { result: 'conflict' };
      keep(tables, a);
      return { result: 'stored' };
    },
    async findFirst({ sha256 }, senders) {
      const found = firstWith((p) => senders.has(p.senderAgencyId ?? '') && p.about.sha256 === sha256);
      return found === undefined ? null : firstReceipt(found);
    },
    async accepted(packageId) {
      return acceptedIn(tables, packageId);
    },
    extend(packageId, _inboxes, decide) {
      return turns.take(packageId, async () => {
        const there = acceptedIn(tables, packageId);
        const extension = there === null ? null : await decide(there);
        return extension === null ? [] : keepExtension(tables, packageId, extension);
      });
    },
    async refuse(refusal) {
      keepRefusal(tables, refusal);
    },
  };
}

function signedAlike(one: Acceptance | undefined, other: Acceptance): boolean {
  const signerOf = ({ verified: { signature } }: Acceptance) => (signature.state === 'absent' ? '' : signature.fingerprint);
  if (one?.signedInfo === undefined || other.signedInfo === undefined || signerOf(one) !== signerOf(other)) return false;
  return Buffer.from(one.signedInfo).equals(other.signedInfo);
}

function keep(tables: MemoryTables, a: Acceptance): void {
  const { senderAgencyId, clientId, transportId } = a;
  const known = { senderAgencyId, clientId, ...(transportId === undefined ? {} : { transportId }) };
  const about = (a.receipts[0] as SignedReceipt).package;
  tables.packages.set(a.packageId, { id: a.packageId, about, ...known, problems: a.verified.warnings, acceptance: a });
  for (const delivery of a.deliveries) keepDelivery(tables, delivery, a.receivedAt);
  for (const receipt of a.receipts) addReceipt(tables, receipt, senderAgencyId);
  tables.events.push(...a.events);
}

function acceptedIn(tables: MemoryTables, packageId: string): AcceptedPackage | null {
  const found = tables.packages.get(packageId);
  if (found?.acceptance === undefined) return null;
  const deliveries = [...tables.deliveries.values()].filter(({ delivery }) => delivery.packageId === packageId);
  const { signature } = found.acceptance.verified;
  return { about: found.about, signature, deliveries: deliveries.map(({ delivery }) => ({ delivery })), closed: false, provisional: false };
}

function keepExtension(tables: MemoryTables, packageId: string, { at, added, resumed, receipts, events }: Extension): Delivery[] {
  for (const delivery of added) keepDelivery(tables, delivery, at);
  for (const delivery of resumed) {
    const row = tables.deliveries.get(delivery.id) as MemoryDelivery;
    Object.assign(row, { delivery, changedAt: at });
    putIntoInbox(tables, row);
  }
  for (const receipt of receipts) addReceipt(tables, receipt, tables.packages.get(packageId)?.senderAgencyId);
  tables.events.push(...events);
  return [...added, ...resumed];
}

function keepDelivery(tables: MemoryTables, delivery: Delivery, at: Date): void {
  const row: MemoryDelivery = { delivery, createdAt: at, changedAt: at, leased: false, attempts: [] };
  tables.deliveries.set(delivery.id, row);
  putIntoInbox(tables, row);
}

function keepRefusal(tables: MemoryTables, r: Refusal): void {
  const { packageId: id, clientId, problems, senderAgencyId, transportId } = r;
  const about = r.receipt.package;
  const known = { ...(senderAgencyId === undefined ? {} : { senderAgencyId }), ...(transportId === undefined ? {} : { transportId }) };
  tables.packages.set(id, { id, about, clientId, problems, ...known });
  addReceipt(tables, r.receipt, senderAgencyId);
  tables.events.push(r.event);
}

function addReceipt(tables: MemoryTables, r: SignedReceipt, senderAgencyId: string | undefined): void {
  const position = String(tables.receipts.length + 1);
  const about = { id: r.id, kind: r.kind, packageId: r.package.id, xml: r.xml, position, issuedAt: r.issuedAt };
  const known = { ...(r.delivery && { deliveryId: r.delivery.id }), ...(senderAgencyId === undefined ? {} : { senderAgencyId }) };
  tables.receipts.push({ ...about, ...known });
}

function putIntoInbox(tables: MemoryTables, row: MemoryDelivery): void {
  const { state, channel, gate } = row.delivery;
  if (state !== 'waiting' || channel !== 'inbox' || gate !== undefined) return;
  tables.position += 1;
  row.position = tables.position;
  delete row.fetchedAt;
  for (const wake of tables.waiters) wake();
}

/** Locks and moves in memory. */
export function createMemoryLocks(tables: MemoryTables): DeliveryLocks {
  const turns = new Turns();
  const changeLocked = async (row: MemoryDelivery, decide: Parameters<DeliveryLocks['change']>[2]) => {
    const about = (tables.packages.get(row.delivery.packageId) as MemoryPackage).about;
    const { delivery, leased } = row;
    const change = await decide({
      delivery,
      package: about,
      fetched: row.fetchedAt !== undefined,
      purged: false,
      leased,
      interrupted: false,
    });
    if (change !== null && tickOff(tables, delivery.id, change)) write(tables, row, change);
    return row.delivery;
  };
  return {
    async change(id, scope, decide) {
      const row = tables.deliveries.get(id);
      if (row === undefined || !covers(scope, row.delivery)) return null;
      return turns.take(id, () => changeLocked(row, decide));
    },
  };
}

function covers(scope: Scope, delivery: Delivery): boolean {
  return scope === 'any' || (delivery.agencyId !== undefined && scope.recipients.has(delivery.agencyId));
}

/** False when the replay plan that this belongs to has done it already. */
function tickOff(tables: MemoryTables, id: string, { planId }: Change): boolean {
  const items = planId === undefined ? undefined : tables.planItems.get(planId);
  if (items === undefined) return planId === undefined;
  if (items.get(id) !== null) return false;
  items.set(id, 'replayed');
  return true;
}

function write(tables: MemoryTables, row: MemoryDelivery, { move, receipt, event, attempt }: Change): void {
  const { turn } = row.delivery;
  const { gate: _, ...opened } = move.delivery;
  row.delivery = move.opensGate === true ? opened : move.delivery;
  row.changedAt = event.at;
  if (attempt !== undefined) {
    const { id, result, startedAt, finishedAt } = attempt;
    row.attempts.push({ id, turn, result: result.kind, detail: result.detail, startedAt, finishedAt });
  }
  if (receipt !== undefined) addReceipt(tables, receipt, tables.packages.get(row.delivery.packageId)?.senderAgencyId);
  tables.events.push(event);
  putIntoInbox(tables, row);
}
