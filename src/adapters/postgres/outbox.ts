import type pg from 'pg';
import type { Outbox } from '../../routing/outbox.ts';
import type { Now } from '../../routing/ports.ts';
import type { ById, ByLane, LeaseSettings } from './claims.ts';
import { createClaims } from './claims.ts';
import { grouped } from './grouped.ts';
import { isAway } from './pool.ts';
import type { Settling } from './settlements.ts';
import { settleAll } from './settlements.ts';

/** One statement of each kind at a time: the busier it is, the more share one. Claims bring whole texts, up to 4 MiB each. */
const claimsTogether = { groups: 1, items: 16, weight: 16, pause: 0, weightOf: () => 1 };
const settlementsTogether = { groups: 1, items: 64, weight: 64, pause: 0, weightOf: () => 1 };

/** The way out on PostgreSQL. What comes while other claims or settlements are at work shares the next statement of its kind. */
export function createOutbox(pool: pg.Pool, lease: LeaseSettings, now: Now): Outbox {
  const claims = createClaims(pool, lease, now);
  const byId = grouped((asked: readonly ById[]) => claims.byId(asked), claimsTogether, isAway);
  const byLane = grouped((asked: readonly ByLane[]) => claims.byLane(asked), claimsTogether, isAway);
  const settle = grouped((group: readonly Settling[]) => settleAll(pool, lease.worker, group), settlementsTogether, isAway);
  return {
    claim: (deliveryId, turn) => byId({ deliveryId, turn }),
    claimNext: (agencyId, lane) => byLane({ agencyId, lane }),
    settle: (claim, settlement) => settle({ claim, settlement }),
  };
}
