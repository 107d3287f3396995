import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../src/config.ts';
import type { Store } from '../src/store.ts';
import { openStore } from '../src/store.ts';
import type { GatewayProcess } from '../tests/support/gateway-process.ts';
import { startGatewayProcess } from '../tests/support/gateway-process.ts';
import type { Participant } from '../tests/support/participants.ts';
import { enrol } from '../tests/support/participants.ts';
import type { ProcessorTime } from './processor-time.ts';
import { processorTime } from './processor-time.ts';

/** How a gateway to be measured is run. */
export interface BenchOptions {
  /** Redis for the queue; the embedded PostgreSQL without it. */
  readonly redisUrl?: string | undefined;
  /** Arguments for the gateway's node. */
  readonly nodeArgs?: readonly string[];
  /** Variables that differ from what the product sets. */
  readonly env?: Readonly<Record<string, string>>;
  /** URL that packages for the pushed agencies go to. */
  readonly pushTo?: string;
}

/** A gateway on a fresh data folder, with everything as the product sets it, on the disk of the temporary folder. */
export interface BenchGateway {
  readonly url: string;
  readonly queue: 'postgres' | 'redis';
  readonly process: GatewayProcess;
  /** Its data folder. */
  readonly data: string;
  /** Processor time used so far by everybody. */
  processorTime(): Promise<ProcessorTime>;
  readonly senders: readonly Participant[];
  /** Codes of agencies that fetch, and of agencies that are pushed to. */
  readonly inboxes: readonly string[];
  readonly pushed: readonly string[];
  /** Works on the gateway's store while it runs or while it does not. */
  withStore<T>(work: (store: Store) => Promise<T>): Promise<T>;
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

const agencies = 8;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Starts one. */
export async function openGateway(options: BenchOptions = {}): Promise<BenchGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-bench-'));
  await chmod(folder, 0o755);
  const data = join(folder, 'data');
  const env = {
    LIENTHONG_DATA: data,
    LIENTHONG_PORT: '0',
    LIENTHONG_PUSH_ALLOW: '127.0.0.0/8',
    ...(options.redisUrl === undefined ? {} : { REDIS_URL: options.redisUrl }),
    ...options.env,
  };
  const withStore = async <T>(work: (store: Store) => Promise<T>) => {
    const store = await openStore(readConfig(env), silent);
    return work(store).finally(() => store.close());
  };
  const codes = (kind: string) => Array.from({ length: agencies }, (_, i) => `000.0${i + 1}.${kind}.H61`);
  // an axis pushes nothing
  const pushed = options.env?.['LIENTHONG_PROFILE'] === 'axis' ? [] : codes('30');
  const { senders, inboxes } = { senders: codes('10'), inboxes: codes('20') };
  const participants = await withStore((store) =>
    enrol(store, [
      ...[...senders, ...inboxes].map((code) => ({ code })),
      ...pushed.map((code) => ({ code, pushUrl: options.pushTo ?? 'http://127.0.0.1:9/none' })),
    ]),
  );
  const start = () => startGatewayProcess(env, { logFile: join(folder, 'gateway.log'), nodeArgs: options.nodeArgs ?? [] });
  let running = await start();
  const stop = async () => void (await running.stop());
  return {
    get url() {
      return running.url;
    },
    get process() {
      return running;
    },
    processorTime: async () => processorTime(running.pid, await postmasterIn(data)),
    data,
    queue: options.redisUrl === undefined ? 'postgres' : 'redis',
    senders: participants.filter(({ code }) => senders.includes(code)),
    inboxes,
    pushed,
    withStore,
    stop,
    async restart() {
      await stop();
      running = await start();
    },
    async remove() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function postmasterIn(data: string): Promise<number | undefined> {
  const text = await readFile(join(data, 'postgres', 'cluster', 'postmaster.pid'), 'utf8').catch(() => '');
  return text === '' ? undefined : Number(text.split('\n')[0]);
}
