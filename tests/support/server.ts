import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, type ClientConfig, Pool } from 'pg';
import { isAlive, processName } from '../../src/adapters/postgres/embedded/seats.ts';
import { type Embedded, startEmbedded } from '../../src/adapters/postgres/embedded.ts';
import { migrate } from '../../src/adapters/postgres/migrate.ts';

/** The one database server of a jest run, as its workers see it. */
export interface TestServer {
  /** Connection URL of its maintenance database. */
  readonly url: string;
  /** Every database of this run begins with it. */
  readonly prefix: string;
  /** Database with all migrations, from which others are copied. */
  readonly template: string;
  /** How to copy a database: on a server without fsync copied files are much cheaper than logged ones. */
  readonly strategy: string;
}

/** Set by {@link openServer} and inherited by the workers: a TestServer, or why there is none. */
const VARIABLE = 'LIENTHONG_TEST_SERVER';
const FOLDER = 'lienthong-jest-server-';
const SCHEMAS = fileURLToPath(new URL('../../../schemas/sql', import.meta.url));

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const held = globalThis as { lienthongTestServer?: Embedded & { dataDir: string } };

/**
 * Opens the server of this run: the one of DATABASE_URL, else an embedded one in a temporary
 * folder. A failure is kept for {@link testServer}, so that tests without a database still run.
 */
export async function openServer(): Promise<void> {
  const prefix = `lt_${processName().replaceAll('-', '_')}`;
  const template = `${prefix}_template`;
  try {
    const outside = process.env.DATABASE_URL;
    const url = outside || (await startOwn());
    const strategy = outside ? '' : 'strategy file_copy';
    await asAdmin(url, `create database ${template} template template0 ${strategy}`);
    const pool = poolFor({ connectionString: withDatabase(url, template) });
    await migrate(pool, SCHEMAS).finally(() => pool.end());
    process.env[VARIABLE] = JSON.stringify({ url, prefix, template, strategy });
  } catch (error) {
    process.env[VARIABLE] = JSON.stringify({ failure: String(error) });
  }
}

/** Drops every database of this run and ends the embedded server. */
export async function closeServer(): Promise<void> {
  const { url, prefix } = JSON.parse(process.env[VARIABLE] ?? '{}') as Partial<TestServer>;
  const own = held.lienthongTestServer;
  if (own) {
    await own.stop();
    await rm(own.dataDir, { recursive: true, force: true });
  } else if (url && prefix) {
    await dropDatabases(url, prefix);
  }
}

/** The server of this run; throws what kept it from starting. */
export function testServer(): TestServer {
  const found = JSON.parse(process.env[VARIABLE] ?? '{"failure":"jest did not start one"}');
  if (found.failure !== undefined) {
    throw new Error(`There is no test database: ${found.failure}`);
  }
  return found;
}

/** Runs one statement in the maintenance database. */
export async function asAdmin(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

/** A small pool that survives the loss of its server. */
export function poolFor(config: ClientConfig): Pool {
  const pool = new Pool({ max: 5, ...config });
  pool.on('error', () => undefined);
  return pool;
}

async function startOwn(): Promise<string> {
  await sweep();
  const dataDir = join(tmpdir(), `${FOLDER}${processName()}`);
  // Nothing here has to survive a power cut; two workers with several pools each need room.
  const settings = { fsync: 'off', synchronous_commit: 'off', max_connections: 200 };
  const embedded = await startEmbedded({ dataDir, log: silent, settings });
  held.lienthongTestServer = { ...embedded, dataDir };
  const { host, port, user } = embedded.connection;
  return `postgresql:///postgres?${new URLSearchParams({ host, port: String(port), user })}`;
}

/** Ends and removes what runs left that were killed. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (name.startsWith(FOLDER) && !isAlive(name.slice(FOLDER.length))) {
      const dataDir = join(tmpdir(), name);
      await startEmbedded({ dataDir, log: silent }).then((left) => left.stop());
      await rm(dataDir, { recursive: true, force: true });
    }
  }
}

async function dropDatabases(url: string, prefix: string): Promise<void> {
  const rows = await asAdmin(url, 'select datname as name from pg_database');
  for (const { name } of rows as { name: string }[]) {
    if (name.startsWith(prefix)) {
      await asAdmin(url, `drop database if exists ${name} with (force)`);
    }
  }
}
