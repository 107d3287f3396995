import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { productRoot } from '../../src/paths.ts';
import { codeBlocks } from '../support/code-table.ts';

const script = join(productRoot, 'dist', 'demo', 'main.js');
const minutes = 60_000;
const lastLine = /^demo: 7 packages, 10 deliveries, 18 receipts verified, 0 lost, 0 doubled, 0 altered$/m;

interface Run {
  readonly child: ChildProcess;
  readonly said: () => string;
  /** Exit code, or the signal. */
  readonly ended: Promise<number | string>;
}

function start(...args: readonly string[]): Run {
  const child = spawn(process.execPath, [script, '--size', '1', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const ended = new Promise<number | string>((resolve) => child.once('close', (code, signal) => resolve(code ?? signal ?? '')));
  return { child, said: () => text, ended };
}

/** Waits until the demo has said something. Throws with all that it said when it ends before. */
async function until(run: Run, words: RegExp): Promise<RegExpExecArray> {
  let over = false;
  run.ended.then(() => {
    over = true;
  });
  for (;;) {
    const found = words.exec(run.said());
    if (found !== null) return found;
    if (over) throw new Error(run.said());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function shell(commands: string, folder: string) {
  const ours = Object.entries(process.env).filter(([name]) => !name.startsWith('LIENTHONG_'));
  return spawnSync('bash', ['--norc', '-euo', 'pipefail', '-c', commands], {
    cwd: folder,
    encoding: 'utf8',
    env: Object.fromEntries(ours),
  });
}

const has = (program: string) => spawnSync(program, ['--version']).error === undefined;
const withCurl = has('curl') && has('bash') ? it : it.skip;

describe('npm run demo', () => {
  // Side by side: each mostly waits for the retries that it shows.
  let run: Run;
  let kept: Run;
  beforeAll(() => {
    run = start();
    kept = start('--keep');
  });
  afterAll(async () => {
    for (const { child, ended } of [run, kept]) {
      child.kill('SIGINT');
      await ended;
    }
  });

  it(
    'delivers everything, proves it, and says so in its last line',
    async () => {
      expect([await run.ended, run.said().trimEnd().split('\n').at(-1)]).toEqual([0, expect.stringMatching(lastLine)]);
    },
    3 * minutes,
  );

  withCurl(
    'leaves a gateway, when told to, that answers to the commands it prints, which are those of the README',
    async () => {
      let folder = '';
      try {
        const [, block = '', path = ''] = await until(kept, /\n(cd (\S+)\n.* ledger)\n/s);
        folder = path;
        expect(kept.said()).toMatch(lastLine);
        const ran = shell(block, folder);
        expect([ran.status, ran.stderr]).toEqual([0, '']);
        expect(ran.stdout).toContain('"state":"delivered"');
        expect(ran.stdout).toContain('hợp lệ');
        if (has('xmlsec1')) expect(verifyAsDocumented(folder)).toEqual([0, 1]);
      } finally {
        kept.child.kill('SIGINT');
        expect(await kept.ended).toBe(0);
        if (folder !== '') await rm(folder, { recursive: true });
      }
    },
    3 * minutes,
  );
});

/** Exit codes of the command in docs/integration.md for the receipt that was fetched, and for the same with one word changed. */
function verifyAsDocumented(folder: string): (number | null)[] {
  const [command = ''] = codeBlocks('docs/integration.md').filter((block) => block.includes('xmlsec1 --verify'));
  const documented = command.replace('gateway.pem', 'keys/gateway.pem');
  const forged = `sed 's/accepted/rejected/' receipt.xml > forged.xml; ${documented.replace('receipt.xml', 'forged.xml')}`;
  return [shell(documented, folder).status, shell(forged, folder).status];
}
