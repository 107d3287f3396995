import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { GatewayKey } from './adapters/pki/gateway-key.ts';
import type { KeyKind } from './adapters/pki/issue-certificate.ts';
import { createReceiptSigner } from './adapters/pki/receipt-xml.ts';
import { createActStore } from './adapters/postgres/acts.ts';
import { createFindGroups } from './adapters/postgres/agency-groups.ts';
import { createAnswersFor } from './adapters/postgres/answers-for.ts';
import { createClients } from './adapters/postgres/clients.ts';
import { createLookUp } from './adapters/postgres/directory.ts';
import { createDirectoryDesk } from './adapters/postgres/directory-desk.ts';
import type { Log } from './adapters/postgres/embedded.ts';
import { createEntries } from './adapters/postgres/entries.ts';
import { noteEvent } from './adapters/postgres/event-chain.ts';
import { createAxisLists } from './adapters/postgres/facade-lists.ts';
import { createAxisSystems } from './adapters/postgres/facade-systems.ts';
import { createAxisUnits } from './adapters/postgres/facade-units.ts';
import { createKeyRecord } from './adapters/postgres/gateway-keys.ts';
import { createHolidays, createReadCalendar } from './adapters/postgres/holidays.ts';
import type { InboxBell } from './adapters/postgres/inbox-bell.ts';
import { createInboxBell } from './adapters/postgres/inbox-bell.ts';
import { readLedger } from './adapters/postgres/ledger.ts';
import { createLevelOneCodes } from './adapters/postgres/level-one.ts';
import { createDeliveryLocks } from './adapters/postgres/locks.ts';
import { createLoginFailures } from './adapters/postgres/login-failures.ts';
import { createMailbox, createReceiptFeed } from './adapters/postgres/mailbox.ts';
import { createReadPast } from './adapters/postgres/past.ts';
import { createPolls } from './adapters/postgres/polls.ts';
import { createQuarantines } from './adapters/postgres/quarantines.ts';
import { createRecords, referencedRuns } from './adapters/postgres/records.ts';
import { createRegister } from './adapters/postgres/register.ts';
import { createReplayPlans } from './adapters/postgres/replay-plans.ts';
import { createReports } from './adapters/postgres/reports.ts';
import { createRetention } from './adapters/postgres/retention.ts';
import { createRevocationRecords } from './adapters/postgres/revocation.ts';
import { createReadRouteBook, createRouteBoard } from './adapters/postgres/route-book.ts';
import { createSuccessions } from './adapters/postgres/successions.ts';
import { createReadEvidence } from './adapters/postgres/trust-evidence.ts';
import { createTrustRegister } from './adapters/postgres/trust-register.ts';
import type { Storage } from './adapters/storage/content.ts';
import { createStorage } from './adapters/storage/content.ts';
import type { Config } from './config.ts';
import type { Database } from './database.ts';
import { openDatabase } from './database.ts';
import { keyOptions } from './key-options.ts';
import type { AnswersFor } from './routing/act-intake.ts';
import type { Clients, LoginFailures } from './routing/clients.ts';
import type { Desk } from './routing/desk.ts';
import { createDesk } from './routing/desk.ts';
import type { DirectoryDesk, LevelOneCodes } from './routing/directory-desk.ts';
import type { Entries, Polls } from './routing/entries.ts';
import type { Event } from './routing/event.ts';
import type { ReadEvidence } from './routing/evidence.ts';
import type { ReadPast } from './routing/explain.ts';
import type { AxisLists, AxisSystems, AxisUnits } from './routing/facade.ts';
import type { KeyRecord } from './routing/gateway-keys.ts';
import { createNewId } from './routing/ids.ts';
import type { Holidays, ReadCalendar } from './routing/law.ts';
import { withLaw } from './routing/law.ts';
import type { Ledger } from './routing/ledger.ts';
import type { LifecycleDesk } from './routing/lifecycle-desk.ts';
import { createLifecycleDesk } from './routing/lifecycle-desk.ts';
import type { Mailbox, ReceiptFeed } from './routing/mailbox.ts';
import type { OutgoingPackage } from './routing/outbox.ts';
import type { NewId, Now, RingQueue } from './routing/ports.ts';
import { bookUnder, profiles, registerUnder } from './routing/profile.ts';
import type { Quarantines } from './routing/quarantine.ts';
import type { SignReceipt } from './routing/receipt.ts';
import type { Records, ReplayPlans } from './routing/records.ts';
import type { Register } from './routing/register.ts';
import type { Reports } from './routing/report.ts';
import type { Retention } from './routing/retention.ts';
import type { RevocationRecords } from './routing/revocation.ts';
import type { RouteBoard } from './routing/route-board.ts';
import type { SurveyPorts } from './routing/route-book.ts';
import type { Successions } from './routing/successions.ts';
import type { TrustRegister } from './routing/trust-register.ts';
import type { SigningKeys } from './signing-keys.ts';
import { openSigningKeys, rotateKey } from './signing-keys.ts';

/** The data folder and the database as everything in this process works on them: the gateway, and each command of the CLI. */
export interface Store extends SurveyPorts {
  readonly database: Database;
  readonly storage: Storage;
  readonly keys: SigningKeys;
  readonly keyRecord: KeyRecord;
  /** Makes a key in the data folder that signs from now on, and notes it before it does. */
  newKey(kind: KeyKind): Promise<GatewayKey>;
  readonly signReceipt: SignReceipt;
  readonly bell: InboxBell;
  readonly register: Register;
  readonly clients: Clients;
  readonly loginFailures: LoginFailures;
  readonly successions: Successions;
  readonly directory: DirectoryDesk;
  readonly levelOne: LevelOneCodes;
  readonly trust: TrustRegister;
  readonly evidence: ReadEvidence;
  readonly revocation: RevocationRecords;
  readonly quarantines: Quarantines;
  /** Records one event that goes with no other change. */
  note(event: Event): Promise<void>;
  readonly records: Records;
  readonly plans: ReplayPlans;
  readonly board: RouteBoard;
  readonly readPast: ReadPast;
  readonly holidays: Holidays;
  readonly retention: Retention;
  readonly reports: Reports;
  readonly readCalendar: ReadCalendar;
  readonly mailbox: Mailbox;
  readonly receipts: ReceiptFeed;
  readonly desk: Desk;
  readonly answersFor: AnswersFor;
  readonly lifecycle: LifecycleDesk;
  readonly facade: AxisSystems & AxisLists & AxisUnits;
  readonly entries: Entries;
  readonly polls: Polls;
  readonly newId: NewId;
  readonly now: Now;
  /** The content of an accepted package for an operator, with the event that says so. Null when there is none. */
  exportPackage(id: string, actor: string): Promise<OutgoingPackage | null>;
  /** Those of the digests (SHA-256, hex) that a package names as one of its runs. */
  referenced(digests: readonly string[]): Promise<Set<string>>;
  /** Reads and checks the ledger since a day; `progress` is told how many packages were checked. */
  ledger(since: Date, progress: (packages: number) => void): Promise<Ledger>;
  close(): Promise<void>;
}

/** Random bytes from a supply that is filled 512 ids at a time. */
function pooledRandom(): (n: number) => Uint8Array {
  let supply = randomBytes(4096);
  let used = 0;
  return (n) => {
    if (used + n > supply.length) {
      supply = randomBytes(4096);
      used = 0;
    }
    used += n;
    return supply.subarray(used - n, used);
  };
}

/** How a store is opened: how many database connections, and what is rung when a delivery becomes due (the sweeper, if absent). */
export interface StoreOptions {
  readonly connections?: number;
  readonly ring?: RingQueue;
}

/** Opens the store of this configuration, starting or adopting the embedded database. */
export async function openStore(config: Config, log: Log, options: StoreOptions = {}): Promise<Store> {
  const now: Now = () => new Date();
  const newId = createNewId(now, pooledRandom());
  const database = await openDatabase(config, log, options.connections ?? 4);
  try {
    return await assemble(config, database, { now, newId, ring: options.ring ?? (() => undefined) });
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function assemble(config: Config, database: Database, basis: { now: Now; newId: NewId; ring: RingQueue }): Promise<Store> {
  const { pool } = database;
  const { now, newId, ring } = basis;
  const profile = profiles[config.profile];
  const storage = createStorage({ dir: config.data, minFreeBytes: config.minFreeBytes });
  const keyRecord = createKeyRecord(pool, now);
  const keys = await openSigningKeys(() => keyOptions(config, now()), keyRecord);
  const signReceipt = createReceiptSigner(keys.current);
  const bell = createInboxBell(pool);
  const ways: SurveyPorts = {
    lookUp: createLookUp(pool, now),
    readBook: bookUnder(profile, createReadRouteBook(pool, now)),
    findGroups: createFindGroups(pool),
  };
  // Who decides inside a transaction looks things up meanwhile: on connections of its own, else as many at once wait for each other.
  const deciding = database.newPool(4);
  const locks = createDeliveryLocks(deciding, (ids) => bell.ring(ids));
  const readCalendar = createReadCalendar(pool, lawPolicyOf(config), now);
  const records = withLaw(createRecords(pool), readCalendar, now);
  const desk = createDesk({ ...ways, locks, signReceipt, ring, newId, now }, config);
  const answersFor = createAnswersFor(pool, now);
  const actStore = createActStore(deciding, (ids) => bell.ring(ids), now);
  const lifecycle = createLifecycleDesk({ store: actStore, locks, answersFor, signReceipt, ring, newId, now }, config);
  return {
    database,
    storage,
    keys,
    keyRecord,
    newKey: (kind) => rotateKey(keyOptions(config, now()), kind, keyRecord),
    signReceipt,
    bell,
    ...ways,
    board: createRouteBoard(pool, now),
    readPast: createReadPast(pool),
    holidays: createHolidays(pool, now),
    reports: createReports(pool, { readCalendar, now }),
    retention: createRetention(pool, config, { now, newId }),
    readCalendar,
    register: registerUnder(profile, createRegister(pool, now)),
    clients: createClients(pool, now),
    loginFailures: createLoginFailures(pool, now),
    successions: createSuccessions(pool, now, newId),
    directory: createDirectoryDesk(pool, now),
    levelOne: createLevelOneCodes(pool, now),
    trust: createTrustRegister(pool, now),
    evidence: createReadEvidence(pool),
    revocation: createRevocationRecords(pool),
    quarantines: createQuarantines(pool),
    note: (event) => noteEvent(pool, event),
    records,
    plans: createReplayPlans(pool),
    mailbox: createMailbox(pool, bell, now),
    receipts: createReceiptFeed(pool),
    desk,
    answersFor,
    lifecycle,
    entries: createEntries(pool, now),
    polls: createPolls(pool, now),
    facade: { ...createAxisSystems(pool, now), ...createAxisLists(pool, now), ...createAxisUnits(pool, now) },
    newId,
    now,
    referenced: (digests) => referencedRuns(pool, digests),
    exportPackage: (id, actor) => exportPackage(pool, records, id, actor, now()),
    ledger: (since, progress) =>
      patiently(database, (patient) => readLedger(patient, since, (content) => checkContent(storage, content), progress)),
    async close() {
      bell.close();
      await database.close();
    },
  };
}

const lawPolicyOf = ({ workingHours, urgentMinutes, warnPercent }: Config) => ({ hours: workingHours, urgentMinutes, warnPercent });

async function exportPackage(pool: pg.Pool, records: Records, id: string, actor: string, at: Date) {
  const content = await records.content(id);
  if (content !== null) await noteEvent(pool, { name: 'package.exported', at, actor, packageId: id });
  return content;
}

async function checkContent(storage: Storage, content: OutgoingPackage): Promise<'sound' | 'missing' | 'altered'> {
  return storage.check(content.text, content.runs, content.sha256);
}

async function patiently<T>(database: Database, work: (pool: pg.Pool) => Promise<T>): Promise<T> {
  return work(database.newPool(2, { patient: true }));
}
