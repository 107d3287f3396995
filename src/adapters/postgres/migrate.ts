import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientBase, Pool } from 'pg';

interface Migration {
  readonly version: number;
  /** The file's name. */
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

interface Applied {
  readonly version: number;
  readonly name: string;
  readonly sha256: string;
}

/** Key of the advisory lock: any number, the same for all releases. */
const LOCK = 7_243_016_955;

/**
 * Brings a database to the newest version: runs each `NNNN_name.sql` of `dir` that it has not
 * seen, in order, each in one transaction with its row in `schema_migrations`. Processes that
 * call it at once take turns. Returns the names of the files it ran; none for an absent folder.
 *
 * Throws, changing nothing, when an applied file was altered, when the database is newer than
 * this folder, or when a new file has a lower number than an applied one. A file that fails is
 * rolled back whole; those before it stay.
 */
export async function migrate(pool: Pool, dir: string): Promise<string[]> {
  const migrations = await readMigrations(dir);
  const done: string[] = [];
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken = error;
  };
  client.on('error', onError);
  try {
    for (;;) {
      const name = await applyNext(client, migrations);
      if (name === undefined) {
        return done;
      }
      done.push(name);
    }
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

async function readMigrations(dir: string): Promise<Migration[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      return [];
    }
    throw error;
  });
  const files = names.filter((name) => name.endsWith('.sql')).sort();
  const migrations = await Promise.all(files.map((name) => readMigration(dir, name)));
  const twice = migrations.find((each, i) => each.version === migrations[i + 1]?.version);
  if (twice) {
    throw new Error(`Two migrations in ${dir} have the number of ${twice.name}`);
  }
  return migrations;
}

async function readMigration(dir: string, name: string): Promise<Migration> {
  const [, digits] = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(name) ?? [];
  if (digits === undefined) {
    throw new Error(`${join(dir, name)} is not named like a migration (0001_some_words.sql)`);
  }
  // A checkout on another system may have changed the line ends, which changes nothing.
  const sql = (await readFile(join(dir, name), 'utf8')).replaceAll('\r\n', '\n');
  const sha256 = createHash('sha256').update(sql).digest('hex');
  return { version: Number(digits), name, sql, sha256 };
}

/**
 * Runs the first migration that is missing and returns its name; undefined when there is none.
 * All is checked anew under the lock, which ends with the transaction and so also works behind
 * a connection pooler.
 */
async function applyNext(client: ClientBase, migrations: readonly Migration[]): Promise<string | undefined> {
  await client.query('begin');
  try {
    // A migration may take longer than any request is allowed to.
    await client.query('set local statement_timeout = 0; set local lock_timeout = 0');
    await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
    await client.query(`
      create table if not exists schema_migrations (
        version integer primary key,
        name text not null,
        sha256 text not null,
        applied_at timestamptz not null default now()
      )`);
    const { rows } = await client.query<Applied>('select version, name, sha256 from schema_migrations order by version');
    checkHistory(rows, migrations);
    const next = migrations[rows.length];
    if (next) {
      await run(client, next);
    }
    await client.query('commit');
    return next?.name;
  } catch (error) {
    // When the connection is gone the server rolls back by itself.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** The database's history must be the beginning of ours, file by file. */
function checkHistory(applied: readonly Applied[], migrations: readonly Migration[]): void {
  for (const [i, row] of applied.entries()) {
    const file = migrations[i];
    if (!file || file.version > row.version) {
      throw new Error(`The database has migration ${row.name}, which this release does not know: a newer release made it. Run that one.`);
    }
    if (file.version < row.version) {
      throw new Error(`Migration ${file.name} is new, but ${row.name} is already applied: give it a number after that one.`);
    }
    if (file.sha256 !== row.sha256) {
      throw new Error(
        `Migration ${file.name} was changed after it was applied (SHA-256 ${row.sha256}, ` +
          `now ${file.sha256}): put it back and write a new migration.`,
      );
    }
  }
}

async function run(client: ClientBase, { version, name, sql, sha256 }: Migration): Promise<void> {
  await client.query('insert into schema_migrations (version, name, sha256) values ($1, $2, $3)', [version, name, sha256]);
  try {
    await client.query(sql);
  } catch (cause) {
    const { message, position } = cause as Error & { position?: string };
    const line = position ? ` in line ${sql.slice(0, Number(position)).split('\n').length}` : '';
    throw new Error(`Migration ${name} failed${line}: ${message}`, { cause });
  }
}
