import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mutant } from './attack.ts';
import type { Target } from './target.ts';

/** xmlsec1 as a second opinion on signatures. */
export interface Xmlsec {
  /** Why its verdict is not what the attack says it is; undefined when it is. */
  disagrees(mutant: Mutant, target: Target): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Opens it. It trusts the sender’s keys and nothing else, and knows the Id of the root. */
export async function openXmlsec({ ec, rsa }: Target): Promise<Xmlsec> {
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-oracle-'));
  const keys = await Promise.all(
    [ec, rsa].map(async ({ certificatePem }, i) => {
      const path = join(folder, `${i}.pem`);
      await writeFile(path, certificatePem);
      return path;
    }),
  );
  return {
    async disagrees(mutant, target) {
      const path = join(folder, 'mutant.xml');
      await writeFile(path, mutant.make(target));
      const verdicts = await Promise.all(keys.map((key) => accepts(path, key)));
      const said = verdicts.includes(true) ? 'accepts' : 'refuses';
      const expected = mutant.oracle === 'refuses' ? 'refuses' : 'accepts';
      return said === expected ? undefined : `xmlsec1 ${said}, ${expected} expected`;
    },
    close: () => rm(folder, { recursive: true }),
  };
}

function accepts(path: string, key: string): Promise<boolean> {
  const args = ['--verify', '--pubkey-cert-pem', key, '--id-attr:Id', 'edXML', path];
  return new Promise((resolve) => {
    execFile('xmlsec1', args, { timeout: 20_000 }, (error) => resolve(error === null));
  });
}
