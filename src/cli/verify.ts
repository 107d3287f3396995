import { open, readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type CommonOptions, command } from './command.ts';
import { Negative, UsageFault } from './failure.ts';
import { print } from './print.ts';
import { readPublishedKeys, signerAmong } from './published-keys.ts';

interface VerifyOptions extends CommonOptions {
  readonly cert?: string;
  readonly keys?: string;
  readonly sha1?: boolean;
}

/** `lienthong verify`. */
export function verifyCommand(parent: Command): void {
  command(parent, 'verify <file>', {
    vi: 'Kiểm tra chữ ký của biên nhận (bằng chứng thư số của trục) hoặc của gói tin (bằng chứng thư số của đơn vị gửi)',
    en: "Verify the signature of a receipt (with the gateway's certificate) or of a package (with its sender's), by the second engine",
  })
    .option('--cert <file>', 'chứng thư số (PEM) / certificate')
    .option(
      '--keys <file>',
      'mọi khóa của trục, tải từ /.well-known/lienthong-keys (cho biên nhận) / every key of the gateway (for receipts)',
    )
    .option('--sha1', 'chấp nhận cả SHA-1 / take SHA-1 too')
    .action(async (path: string, options: VerifyOptions) => {
      const kind = (await isReceipt(path)) ? 'receipt' : 'package';
      const found = kind === 'receipt' ? await verifyReceiptIn(path, options) : await verifyPackageIn(path, options);
      print(options, { kind, ...found }, () => (found.valid ? `Chữ ký hợp lệ / valid: ${kind}\n` : ''));
      if (!found.valid) throw new Negative(`chữ ký không hợp lệ / not valid (${kind}): ${found.reason}`);
    });
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
  if (options.keys === undefined) return verifyReceipt(xml, await certificateOf(options));
  if (options.cert !== undefined) throw eitherOf();
  const key = await signerAmong(xml, await readPublishedKeys(options.keys));
  return 'reason' in key ? { valid: false, ...key } : verifyReceipt(xml, key.certificatePem);
}

async function verifyPackageIn(path: string, options: VerifyOptions) {
  const certificatePem = await certificateOf(options);
  const { verifyWithXmlCrypto } = await import('../adapters/edxml/second-verifier.ts');
  const { liftFile } = await import('../adapters/edxml/lift.ts');
  const lifted = await liftFile(path, { packageBytes: 2 ** 40, textBytes: 64 * 2 ** 20 });
  return verifyWithXmlCrypto(lifted, certificatePem, options.sha1 === undefined ? {} : { sha1: options.sha1 });
}

async function certificateOf({ cert, keys }: VerifyOptions): Promise<string> {
  if (cert === undefined || keys !== undefined) throw eitherOf();
  return readFile(cert, 'utf8');
}

const eitherOf = () =>
  new UsageFault('cần --cert, hoặc --keys cho biên nhận, không cả hai / either --cert, or --keys for a receipt, is needed');
