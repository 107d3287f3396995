import { open, readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Rejudgement } from '../rejudge.ts';
import type { StoredEvidence } from '../routing/evidence.ts';
import { reject } from '../routing/problem.ts';
import { type CommonOptions, command } from './command.ts';
import { readEvidenceFile } from './evidence-file.ts';
import { rejudgementText } from './evidence-texts.ts';
import { Negative, UsageFault } from './failure.ts';
import { print } from './print.ts';
import { readPublishedKeys, signerAmong } from './published-keys.ts';
import { withStore } from './with-store.ts';

interface VerifyOptions extends CommonOptions {
  readonly cert?: string;
  readonly evidence?: string;
  readonly keys?: string;
  readonly sha1?: boolean;
}

const packageId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `lienthong verify`. */
export function verifyCommand(parent: Command): void {
  command(parent, 'verify <package-or-file>', {
    vi: 'Kiểm tra lại gói tin đã nhận bằng bằng chứng đã lưu, hoặc chữ ký của một tệp (biên nhận, gói tin)',
    en: 'Judge an accepted package again by its kept evidence, or verify a file (receipt, package), by the second engine',
  })
    .option('--cert <file>', 'chứng thư số (PEM) cho tệp / certificate, for a file')
    .option('--evidence <file>', 'bằng chứng đã xuất cùng gói tin / evidence that was exported with the package')
    .option(
      '--keys <file>',
      'mọi khóa của trục, tải từ /.well-known/lienthong-keys, cho biên nhận / every key of the gateway, for a receipt',
    )
    .option('--sha1', 'chấp nhận cả SHA-1 / take SHA-1 too')
    .action(async (target: string, options: VerifyOptions) => {
      if (packageId.test(target)) return judged(options, await rejudgeStored(target));
      if (options.evidence !== undefined) return judged(options, await rejudgeFile(target, options.evidence));
      return verifyFile(target, options);
    });
}

function judged(options: VerifyOptions, found: readonly Rejudgement[]): void {
  const failed = found.filter(({ verdict }) => verdict === 'fails');
  print(options, { valid: failed.length === 0, parts: found }, () => rejudgementText(found));
  if (failed.length > 0) {
    throw new Negative(`không đúng / does not hold: ${failed.map(({ part, reason }) => `${part} (${reason ?? ''})`).join('; ')}`);
  }
}

/** Judges what the store holds; the bytes of the package are taken from it and proven by their digest. */
async function rejudgeStored(id: string): Promise<readonly Rejudgement[]> {
  return withStore(async (store) => {
    const [content, evidence] = [await store.records.content(id), await store.evidence(id)];
    if (content === null) throw reject('PACKAGE_UNKNOWN', { params: { package: id } });
    if (evidence === null) throw new Negative('không có bằng chứng cho gói tin này / no evidence is kept for this package');
    const { text, runs, sha256 } = content;
    return withTemporaryFile(store.storage.openPackage(text, runs, undefined, sha256), (path) => judge(path, evidence));
  });
}

async function rejudgeFile(path: string, evidencePath: string): Promise<readonly Rejudgement[]> {
  return judge(path, readEvidenceFile(await readFile(evidencePath, 'utf8')));
}

async function judge(path: string, evidence: StoredEvidence): Promise<readonly Rejudgement[]> {
  const { rejudge } = await import('../rejudge.ts');
  return rejudge(await lift(path), evidence);
}

async function withTemporaryFile<T>(bytes: AsyncIterable<Uint8Array>, work: (path: string) => Promise<T>): Promise<T> {
  const { mkdtemp, rm } = await import('node:fs/promises');
  const { tmpdir } = await import('node:os');
  const { join } = await import('node:path');
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-verify-'));
  try {
    const path = join(folder, 'package.edxml');
    const file = await open(path, 'wx');
    try {
      for await (const chunk of bytes) await file.appendFile(chunk);
    } finally {
      await file.close();
    }
    return await work(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function verifyFile(path: string, options: VerifyOptions): Promise<void> {
  const kind = (await isReceipt(path)) ? 'receipt' : 'package';
  const found = kind === 'receipt' ? await verifyReceiptIn(path, options) : await verifyPackageIn(path, options);
  print(options, { kind, ...found }, () => (found.valid ? `Chữ ký hợp lệ / valid: ${kind}\n` : ''));
  if (!found.valid) throw new Negative(`chữ ký không hợp lệ / not valid (${kind}): ${found.reason}`);
}

/** A receipt names its root element within the first bytes; a package never does. */
async function isReceipt(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1024), 0, 1024, 0);
    return /<(?:[\w.-]+:)?receipt\s[^>]*urn:lienthong:receipt:/.test(buffer.toString('latin1', 0, bytesRead));
  } finally {
    await file.close();
  }
}

async function verifyReceiptIn(path: string, options: VerifyOptions): Promise<{ readonly valid: boolean; readonly reason?: string }> {
  const { verifyReceipt } = await import('../adapters/edxml/second-verifier.ts');
  const xml = await readFile(path, 'utf8');
  if (options.keys === undefined || options.cert !== undefined) return verifyReceipt(xml, await certificateOf(options));
  const key = await signerAmong(xml, await readPublishedKeys(options.keys));
  return 'reason' in key ? { valid: false, ...key } : verifyReceipt(xml, key.certificatePem);
}

async function verifyPackageIn(path: string, options: VerifyOptions) {
  const certificatePem = await certificateOf(options);
  const { verifyWithXmlCrypto } = await import('../adapters/edxml/second-verifier.ts');
  return verifyWithXmlCrypto(await lift(path), certificatePem, options.sha1 === undefined ? {} : { sha1: options.sha1 });
}

async function certificateOf({ cert, keys }: VerifyOptions): Promise<string> {
  if (cert !== undefined && keys === undefined) return readFile(cert, 'utf8');
  throw new UsageFault(
    'tệp cần --cert, hoặc --evidence cho gói tin, hoặc --keys cho biên nhận, không cả hai / ' +
      'a file needs --cert, or --evidence for a package, or --keys for a receipt, not both',
  );
}

async function lift(path: string) {
  const { liftFile } = await import('../adapters/edxml/lift.ts');
  return liftFile(path, { packageBytes: 2 ** 40, textBytes: 64 * 2 ** 20 });
}
