import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '../../src/client/client.ts';
import { createClient } from '../../src/client/client.ts';
import { readConfig } from '../../src/config.ts';
import type { RetrySchedule } from '../../src/routing/retry.ts';
import { openStore } from '../../src/store.ts';
import type { TestDatabase } from './database.ts';
import { testDatabase } from './database.ts';
import type { GatewayEnv, GatewayProcess, ProcessOptions } from './gateway-process.ts';
import { startGatewayProcess } from './gateway-process.ts';
import type { Credentials, Participant, ParticipantSpec } from './participants.ts';
import { basicAuth, enrol, enrolClient } from './participants.ts';
import type { PushReceiver } from './push-receiver.ts';
import { startPushReceiver } from './push-receiver.ts';

/** How a gateway for tests differs from the usual one. */
export interface GatewayOptions {
  /** Agencies beside the usual ones; a function gets the receiver that pushes may go to. */
  readonly agencies?: readonly ParticipantSpec[] | ((receiver: PushReceiver) => readonly ParticipantSpec[]);
  /** True: none of the usual agencies, only those of `agencies`. */
  readonly bare?: boolean;
  /** False: no certificate of an agency is registered, as on an axis. */
  readonly certificates?: boolean;
  readonly env?: GatewayEnv;
  /** `own`: a database on the server of the test run. `embedded`: the default of the product, in the data folder. Or that of a URL. */
  readonly database?: 'own' | 'embedded' | { readonly url: string };
  /** Where the data goes; a folder of its own without it. */
  readonly data?: string;
  /** Roles of the processes that are started; the first that has an API gives the URL. */
  readonly roles?: readonly ('api' | 'worker' | 'all')[];
}

/** Codes of the usual agencies: two that fetch and one that is pushed to, all of the province H61. */
export const usual = { department: '000.00.12.H61', commune: '000.00.45.H61', pushed: '000.00.46.H61' } as const;

/** The value of LIENTHONG_SCHEDULES that gives every urgency the same schedule. */
export function sameSchedule(schedule: RetrySchedule): string {
  return JSON.stringify(Object.fromEntries([0, 1, 2, 3, 4].map((urgency) => [urgency, schedule])));
}

/** Retries that a test need not wait for, and a deadline that it does not reach. */
const quick: RetrySchedule = { delays: [0.3, 0.3, 0.5], afterwards: 1, deadlineHours: 100 };

/** A real gateway in processes of its own, on a data folder and a database of its own, with agencies that take part. */
export interface TestGateway {
  readonly url: string;
  /** Variables that the processes got; a command line with them works on the same data. */
  readonly env: GatewayEnv;
  readonly folder: string;
  readonly receiver: PushReceiver;
  /** Only for a database on the server of the test run. */
  readonly database: TestDatabase | undefined;
  readonly processes: readonly GatewayProcess[];
  readonly operator: Client;
  /** What the operator logs in with. */
  readonly operatorLogin: Credentials;
  agency(code: string): Participant;
  /** The client library, logged in as the system of an agency. */
  client(code: string): Client;
  /** Rows of its database. */
  rows<T extends object>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  /** One request as an agency's system, or with the headers given. */
  request(path: string, options: RequestOptions): Promise<Response>;
  /** How many files lie in the spool. */
  spooled(): Promise<number>;
  /** Starts the processes again, stopping those that still run; with other variables where given. */
  restart(env?: GatewayEnv): Promise<void>;
  close(): Promise<void>;
}

/** One request. `as`: code of the agency whose system asks. */
export interface RequestOptions {
  readonly as?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: NonNullable<RequestInit['body']>;
  readonly signal?: AbortSignal;
}

/** Starts a gateway. The caller closes it. */
export async function startTestGateway(options: GatewayOptions = {}): Promise<TestGateway> {
  const gateway = new RunningGateway(options);
  try {
    await gateway.prepare();
    await gateway.restart();
    return gateway;
  } catch (error) {
    await gateway.close();
    throw error;
  }
}

class RunningGateway implements TestGateway {
  readonly #options: GatewayOptions;
  readonly #participants = new Map<string, Participant>();
  readonly #clients = new Map<string, Client>();
  folder = '';
  env: GatewayEnv = {};
  database: TestDatabase | undefined;
  processes: GatewayProcess[] = [];
  operatorLogin: Credentials = { id: 'van-hanh', secret: '' };
  #receiver: PushReceiver | undefined;

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  get url(): string {
    return this.processes.find(({ url }) => url !== '')?.url ?? '';
  }

  get receiver(): PushReceiver {
    if (this.#receiver === undefined) throw new Error('there is no receiver yet');
    return this.#receiver;
  }

  get operator(): Client {
    return this.#clientFor(this.operatorLogin);
  }

  async prepare(): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'lienthong-gateway-'));
    // The embedded server runs as another user when the tests run as root.
    await chmod(this.folder, 0o755);
    this.#receiver = await startPushReceiver();
    const { database = 'own', data = join(this.folder, 'data') } = this.#options;
    if (database === 'own') this.database = await testDatabase();
    const url = typeof database === 'object' ? database.url : this.database?.url;
    this.env = {
      LIENTHONG_DATA: data,
      LIENTHONG_PORT: '0',
      LIENTHONG_MIN_FREE_BYTES: '0',
      LIENTHONG_PUSH_ALLOW: '127.0.0.0/8',
      LIENTHONG_SWEEP_SECONDS: '0.2',
      LIENTHONG_SCHEDULES: sameSchedule(quick),
      ...(url === undefined ? {} : { DATABASE_URL: url }),
      ...this.#options.env,
    };
    await this.#enrol();
  }

  async #enrol(): Promise<void> {
    const { agencies = [], bare = false } = this.#options;
    const more = typeof agencies === 'function' ? agencies(this.receiver) : agencies;
    const ordinary = [{ code: usual.department }, { code: usual.commune }, { code: usual.pushed, pushUrl: this.receiver.url('xa') }];
    const all = [...(bare ? [] : ordinary), ...more];
    const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const store = await openStore(readConfig(this.env), silent);
    try {
      for (const participant of await enrol(store, all, this.#options.certificates)) this.#participants.set(participant.code, participant);
      this.operatorLogin = await enrolClient(store, 'van-hanh', ['operate', 'audit']);
    } finally {
      await store.close();
    }
  }

  async restart(env: GatewayEnv = {}): Promise<void> {
    this.env = { ...this.env, ...env };
    await Promise.all(this.processes.splice(0).map((one) => one.stop()));
    for (const role of this.#options.roles ?? (['all'] as const)) {
      const options: ProcessOptions = { role, logFile: join(this.folder, `${role}.log`) };
      this.processes.push(await startGatewayProcess(this.env, options));
    }
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  agency(code: string): Participant {
    const found = this.#participants.get(code);
    if (found === undefined) throw new Error(`no agency ${code} takes part`);
    return found;
  }

  client(code: string): Client {
    return this.#clientFor(this.agency(code).client);
  }

  #clientFor(login: Credentials): Client {
    const known = this.#clients.get(login.id) ?? createClient({ url: this.url, ...login, retries: 0 });
    this.#clients.set(login.id, known);
    return known;
  }

  async spooled(): Promise<number> {
    const entries = await readdir(join(this.env['LIENTHONG_DATA'] ?? '', 'spool'), { recursive: true, withFileTypes: true }).catch(
      () => [],
    );
    return entries.filter((entry) => entry.isFile()).length;
  }

  async rows<T extends object>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    if (this.database === undefined) throw new Error('the gateway has no database of its own');
    return (await this.database.pool.query<T>(sql, [...values])).rows;
  }

  request(path: string, { as, headers, body, ...rest }: RequestOptions): Promise<Response> {
    const login = as === undefined ? {} : basicAuth(this.agency(as).client);
    const init: RequestInit = { ...rest, headers: { ...login, ...headers } };
    // A body that is a stream needs to be told that the answer is read after it.
    return fetch(new URL(path, this.url), body === undefined ? init : { method: 'POST', ...init, body, duplex: 'half' });
  }

  async close(): Promise<void> {
    for (const client of this.#clients.values()) client.close();
    await Promise.all(this.processes.map((one) => one.stop()));
    await this.#receiver?.close();
    await this.database?.drop();
    if (this.folder !== '') await rm(this.folder, { recursive: true, force: true });
  }
}
