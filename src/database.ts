import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { Log } from './adapters/postgres/embedded.ts';
import { startEmbedded } from './adapters/postgres/embedded.ts';
import { migrate } from './adapters/postgres/migrate.ts';
import type { Connection, PoolOptions } from './adapters/postgres/pool.ts';
import { createPool } from './adapters/postgres/pool.ts';
import type { Config } from './config.ts';
import { productRoot } from './paths.ts';

/** The database of this gateway, migrated: the one of DATABASE_URL, or the embedded server in the data folder. */
export interface Database {
  /** For everything that answers within seconds. */
  readonly pool: pg.Pool;
  /** Another pool on the same database, for work that must not wait behind the busy one. */
  newPool(max: number, options?: PoolOptions): pg.Pool;
  close(): Promise<void>;
}

/** Opens the database, starting or adopting the embedded server, and brings the schema up to date. */
export async function openDatabase(config: Config, log: Log, connections: number): Promise<Database> {
  await mkdir(config.data, { recursive: true });
  const embedded = config.databaseUrl === undefined ? await startEmbedded({ dataDir: join(config.data, 'postgres'), log }) : undefined;
  const connection: Connection = embedded === undefined ? { url: config.databaseUrl?.reveal() ?? '' } : embedded.connection;
  const pools: pg.Pool[] = [];
  const newPool: Database['newPool'] = (max, options = {}) => {
    const pool = createPool(connection, max, log, options);
    pools.push(pool);
    return pool;
  };
  const close = async () => {
    await Promise.all(pools.map((pool) => pool.end()));
    await embedded?.stop();
  };
  try {
    const pool = newPool(connections);
    await migrate(pool, join(productRoot, 'schemas', 'sql'));
    return { pool, newPool, close };
  } catch (error) {
    await close();
    throw error;
  }
}
