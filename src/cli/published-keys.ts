import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UsageFault } from './failure.ts';

/** One key of the document at `/.well-known/lienthong-keys`. */
export interface PublishedKey {
  readonly certificatePem: string;
  readonly activeFrom: Date;
  readonly retiredAt?: Date;
}

/** Reads that document from a file: keys by fingerprint. Throws UsageFault when it is another document. */
export async function readPublishedKeys(path: string): Promise<ReadonlyMap<string, PublishedKey>> {
  try {
    const { keys } = JSON.parse(await readFile(path, 'utf8')) as {
      keys: { kid: string; x5c: [string]; activeFrom: string; retiredAt?: string }[];
    };
    return new Map(keys.map((key) => [key.kid, publishedKey(key)]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined) throw error;
    throw new UsageFault(`không phải tài liệu khóa của trục / not the keys of a gateway: ${path}`);
  }
}

function publishedKey({ x5c, activeFrom, retiredAt }: { x5c: [string]; activeFrom: string; retiredAt?: string }): PublishedKey {
  const base64 = x5c[0].match(/.{1,64}/g) ?? [];
  const certificatePem = `-----BEGIN CERTIFICATE-----\n${base64.join('\n')}\n-----END CERTIFICATE-----\n`;
  return { certificatePem, activeFrom: new Date(activeFrom), ...(retiredAt === undefined ? {} : { retiredAt: new Date(retiredAt) }) };
}

/** Another process of the gateway may go on signing for a moment after a key was retired; clocks differ a little, too. */
const graceMilliseconds = 300_000;

/**
 * The key of the gateway that a receipt says it was signed with, if it signed at the time of the receipt; else the reason. The
 * certificate in the receipt only tells which key to take: what is verified with is the published one.
 */
export async function signerAmong(
  xml: string,
  keys: ReadonlyMap<string, PublishedKey>,
): Promise<{ readonly certificatePem: string } | { readonly reason: string }> {
  const { readReceipt } = await import('../client/receipt.ts');
  const base64 = /<(?:[\w.-]+:)?X509Certificate>([A-Za-z0-9+/=\s]+)</.exec(xml)?.[1] ?? '';
  const fingerprint = createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex');
  const key = keys.get(fingerprint);
  if (key === undefined) return { reason: `signed with a key that the gateway does not name: ${fingerprint}` };
  const issuedAt = Date.parse(readReceipt(xml).issuedAt);
  const { certificatePem, activeFrom, retiredAt } = key;
  const late = retiredAt !== undefined && issuedAt > retiredAt.getTime() + graceMilliseconds;
  if (late || !(issuedAt >= activeFrom.getTime() - graceMilliseconds)) return { reason: 'the key did not sign at the time of the receipt' };
  return { certificatePem };
}
