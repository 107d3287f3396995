import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import type { Embedded } from '../../src/adapters/postgres/embedded.ts';

const PROGRAM = fileURLToPath(new URL('./embedded-process.js', import.meta.url));

type Connection = Embedded['connection'];
type Event = { event: string; message?: string; adopted?: boolean; connection?: Connection };

/** A process of its own that uses an embedded server. */
export interface Started {
  readonly adopted: boolean;
  readonly connection: Connection;
  /** Resolves when its server is up; throws what kept it from starting. */
  ready(): Promise<void>;
  /** Resolves with the next event of this name after `ready`. */
  event(name: string): Promise<void>;
  /** Asks it to stop its server and waits until it has ended. */
  stop(): Promise<void>;
  /** Kills it as `kill -9` does; no matter if it has ended. */
  kill(): Promise<void>;
}

/** Starts `embedded-process` with these arguments, as another user if one is given. */
export function startProcess(args: readonly string[], uid?: number): Started {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    ...(uid === undefined ? {} : { uid, gid: uid }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const seen = follow(child);
  let first: Event | undefined;
  return {
    get adopted() {
      return first?.adopted === true;
    },
    get connection() {
      if (!first?.connection) {
        throw new Error('the process is not ready');
      }
      return first.connection;
    },
    async ready() {
      first = await seen((event) => ['ready', 'failed', 'ended'].includes(event.event));
      if (first.event !== 'ready') {
        throw new Error(first.message ?? first.event);
      }
    },
    event: async (name) => void (await seen((event) => event.event === name)),
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
  };
}

/** Runs one statement over a connection of its own. */
export async function query(connection: Connection, sql: string) {
  const client = new Client(connection);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Returns a function that finds the next event, past or future, and forgets all before it. */
function follow(child: ChildProcess) {
  const events: Event[] = [];
  let wake: () => void = () => undefined;
  const add = (event: Event) => {
    events.push(event);
    wake();
  };
  if (child.stdout) {
    createInterface(child.stdout).on('line', (line) => add(JSON.parse(line)));
  }
  child.once('exit', () => add({ event: 'ended' }));
  return async (wanted: (event: Event) => boolean): Promise<Event> => {
    for (;;) {
      const event = events.shift();
      if (event && wanted(event)) {
        return event;
      }
      if (!event) {
        await new Promise<void>((done) => {
          wake = done;
        });
      }
    }
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal);
    await once(child, 'exit');
  }
}
