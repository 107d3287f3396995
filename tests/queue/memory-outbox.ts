import type { Breaker } from '../../src/routing/breaker.ts';
import { breakerState, closedBreaker } from '../../src/routing/breaker.ts';
import type { Delivery, Lane } from '../../src/routing/delivery.ts';
import { laneOf, ringsFor } from '../../src/routing/delivery.ts';
import type { Change, DeliveryLocks, Scope } from '../../src/routing/desk.ts';
import type { Claim, Outbox, Settlement } from '../../src/routing/outbox.ts';
import type { ReplayPlan, ReplayPlans } from '../../src/routing/records.ts';
import type { Overdue } from '../../src/routing/sweep.ts';
import { Turns } from '../support/turns.ts';

type Decide = Parameters<DeliveryLocks['change']>[2];

interface Row {
  delivery: Delivery;
  leased: boolean;
  /** Whose lease it is: the claim that was given out last. */
  claim?: Claim;
  interrupted: boolean;
  fetched: boolean;
}

/** Deliveries in memory, behind the ports of the worker, of the desk and of the sweeper. */
export class MemoryOutbox implements Outbox, Overdue, DeliveryLocks {
  readonly rows = new Map<string, Row>();
  readonly breakers = new Map<string, Breaker>();
  readonly caps = new Map<string, number>();
  readonly settlements: Settlement[] = [];
  readonly changes: Change[] = [];
  readonly plans = new Map<string, { plan: ReplayPlan; items: Map<string, 'replayed' | 'skipped' | undefined> }>();
  /** Calls throw while it is set. */
  away = false;
  claims = 0;
  readonly #turns = new Turns();

  put(delivery: Delivery): Delivery {
    this.rows.set(delivery.id, { delivery, leased: false, interrupted: false, fetched: false });
    return delivery;
  }

  delivery(id: string): Delivery {
    return this.row(id).delivery;
  }

  row(id: string): Row {
    const row = this.rows.get(id);
    if (row === undefined) throw new Error(`no delivery ${id}`);
    return row;
  }

  count(state: Delivery['state']): number {
    return [...this.rows.values()].filter(({ delivery }) => delivery.state === state).length;
  }

  async claim(id: string, turn: number): Promise<Claim | null> {
    await this.answering();
    const row = this.rows.get(id);
    return row !== undefined && row.delivery.turn === turn && this.isFree(row) ? this.take(row) : null;
  }

  async claimNext(agencyId: string, lane: Lane): Promise<Claim | null> {
    await this.answering();
    const [first] = this.free()
      .filter(({ delivery }) => delivery.agencyId === agencyId && laneOf(delivery.urgency) === lane)
      .sort((a, b) => b.delivery.urgency - a.delivery.urgency || a.delivery.dueAt.getTime() - b.delivery.dueAt.getTime());
    return first === undefined ? null : this.take(first);
  }

  async settle(claim: Claim, settlement: Settlement): Promise<boolean> {
    await this.answering();
    const { delivery } = claim;
    const row = this.row(delivery.id);
    if (!row.leased || row.claim !== claim || row.delivery.turn !== delivery.turn) return false;
    row.leased = false;
    row.interrupted = false;
    row.delivery = settlement.move.delivery;
    this.settlements.push(settlement);
    if (settlement.breaker !== undefined) this.breakers.set(delivery.agencyId ?? '', settlement.breaker);
    return true;
  }

  async due(limit: number, perRecipient: number) {
    await this.answering();
    const before = Date.now() - 1000;
    const given = new Map<string, number>();
    const late = this.free().filter(({ delivery }) => delivery.dueAt.getTime() <= before);
    const few = late.filter(({ delivery }) => {
      const whose = `${delivery.agencyId} ${laneOf(delivery.urgency)}`;
      given.set(whose, (given.get(whose) ?? 0) + 1);
      return (given.get(whose) ?? 0) <= perRecipient;
    });
    return few.slice(0, limit).flatMap(({ delivery }) => ringsFor(delivery));
  }

  async expired(limit: number): Promise<string[]> {
    await this.answering();
    const past = [...this.rows.values()].filter(({ delivery, leased }) => {
      return delivery.state === 'waiting' && !leased && delivery.deadlineAt.getTime() <= Date.now();
    });
    return past.slice(0, limit).map(({ delivery }) => delivery.id);
  }

  async abandoned(): Promise<number> {
    await this.answering();
    return 0;
  }

  async change(id: string, scope: Scope, decide: Decide): Promise<Delivery | null> {
    await this.answering();
    const row = this.rows.get(id);
    if (row === undefined || (scope !== 'any' && !scope.recipients.has(row.delivery.agencyId ?? ''))) return null;
    return this.#turns.take(id, () => this.changeLocked(row, decide));
  }

  private async changeLocked(row: Row, decide: Decide): Promise<Delivery> {
    const { id } = row.delivery;
    const change = await decide({
      delivery: row.delivery,
      package: aboutPackage(row.delivery),
      fetched: row.fetched,
      purged: false,
      leased: row.leased,
      interrupted: row.interrupted,
    });
    if (change === null || !this.isOpen(change.planId, id)) return row.delivery;
    row.delivery = change.move.delivery;
    this.changes.push(change);
    if (change.planId !== undefined) this.plans.get(change.planId)?.items.set(id, 'replayed');
    return row.delivery;
  }

  /** The part of the plans that carries them out. */
  readonly replays: Pick<ReplayPlans, 'next' | 'done' | 'finish'> = {
    next: async (limit) => {
      await this.answering();
      const open = [...this.plans.values()].find(({ plan }) => plan.finishedAt === undefined);
      if (open === undefined) return null;
      const left = [...open.items].filter(([, result]) => result === undefined).map(([id]) => id);
      return { plan: open.plan, deliveryIds: left.slice(0, limit) };
    },
    done: async (planId, id, result) => {
      await this.answering();
      const items = this.plans.get(planId)?.items;
      if (items?.get(id) === undefined) items?.set(id, result);
    },
    finish: async (planId, at) => {
      await this.answering();
      const found = this.plans.get(planId);
      if (found !== undefined) found.plan = { ...found.plan, finishedAt: at };
    },
  };

  /** False when the plan has no such item, or has a result for it already. */
  private isOpen(planId: string | undefined, id: string): boolean {
    if (planId === undefined) return true;
    const items = this.plans.get(planId)?.items;
    return items?.has(id) === true && items.get(id) === undefined;
  }

  private async answering(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.away) throw Object.assign(new Error('connect ENOENT'), { code: 'ENOENT' });
  }

  private free(): Row[] {
    return [...this.rows.values()].filter((row) => this.isFree(row));
  }

  private isFree({ delivery, leased }: Row): boolean {
    const open = breakerState(this.breakers.get(delivery.agencyId ?? '') ?? closedBreaker, new Date()) === 'open';
    return ringsFor(delivery).length > 0 && !leased && !open && delivery.dueAt.getTime() <= Date.now();
  }

  private take(row: Row): Claim {
    const { delivery } = row;
    const agencyId = delivery.agencyId ?? '';
    const breaker = this.breakers.get(agencyId) ?? closedBreaker;
    // one probe at a time
    if (breaker.probeAt !== undefined) this.breakers.set(agencyId, { ...breaker, probeAt: new Date(Date.now() + 120_000) });
    row.leased = true;
    this.claims += 1;
    row.claim = {
      delivery,
      senderAgencyId: 'sender',
      package: { ...aboutPackage(delivery), text: new Uint8Array(), runs: [] },
      target: { agencyId, url: 'https://agency.example/', concurrency: this.caps.get(agencyId) ?? 4 },
      breaker,
      interrupted: row.interrupted,
    };
    return row.claim;
  }
}

function aboutPackage(delivery: Delivery) {
  return { id: delivery.packageId, sha256: '0'.repeat(64), size: 1, receivedAt: new Date(0), sender: 'H61.9' };
}

/** A push delivery that is waiting and due now. */
export function newDelivery(id: string, agencyId: string, more: Partial<Delivery> = {}): Delivery {
  const now = new Date();
  return {
    id,
    packageId: id.replace(/^./, 'f'),
    recipient: agencyId,
    agencyId,
    channel: 'push',
    urgency: 0,
    state: 'waiting',
    turn: 1,
    attempts: 0,
    tries: 0,
    faults: 0,
    dueAt: now,
    deadlineAt: new Date(now.getTime() + 86_400_000),
    ...more,
  };
}
