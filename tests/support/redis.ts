import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

/** A Redis for one test file. */
export interface TestRedis {
  /** For `new Redis(…)`: a URL, or the path of a socket. */
  readonly url: string;
  /** Begins every key of this file. */
  readonly prefix: string;
  /** Removes every key of this file. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** False when there is neither a REDIS_URL nor a redis-server to start: then tests that need one are skipped. */
export const redisFound = process.env['REDIS_URL'] !== undefined || spawnSync('redis-server', ['--version']).status === 0;

/** The Redis of REDIS_URL, else a private one on a socket in a temporary folder. */
export async function testRedis(): Promise<TestRedis> {
  const prefix = `{lienthong-test-${process.pid}-${Date.now()}}`;
  const given = process.env['REDIS_URL'];
  const own = given === undefined ? await startOwn() : undefined;
  const url = given ?? own?.socket ?? '';
  const client = new Redis(url, { maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  return {
    url,
    prefix,
    async flush() {
      const keys = await client.keys(`${prefix.replace(/[[\]*?]/g, '\\$&')}*`);
      if (keys.length > 0) await client.del(...keys);
    },
    async close() {
      client.disconnect();
      await own?.stop();
    },
  };
}

async function startOwn(): Promise<{ socket: string; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-redis-'));
  const socket = join(folder, 'redis.sock');
  const settings = ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', settings, { stdio: 'ignore' });
  return {
    socket,
    async stop() {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
