import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';

/** A text that the test's only signature is about. */
export const VIRUS = 'LIENTHONG-TEST-VIRUS-8f2c1d';

/** A clamd of Debian with one signature of our own, on a socket in a temporary folder. */
export interface TestClamd {
  readonly socket: string;
  /** Ends the process; the socket is gone then. */
  stop(): Promise<void>;
  /** Starts it again. */
  start(): Promise<void>;
  /** Ends it and removes the folder. */
  remove(): Promise<void>;
}

/** Whether Debian's clamd is here; a test that needs it says so and is skipped otherwise. */
export function hasClamd(): boolean {
  const found = spawnSync('clamd', ['--version']).error === undefined;
  if (!found) console.warn('clamd (Debian: clamav-daemon) is not here: scanning was not tested');
  return found;
}

/** Starts one. `streamMaxLength` in bytes. */
export async function startClamd(streamMaxLength = 2_000_000): Promise<TestClamd> {
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-clamd-'));
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'db'));
  await writeFile(join(folder, 'db', 'own.ndb'), `Lienthong.Test.Virus:0:*:${Buffer.from(VIRUS).toString('hex')}\n`);
  const socket = join(folder, 'clamd.sock');
  const lines = [
    `LocalSocket ${socket}`,
    `DatabaseDirectory ${join(folder, 'db')}`,
    `TemporaryDirectory ${folder}`,
    `StreamMaxLength ${streamMaxLength}`,
    'Foreground yes',
    'MaxThreads 4',
  ];
  await writeFile(join(folder, 'clamd.conf'), `${lines.join('\n')}\n`);
  let child: ReturnType<typeof spawn> | undefined;

  async function stop(): Promise<void> {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill('SIGKILL');
    await ended;
    await rm(socket, { force: true });
  }

  async function start(): Promise<void> {
    child = spawn('clamd', ['--config-file', join(folder, 'clamd.conf')], { stdio: 'ignore' });
    await eventually(() => answers(socket));
  }

  await start();
  return {
    socket,
    start,
    stop,
    async remove() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = connect(socket, () => asked.write('zPING\0'));
    asked.setTimeout(2000, () => asked.destroy());
    asked.on('data', (data) => {
      resolve(data.toString().startsWith('PONG'));
      asked.destroy();
    });
    asked.on('error', () => resolve(false));
    asked.on('close', () => resolve(false));
  });
}
