import { createHash } from 'node:crypto';
import type { Profile } from './routing/profile.ts';
import { vietnamDay } from './routing/time.ts';
import { type OwnUnits, unitFrom } from './routing/unit.ts';
import type { Store } from './store.ts';

/** The agencies that systems register for themselves, in this store; as the profile of the gateway has new agencies. */
export function createOwnUnits(
  { facade, successions, newId, now }: Store,
  { signaturePolicy }: Pick<Profile, 'signaturePolicy'>,
): OwnUnits {
  return {
    async register(fields, client) {
      const { unit, contacts } = unitFrom(fields, { id: newId(), signaturePolicy });
      await facade.addUnit(unit, contacts, client);
    },
    async close(code, client) {
      if ((await facade.unitState(code, client.id)) === 'closed') return;
      const row = { line: 1, kind: 'close', from: code, on: vietnamDay(now()), basis: 'deleteAgency' } as const;
      const sha256 = createHash('sha256').update(JSON.stringify(row)).digest('hex');
      await successions.apply({ name: 'deleteAgency', sha256, rows: [row] }, `client:${client.id}`, false);
    },
  };
}
