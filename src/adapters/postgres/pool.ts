import pg from 'pg';
import { reject } from '../../routing/problem.ts';

/** What the store logs through. */
export interface StoreLog {
  warn(fields: object, message: string): void;
}

/** Where the database is: a URL, or the socket folder of the embedded server. */
export type Connection =
  | { readonly url: string }
  | { readonly host: string; readonly port: number; readonly user: string; readonly database: string; readonly ssl: false };

const { INT8, DATE } = pg.types.builtins;

/**
 * How columns are read: bigint columns hold sizes and positions far below 2^53, so they become numbers; days stay the text
 * `yyyy-mm-dd`, for a Date would move them by the time zone of the process.
 */
const columnTypes: pg.CustomTypesConfig = {
  getTypeParser(id: number, format?: 'text' | 'binary') {
    if (format !== 'binary' && id === INT8) return Number;
    if (format !== 'binary' && id === DATE) return String;
    return pg.types.getTypeParser(id, format as 'text');
  },
};

/** `patient`: statements may take hours (checks of the whole store). `plain`: columns are read as `pg` does, for the queue library. */
export interface PoolOptions {
  readonly patient?: boolean;
  readonly plain?: boolean;
}

/**
 * A pool of `max` connections. Statements end after 30 s, so that a hung one can't hold its locks for ever; a server restart is
 * logged and survived.
 */
export function createPool(connection: Connection, max: number, log: StoreLog, options: PoolOptions = {}): pg.Pool {
  const pool = new pg.Pool({
    ...('url' in connection ? { connectionString: connection.url } : connection),
    max,
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: 60_000,
    statement_timeout: options.patient ? 0 : 30_000,
    application_name: 'lienthong',
    // the busy statements are prepared and never gain by being planned again for their values
    ...(options.plain ? {} : { types: columnTypes, options: '-c plan_cache_mode=force_generic_plan' }),
  });
  pool.on('error', (error) => log.warn({ err: error }, 'database connection lost'));
  // a connection that breaks while it is lent out, between two statements, has no other listener: it would end the process
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** Anything that runs a statement: the pool, or a client inside a transaction. */
export type Queryable = Pick<pg.Pool, 'query'>;

const awayCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08006',
  '08001',
]);

/** True when an error says that the database is away, starting or stopping, and not that a statement was wrong. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: string }).code ?? '';
  return (
    awayCodes.has(code) ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(error.message)
  );
}

/** Runs `work` and turns "the database is away" into Rejection STORE_UNAVAILABLE, for callers that answer strangers. */
export async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isAway(error)) throw reject('STORE_UNAVAILABLE');
    throw error;
  }
}

/** Runs `work` in one transaction; whatever it throws undoes it. */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    const broken = await client.query('rollback').then(
      () => false,
      () => true,
    );
    client.release(broken);
    throw error;
  }
}

const deadlock = '40P01';
const mostTries = 5;

/**
 * Readers of the feeds take their locks exclusively for an instant, so a transaction that locks a delivery first and one that locks the
 * feed first can stop each other; the database ends one of them, and it has changed nothing.
 */
export async function untilNoDeadlock<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: string }).code !== deadlock || tries === mostTries) throw error;
    }
  }
}
