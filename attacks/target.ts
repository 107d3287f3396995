import { randomBytes } from 'node:crypto';
import type { TestIdentity } from '../tests/support/certificates.ts';
import type { PackageSpec } from '../tests/support/packages.ts';
import { buildPackage, pdf } from '../tests/support/packages.ts';
import type { Chains } from './chains.ts';
import type { Forgery } from './forge.ts';
import { signatureFor, swap, withSignature } from './forge.ts';

/** Codes of the agencies of the corpus. `bound`: one whose certificates are those below anchors; the sender's client speaks for it too. */
export const cast = { sender: '000.00.12.H61', recipient: '000.00.45.H61', other: '000.00.47.H61', bound: '000.00.48.H61' } as const;

/** What attacks are made of: one valid package, and what is needed to make others. */
export interface Target {
  /** The valid package: ECDSA, one attachment that is lifted and one that is not. */
  readonly good: string;
  /** The same, signed by the Id of the root with a key of RSA. */
  readonly byId: string;
  /** Base64 of the lifted attachment. */
  readonly run: string;
  /** A certificate of the sender: P-256, and RSA. */
  readonly ec: TestIdentity;
  readonly rsa: TestIdentity;
  /** Nobody’s: registered nowhere. */
  readonly stranger: TestIdentity;
  /** URL and files that no reader of a package may ever touch. */
  readonly canary: Canary;
  readonly chains: Chains;
  unsigned(spec?: PackageSpec): string;
  /** Signs as the sender, honestly or not. */
  sign(unsigned: string, forgery?: Forgery, identity?: TestIdentity): string;
}

export interface Canary {
  readonly url: string;
  readonly file: string;
}

/** The keys of a target. */
export type TargetKeys = Pick<Target, 'ec' | 'rsa' | 'stranger'>;

/** Makes one. Each call gives packages of other numbers and contents. */
export function makeTarget(keys: TargetKeys, canary: Canary, chains: Chains): Target {
  let documents = 0;
  const tag = randomBytes(3).toString('hex');
  const run = randomBytes(30_000).toString('base64');
  const unsigned = (spec: PackageSpec = {}) => {
    documents += 1;
    const number = `${documents}${tag.slice(0, 4)}`.slice(0, 11);
    const attachments = [pdf('cong-van.pdf'), { name: 'phu-luc.bin', type: 'application/octet-stream', base64: run }];
    const from = { code: cast.sender, name: 'Sở Nội vụ' };
    const to = [{ code: cast.recipient, name: 'UBND xã Bình Phước' }];
    const documentId = `${cast.sender},2026/03/02,${number}/SNV-CCHC`;
    return buildPackage({ from, to, number, documentId, attachments, ...spec }).toString();
  };
  const sign = (xml: string, forgery: Forgery = {}, identity = keys.ec) => withSignature(xml, signatureFor(xml, identity, forgery));
  return {
    ...keys,
    canary,
    chains,
    run,
    good: sign(unsigned()),
    byId: sign(
      swap(unsigned(), '<edXML xmlns=', '<edXML Id="p" xmlns=').replace(/<edXML Id="p" (xmlns="[^"]*")/, '<edXML $1 Id="p"'),
      { uri: '#p' },
      keys.rsa,
    ),
    unsigned,
    sign,
  };
}
