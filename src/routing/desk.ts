import { interruption, signMoveReceipt } from './deliver.ts';
import type { Delivery, Move } from './delivery.ts';
import { afterAttempt, cancel, expire, hold, release, replay, ringsFor, withdraw } from './delivery.ts';
import type { Event } from './event.ts';
import { handedOver } from './handover.ts';
import type { Standing } from './lifecycle.ts';
import type { AttemptResult } from './outcome.ts';
import { shortDetail } from './outcome.ts';
import type { NewId, Now, RingQueue } from './ports.ts';
import type { Problem } from './problem.ts';
import { reject } from './problem.ts';
import { readdressed } from './readdress.ts';
import type { ReceiptPackage, SignedReceipt, SignReceipt } from './receipt.ts';
import type { RetrySchedules } from './retry.ts';
import type { SurveyPorts } from './route-book.ts';
import { survey } from './route-book.ts';
import { vietnamDay } from './time.ts';
import { fallThrough } from './upward-moves.ts';

/** A delivery under lock, with what a decision about it needs to know. */
export interface Locked {
  readonly delivery: Delivery;
  readonly package: ReceiptPackage;
  /** The recipient has fetched the package at least once since it last became waiting. */
  readonly fetched: boolean;
  /** The content of the package was removed when its time was over. */
  readonly purged: boolean;
  /** A worker is at it right now. */
  readonly leased: boolean;
  /** A worker stopped in the middle of an attempt, and nobody has recorded that. */
  readonly interrupted: boolean;
  /** What its sender did about the document since. */
  readonly standing?: Standing;
}

/** What a decision writes. `attempt` when it ends an attempt of the recipient, or one that was interrupted. */
export interface Change {
  readonly move: Move;
  readonly receipt?: SignedReceipt;
  readonly event: Event;
  readonly attempt?: { readonly id: string; readonly result: AttemptResult; readonly startedAt: Date; readonly finishedAt: Date };
  /**
   * The replay plan that this carries out. Its item for this delivery becomes `replayed` in the same transaction; when the item has
   * a result already, nothing is written, so that a plan never replays a delivery twice.
   */
  readonly planId?: string;
}

/** Narrows which deliveries a caller may touch: those to these agencies, or any. */
export type Scope = { readonly recipients: ReadonlySet<string> } | 'any';

/** The store as moves by persons and recipients need it. */
export interface DeliveryLocks {
  /**
   * Locks the delivery, asks `decide`, and writes what it returns, in one transaction; null from `decide` writes nothing.
   * Returns the delivery as it is afterwards, or null when there is none in this scope. What `decide` throws undoes everything.
   */
  change(id: string, scope: Scope, decide: (locked: Locked) => Promise<Change | null>): Promise<Delivery | null>;
}

/** What the desk asks of the world. */
export interface DeskPorts extends SurveyPorts {
  readonly locks: DeliveryLocks;
  readonly signReceipt: SignReceipt;
  readonly ring: RingQueue;
  readonly newId: NewId;
  readonly now: Now;
}

/** What the desk must know of this gateway. `province`: its level-1 codes. */
export interface DeskSettings {
  readonly gateway: string;
  readonly province: readonly string[];
  readonly schedules: RetrySchedules;
}

/** Who acts, as it goes into the event: `client:<id>`, `cli:<user>`. */
export type Actor = string;

/** What a change is besides a move: the end of an attempt, the item of a plan. */
interface Mark {
  readonly ends?: AttemptResult;
  readonly planId?: string;
}

type Decide = (locked: Locked) => Move | null | Promise<Move | null>;

/**
 * The moves that recipients and operators make. Each throws Rejection DELIVERY_UNKNOWN, MOVE_NOT_ALLOWED, REASON_REQUIRED,
 * DELIVERY_IN_FLIGHT, NOT_FETCHED, DIGEST_DIFFERS or why there is no way to the recipient, and returns the delivery as it is then.
 */
export function createDesk(ports: DeskPorts, settings: DeskSettings) {
  const scheduleOf = (d: Delivery) => settings.schedules[d.urgency];

  async function act(id: string, scope: Scope, actor: Actor, decide: Decide, mark: Mark = {}) {
    const after = await ports.locks.change(id, scope, async (locked) => {
      const move = await decide(locked);
      if (move === null) return null;
      if (locked.purged && move.delivery.state === 'waiting') throw reject('PAYLOAD_PURGED', { params: { package: locked.package.id } });
      if (locked.leased) throw reject('DELIVERY_IN_FLIGHT', { params: { delivery: id } });
      return describe(locked, move, actor, mark);
    });
    if (after === null) throw reject('DELIVERY_UNKNOWN', { params: { delivery: id } });
    ports.ring(ringsFor(after));
    return after;
  }

  /** The delivery with the way that leads to its recipient today: a route may have come, a channel changed, a successor taken over. */
  async function readdress({ delivery, package: about }: Locked, to?: string): Promise<Delivery> {
    const world = await survey(ports, [delivery.recipient], vietnamDay(ports.now()), settings.province);
    const matter = about.sender === undefined ? {} : { sender: about.sender };
    return readdressed(delivery, world, matter, to);
  }

  async function describe(locked: Locked, move: Move, actor: Actor, mark: Mark): Promise<Change> {
    const now = ports.now();
    const { planId, ends = locked.interrupted ? interruption : undefined } = mark;
    const receipt = move.receipt === undefined ? undefined : await signMoveReceipt(ports, settings.gateway, locked.package, move, now);
    return {
      move,
      ...(receipt === undefined ? {} : { receipt }),
      ...(ends === undefined ? {} : { attempt: { id: ports.newId(), result: ends, startedAt: now, finishedAt: now } }),
      ...(planId === undefined ? {} : { planId }),
      event: {
        name: move.event,
        at: now,
        actor,
        packageId: locked.delivery.packageId,
        deliveryId: locked.delivery.id,
        from: locked.delivery.state,
        to: move.delivery.state,
        ...(move.reason === undefined ? {} : { reason: move.reason }),
      },
    };
  }

  return {
    /**
     * The recipient confirms what it fetched; `sha256` (hex), when given, must be that of the package. Twice is the same as once.
     */
    acknowledge(id: string, scope: Scope, actor: Actor, sha256?: string): Promise<Delivery> {
      const result: AttemptResult = { kind: 'delivered', detail: 'acknowledged' };
      return act(
        id,
        scope,
        actor,
        (locked) => {
          if (sha256 !== undefined && sha256.toLowerCase() !== locked.package.sha256) throw reject('DIGEST_DIFFERS');
          if (locked.delivery.state === 'delivered') return null;
          needOpenInbox('ack', locked);
          if (!locked.fetched) throw reject('NOT_FETCHED', { params: { delivery: id } });
          return afterAttempt(locked.delivery, result, scheduleOf(locked.delivery), ports.now(), 0);
        },
        { ends: result },
      );
    },

    /** The recipient sends it back with a reason (NĐ 30/2020 Đ21(2)): the sender is told. Twice is the same as once. */
    refuse(id: string, scope: Scope, actor: Actor, reason: string): Promise<Delivery> {
      const result: AttemptResult = { kind: 'refused', detail: shortDetail(reason) };
      return act(
        id,
        scope,
        actor,
        (locked) => {
          if (reason.trim() === '' || reason.length > 1000) throw reject('REASON_REQUIRED', { params: { move: 'refuse' } });
          if (locked.delivery.state === 'failed' && locked.delivery.problem?.code === 'REFUSED_BY_RECIPIENT') return null;
          needOpenInbox('refuse', locked);
          return afterAttempt(locked.delivery, result, scheduleOf(locked.delivery), ports.now(), 0);
        },
        { ends: result },
      );
    },

    hold: (id: string, actor: Actor, reason: string) => act(id, 'any', actor, ({ delivery }) => hold(delivery, reason)),

    /** `to`: the code of the successor that is to receive it, where several follow the recipient. */
    release: (id: string, actor: Actor, reason: string, to?: string) =>
      act(id, 'any', actor, async (locked) =>
        release(await readdress(notWithdrawn(locked), to), scheduleOf(locked.delivery), ports.now(), reason),
      ),

    /** `planId`: the stored plan whose item this is. */
    replay: (id: string, actor: Actor, reason: string, planId?: string) =>
      act(
        id,
        'any',
        actor,
        async (locked) => replay(await readdress(notWithdrawn(locked)), scheduleOf(locked.delivery), ports.now(), reason),
        planId === undefined ? {} : { planId },
      ),

    cancel: (id: string, actor: Actor, reason: string) => act(id, 'any', actor, ({ delivery }) => cancel(delivery, ports.now(), reason)),

    /** Moves a delivery that waits for an agency which has ended to the one that follows, or holds it for a person. */
    handOver: (id: string) =>
      act(id, 'any', 'gateway', async (locked) => {
        if (locked.delivery.state !== 'waiting' || locked.leased) return null;
        return handedOver(locked.delivery, () => readdress(locked), ports.now());
      }),

    /** The gateway ends a delivery that waits or is held, because its package must not reach anybody any more. */
    withdraw: (id: string, problem: Problem) => act(id, 'any', 'gateway', ({ delivery }) => withdraw(delivery, problem, ports.now())),

    /** What the system above took for a recipient came to nothing there; changes nothing unless it is delivered. */
    fallThrough: (id: string, detail: string) =>
      act(id, 'any', 'gateway', ({ delivery }) => (delivery.state === 'delivered' ? fallThrough(delivery, detail, ports.now()) : null)),

    /** Ends a waiting delivery whose deadline has passed; changes nothing when it has moved on or a worker is at it. */
    expire: (id: string) =>
      act(id, 'any', 'gateway', (locked) => {
        const { delivery, leased } = locked;
        const now = ports.now();
        if (delivery.state !== 'waiting' || leased || delivery.deadlineAt.getTime() > now.getTime()) return null;
        return expire(delivery, whyLate(locked), now);
      }),
  };
}

/** The desk as other modules see it. */
export type Desk = ReturnType<typeof createDesk>;

function needOpenInbox(move: string, { delivery }: Locked): void {
  if (delivery.state !== 'waiting' || delivery.channel !== 'inbox') {
    throw reject('MOVE_NOT_ALLOWED', { params: { move, state: delivery.state } });
  }
}

/** What its sender took back is not delivered again, whatever an operator says. */
function notWithdrawn(locked: Locked): Locked {
  if (locked.standing === 'recalled' || locked.standing === 'removed') {
    throw reject('DELIVERY_WITHDRAWN', { params: { recipient: locked.delivery.recipient } });
  }
  return locked;
}

function whyLate({ delivery, fetched }: Locked): string {
  if (delivery.channel !== 'inbox') return 'chưa gửi được (not delivered)';
  return fetched ? 'đã tải về, chưa xác nhận (fetched, not acknowledged)' : 'chưa tải về (not fetched)';
}
