import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, OperatorDelivery, PackageLine } from '../src/client/client.ts';

/** Everything the gateway has, as its operator sees it. Oldest first. */
export interface Snapshot {
  readonly packages: readonly PackageLine[];
  readonly deliveries: readonly OperatorDelivery[];
}

const every = 200;

/** Looks at the gateway again and again, shows what it sees, and tells who waits for something. */
export class Monitor {
  readonly #operator: Client['operator'];
  readonly #show: (snapshot: Snapshot) => void;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** Rejects when looking fails. */
  failed: Promise<never> = new Promise(() => undefined);

  constructor(client: Client, show: (snapshot: Snapshot) => void) {
    this.#operator = client.operator;
    this.#show = show;
  }

  start(): void {
    this.#running = this.#watch();
    this.failed = this.#running.then(() => new Promise<never>(() => undefined));
    this.failed.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running.catch(() => undefined);
  }

  async look(): Promise<Snapshot> {
    const [{ packages }, { deliveries }] = await Promise.all([
      this.#operator.packages({ limit: 100 }),
      this.#operator.deliveries({ limit: 100 }),
    ]);
    const snapshot = { packages: packages.toReversed(), deliveries: deliveries.toReversed() };
    this.#show(snapshot);
    return snapshot;
  }

  /** Waits until the gateway is as `condition` says and returns what was seen. Throws when it is not so in time. */
  async until(what: string, seconds: number, condition: (snapshot: Snapshot) => boolean): Promise<Snapshot> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const snapshot = await this.look();
      if (condition(snapshot)) return snapshot;
      if (Date.now() > end) throw new Error(`sau ${seconds} giây vẫn chưa: ${what} / not within ${seconds} s: ${what}`);
      await sleep(every, undefined, { signal: this.#stopping.signal });
    }
  }

  async #watch(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.look();
      await sleep(every, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }
}
