import { createHash, createPrivateKey, hash, sign } from 'node:crypto';
import type { TestIdentity } from './certificates.ts';

const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const headerEnd = Buffer.from('</edXML:edXMLHeader>');
const rootStart = Buffer.from('<edXML ');
const newline = 0x0a;

/** Signs a package given in pieces and returns its pieces with the Signature in place. Pieces that stay as they are stay shared. */
export type QuickSigner = (pieces: readonly Uint8Array[]) => Buffer[];

/**
 * Signs as `signPackage` does (URI="", enveloped, exclusive C14N, SHA-256, ECDSA P-256), thousands of packages a second, because it
 * canonicalises nothing: the package must be in exclusive canonical form already, as `buildPackage` and `buildStatus` write it, with
 * the whole edXMLHeader in the first piece and at most one line end behind the root in the last.
 */
export function quickSigner(identity: TestIdentity): QuickSigner {
  const key = createPrivateKey(identity.keyPem);
  const certificate = identity.certificatePem.replace(/-----[A-Z ]+-----|\s/g, '');
  return (pieces) => {
    const first = buffer(pieces[0]);
    const at = first.indexOf(headerEnd);
    const root = first.indexOf(rootStart);
    if (at < 0 || root < 0) throw new Error('the first piece must hold the root tag and the whole edXMLHeader');
    const signedInfo = signedInfoOf(digestOf(first.subarray(root), pieces.slice(1)));
    const value = sign('sha256', Buffer.from(signedInfo), { key, dsaEncoding: 'ieee-p1363' }).toString('base64');
    const signature =
      `<Signature xmlns="${DSIG}">${signedInfo.replace(` xmlns="${DSIG}"`, '')}<SignatureValue>${value}</SignatureValue>` +
      `<KeyInfo><X509Data><X509Certificate>${certificate}</X509Certificate></X509Data></KeyInfo></Signature>`;
    return [Buffer.concat([first.subarray(0, at), Buffer.from(signature), first.subarray(at)]), ...pieces.slice(1).map(buffer)];
  };
}

/** Signs a package that is in one piece. */
export function signQuickly(xml: Uint8Array, identity: TestIdentity): Buffer {
  return Buffer.concat(quickSigner(identity)([xml]));
}

/** SHA-256 (hex) of all pieces in order. */
export function sha256Of(pieces: readonly Uint8Array[]): string {
  const digest = createHash('sha256');
  for (const piece of pieces) digest.update(piece);
  return digest.digest('hex');
}

/** Bytes in all pieces. */
export function sizeOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

function digestOf(first: Uint8Array, rest: readonly Uint8Array[]): string {
  const last = rest.length;
  const digest = createHash('sha256');
  for (const [i, piece] of [first, ...rest].entries())
    digest.update(i === last && piece.at(-1) === newline ? piece.subarray(0, -1) : piece);
  return digest.digest('base64');
}

/** SignedInfo in its canonical form, as it is signed. */
function signedInfoOf(digest: string): string {
  const method = (name: string, algorithm: string) => `<${name} Algorithm="${algorithm}"></${name}>`;
  const reference =
    `<Reference URI=""><Transforms>${method('Transform', `${DSIG}enveloped-signature`)}${method('Transform', EXCLUSIVE)}</Transforms>` +
    `${method('DigestMethod', 'http://www.w3.org/2001/04/xmlenc#sha256')}<DigestValue>${digest}</DigestValue></Reference>`;
  const algorithm = 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256';
  return `<SignedInfo xmlns="${DSIG}">${method('CanonicalizationMethod', EXCLUSIVE)}${method('SignatureMethod', algorithm)}${reference}</SignedInfo>`;
}

function buffer(piece: Uint8Array | undefined): Buffer {
  if (piece === undefined) throw new Error('a package has at least one piece');
  return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
}

/** SHA-256 (hex) of one buffer. */
export const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');
