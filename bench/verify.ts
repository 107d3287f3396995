import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { liftFile } from '../src/adapters/edxml/lift.ts';
import { defaultLimits } from '../src/adapters/edxml/limits.ts';
import { readSignature } from '../src/adapters/edxml/signature.ts';
import { withTree } from '../src/adapters/edxml/tree.ts';
import { verifyClaim } from '../src/adapters/pki/verify-claim.ts';
import type { TestIdentity } from '../tests/support/certificates.ts';
import { makeIdentity } from '../tests/support/certificates.ts';
import { prepareLarge } from './corpus.ts';
import type { Judged } from './report.ts';
import { tell } from './report.ts';

const run = promisify(execFile);
const rounds = 5;
const limits = { packageBytes: 2 ** 31, textBytes: 4 << 20 };

/**
 * The signature of a 50 MB package: lift, digest of the whole file, canonical form, digest, signature, on one thread; against
 * xmlsec1 on the same file in turn. The best of the rounds counts for both.
 */
export async function verify(): Promise<Judged[]> {
  if (!(await hasXmlsec())) {
    process.stderr.write('verify: skipped, there is no xmlsec1 to compare with\n');
    return [];
  }
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-bench-'));
  try {
    const identity = await makeIdentity('p256');
    const sender = { code: '000.01.10.H61', identity };
    const path = join(folder, 'package.edxml');
    const certificate = join(folder, 'certificate.pem');
    await pipeline(Readable.from(prepareLarge(50_000_000, sender, '000.01.20.H61', 1).pieces), createWriteStream(path));
    await writeFile(certificate, identity.certificatePem);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let i = 0; i < rounds; i += 1) {
      ours.push(await timed(() => verifyOurs(path, identity)));
      theirs.push(await timed(() => verifyXmlsec(path, certificate)));
    }
    const [mine, xmlsec] = [Math.min(...ours), Math.min(...theirs)];
    return [
      tell({ scenario: 'verify', figure: '50 MB verified by lienthong', value: mine, unit: 'ms' }),
      tell({ scenario: 'verify', figure: '50 MB verified by xmlsec1', value: xmlsec, unit: 'ms' }),
      tell({ scenario: 'verify', figure: "share of xmlsec1's time", value: mine / xmlsec, unit: '', target: '<= 0.7' }),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function verifyOurs(path: string, identity: TestIdentity): Promise<void> {
  const lifted = await liftFile(path, limits);
  const grown = withTree(lifted, { ...defaultLimits }, ({ doc }) => readSignature(doc, lifted));
  if (!('value' in grown)) throw new Error('the package could not be parsed');
  const decision = verifyClaim(grown.value, [identity.certificate], 'required', new Date(), '000.01.10.H61');
  if (!('verdict' in decision)) throw new Error(`not valid: ${decision.problem.code}`);
}

async function verifyXmlsec(path: string, certificate: string): Promise<void> {
  await run('xmlsec1', ['--verify', '--pubkey-cert-pem', certificate, path]);
}

async function hasXmlsec(): Promise<boolean> {
  return run('xmlsec1', ['--version']).then(
    () => true,
    () => false,
  );
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
