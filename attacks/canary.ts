import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Canary } from './target.ts';

/** Things that nobody may touch, and whether somebody did. */
export interface Cage {
  readonly canary: Canary;
  /** What was touched so far; empty as long as all is well. */
  touched(): readonly string[];
  close(): Promise<void>;
}

/** A web server that must get no request, and a named pipe that must get no reader: whoever opens it waits there and is seen. */
export async function openCage(): Promise<Cage> {
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-canary-'));
  const file = join(folder, 'canary');
  execFileSync('mkfifo', [file]);
  const requests: string[] = [];
  const server = createServer((req, res) => {
    requests.push(`${req.method} ${req.url}`);
    res.end('canary');
  });
  server.on('connection', () => requests.push('connection'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    canary: { url: `http://127.0.0.1:${port}`, file },
    touched: () => (hasReader(file) ? [...requests, `opened ${file}`] : [...requests]),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}

/** Opening a pipe for writing without waiting fails as long as nobody reads it (fifo(7)). */
function hasReader(file: string): boolean {
  try {
    closeSync(openSync(file, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}
