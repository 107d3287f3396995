import { createLookUp } from '../../src/adapters/postgres/directory.ts';
import { createInboxBell } from '../../src/adapters/postgres/inbox-bell.ts';
import { createIntake } from '../../src/adapters/postgres/intake.ts';
import { createDeliveryLocks } from '../../src/adapters/postgres/locks.ts';
import { createMailbox, createReceiptFeed } from '../../src/adapters/postgres/mailbox.ts';
import { createPool } from '../../src/adapters/postgres/pool.ts';
import { createRecords } from '../../src/adapters/postgres/records.ts';
import { createRegister } from '../../src/adapters/postgres/register.ts';
import type { DeliveryLocks } from '../../src/routing/desk.ts';
import { createDesk } from '../../src/routing/desk.ts';
import type { AgencyEntry, LookUp } from '../../src/routing/directory.ts';
import type { Intake } from '../../src/routing/intake.ts';
import type { Mailbox, ReceiptFeed } from '../../src/routing/mailbox.ts';
import type { Records } from '../../src/routing/records.ts';
import type { Agency } from '../../src/routing/register.ts';
import { defaultSchedules } from '../../src/routing/retry.ts';
import { newId } from '../support/acceptance.ts';
import { testDatabase } from '../support/database.ts';
import { createMemoryMailbox, createMemoryReceipts } from '../support/memory-feeds.ts';
import { createMemoryRecords } from '../support/memory-records.ts';
import type { MemoryTables } from '../support/memory-tables.ts';
import { createMemoryIntake, createMemoryLocks, createMemoryTables } from '../support/memory-tables.ts';
import { bookWith } from '../support/route-books.ts';

export const now = () => new Date();

/** The ports of the way in and of the inboxes over one store. */
export interface Store {
  readonly intake: Intake;
  readonly mailbox: Mailbox;
  readonly receipts: ReceiptFeed;
  readonly locks: DeliveryLocks;
  readonly records: Pick<Records, 'package'>;
  readonly lookUp: LookUp;
  close(): Promise<void>;
}

/** Over tables in memory. */
export function storeInMemory(agencies: readonly Agency[]): Store & { readonly tables: MemoryTables } {
  const tables = createMemoryTables(agencies.map(({ id, name, codes }) => ({ id, name, code: codes[0]?.code ?? '' })));
  const entry = ({ id, name, status, channel, signaturePolicy }: Agency): AgencyEntry => {
    return { id, name, status, codeValid: true, channel, signaturePolicy, certificates: [] };
  };
  return {
    tables,
    intake: createMemoryIntake(tables),
    mailbox: createMemoryMailbox(tables, now),
    receipts: createMemoryReceipts(tables),
    locks: createMemoryLocks(tables),
    records: createMemoryRecords(tables),
    lookUp: async (codes) => {
      const found = agencies.filter((one) => codes.includes(one.codes[0]?.code ?? ''));
      return new Map(found.map((one) => [one.codes[0]?.code ?? '', entry(one)]));
    },
    close: async () => undefined,
  };
}

/** Over a PostgreSQL database of its own. */
export async function storeOnPostgres(agencies: readonly Agency[]) {
  const database = await testDatabase();
  const pool = createPool({ url: database.url }, 10, { warn: () => undefined });
  const bell = createInboxBell(pool);
  await createRegister(pool, now).add([...agencies], 'test');
  const store: Store = {
    intake: createIntake(pool, (ids) => bell.ring(ids)),
    mailbox: createMailbox(pool, bell, now),
    receipts: createReceiptFeed(pool),
    locks: createDeliveryLocks(pool, (ids) => bell.ring(ids)),
    records: createRecords(pool),
    lookUp: createLookUp(pool, now),
    async close() {
      bell.close();
      await pool.end();
      await database.drop();
    },
  };
  return { ...store, pool };
}

/** The moves of persons over a store. */
export function deskOver({ locks, lookUp }: Pick<Store, 'locks' | 'lookUp'>) {
  const ports = { ...bookWith(), locks, lookUp, signReceipt: async () => '<Receipt/>', ring: () => undefined, newId, now };
  return createDesk(ports, { gateway: 'test', province: ['H61'], schedules: defaultSchedules });
}
