import type { PgPool, PgPoolClient } from 'bullmq';

/** A connection of the pool that the queue is given. `pg.PoolClient` is one. */
export interface QueuePoolClient {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  release(destroy?: Error | boolean): void;
}

/** A pool of connections to PostgreSQL that nobody but the queue uses. `pg.Pool` is one. */
export interface QueuePool {
  connect(): Promise<QueuePoolClient>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/**
 * BullMQ's statements name no schema. A ring that a crash of the database loses is rung again by the sweeper, so its commits need
 * not wait for the disk: that is a third more jobs, and none of them holds up the commits that must be durable.
 */
const session = 'set search_path to bullmq; set synchronous_commit to off';

/** The pool as BullMQ wants it: every connection has the session settings of the queue before its first statement. */
export function sessionPool(pool: QueuePool): PgPool {
  const prepared = new WeakSet<QueuePoolClient>();

  async function connect(): Promise<QueuePoolClient> {
    const client = await pool.connect().catch((error: unknown) => {
      throw lost(error);
    });
    if (prepared.has(client)) return client;
    // Between two statements nobody else listens, and an error that nobody hears ends the process.
    client.on('error', () => undefined);
    try {
      await client.query(session);
    } catch (error) {
      client.release(true);
      throw lost(error);
    }
    prepared.add(client);
    return client;
  }

  async function query(text: string, values?: readonly unknown[]) {
    const client = await connect();
    try {
      const result = await client.query(text, values === undefined ? undefined : [...values]);
      client.release();
      return result;
    } catch (error) {
      client.release(true);
      throw isLoss(error) ? lost(error) : error;
    }
  }

  const facade = {
    query,
    connect: () => connect() as Promise<PgPoolClient>,
    // The pool is its maker's to end.
    end: async () => undefined,
    on(event: string, listener: (error: Error) => void) {
      if (event === 'error') pool.on('error', listener);
      return facade;
    },
    removeAllListeners: () => facade,
  };
  return facade as unknown as PgPool;
}

/** Errors of a statement that say nothing of it: the server ended the session or is going down, or there is no SQL state at all. */
function isLoss(error: unknown): boolean {
  const code = String((error as { code?: unknown }).code ?? '');
  return !/^[0-9A-Z]{5}$/.test(code) || code.startsWith('08') || code.startsWith('57P');
}

/** BullMQ waits and tries again only when it sees this code; by any other error it loses the job, or spins. */
function lost(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  return Object.assign(new Error(`the database of the queue is away: ${message}`, { cause: error }), { code: 'ECONNREFUSED' });
}
