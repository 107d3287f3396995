import { fromBER } from 'asn1js';
import { TSTInfo } from 'pkijs';
import type { CmsSignature } from './cms.ts';
import { CmsFault, readCms } from './cms.ts';
import type { HashName } from './signature-form.ts';
import { hashName } from './signature-form.ts';
import { verifyOver } from './verify.ts';

/** An RFC 3161 token whose own signature is good. `digest`: what it proves to have existed at `at`. */
export interface TimestampToken {
  readonly at: Date;
  readonly hash: HashName;
  readonly digest: Buffer;
  readonly cms: CmsSignature;
}

const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';

/** Reads a timestamp token and verifies it with the certificate inside, whose authority is the caller's business. Throws CmsFault. */
export function readTimestamp(der: Buffer): TimestampToken {
  const cms = readCms(der);
  if (cms.contentType !== TST_INFO || cms.content === undefined) throw new CmsFault('the token is no timestamp');
  verifyOver(cms, cms.content, false);
  // node gives the extended key usage under this name
  if (!cms.signer?.keyUsage?.includes(TIME_STAMPING)) throw new CmsFault("the timestamp's certificate is not one of a timestamp authority");
  const info = infoOf(cms.content);
  const hash = hashName(info.messageImprint.hashAlgorithm.algorithmId);
  if (hash === undefined) throw new CmsFault('the timestamp is over an unknown digest', true);
  return { at: info.genTime, hash, digest: Buffer.from(info.messageImprint.hashedMessage.valueBlock.valueHexView), cms };
}

function infoOf(content: Buffer): TSTInfo {
  try {
    return new TSTInfo({ schema: fromBER(new Uint8Array(content)).result });
  } catch {
    throw new CmsFault('the timestamp can not be read');
  }
}
