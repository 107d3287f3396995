import { X509Certificate } from 'node:crypto';
import { foldName } from '../../routing/fold.ts';
import { problemText, Rejection } from '../../routing/problem.ts';
import { vietnamTime } from '../../routing/time.ts';
import type { AnchorPolicy, TrustAnchor } from '../../routing/trust.ts';
import type { Intermediate } from '../../routing/trust-register.ts';
import { readCertificate } from './certificate.ts';
import type { PathCertificate } from './path/certificate.ts';
import { isSelfIssued, readPathCertificate } from './path/certificate.ts';
import { shownName } from './path/names.ts';

/** Why something in a file becomes neither an anchor nor an intermediate. */
export type Rubbish = 'unreadable' | 'private-key' | 'no-authority' | 'weak-key' | 'expired' | 'twice';

/** One such thing; `place` counts from 1 within its file. */
export interface RubbishRow {
  readonly file: string;
  readonly place: number;
  readonly kind: Rubbish;
  readonly what: string;
}

/** What a folder or file of authorities' certificates holds. */
export interface AnchorFile {
  readonly anchors: readonly (TrustAnchor & { readonly notAfter: Date })[];
  readonly intermediates: readonly Intermediate[];
  readonly rubbish: readonly RubbishRow[];
}

/** How certificates are taken. `asAnchors`: those of subordinate authorities become anchors too. `id` names the only anchor. */
export interface AnchorTerms {
  readonly policy: AnchorPolicy;
  readonly at: Date;
  readonly asAnchors?: boolean;
  readonly id?: string;
}

const FILE_BYTES = 4 << 20;
const PLACES = 1000;
const block = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

/**
 * Sorts the certificates of files in PEM (any number) or DER (one): a self-signed authority becomes an anchor, another authority an
 * intermediate, and everything else is named with its place. Never throws for what a file holds.
 */
export function readAnchorFiles(files: readonly { readonly name: string; readonly bytes: Uint8Array }[], terms: AnchorTerms): AnchorFile {
  const found = { anchors: [] as (TrustAnchor & { notAfter: Date })[], intermediates: [] as Intermediate[], rubbish: [] as RubbishRow[] };
  const seen = new Set<string>();
  for (const { name: file, bytes } of files) {
    for (const [i, piece] of piecesOf(bytes).entries()) {
      const note = (kind: Rubbish, what: string) => found.rubbish.push({ file, place: i + 1, kind, what });
      const read = readAuthority(piece, terms.at);
      if ('kind' in read) note(read.kind, read.what);
      else if (seen.has(read.fingerprint)) note('twice', shownName(read.subject));
      else sort(read, terms, found);
      if (!('kind' in read)) seen.add(read.fingerprint);
    }
  }
  return found;
}

function sort(certificate: PathCertificate, terms: AnchorTerms, found: { anchors: unknown[]; intermediates: Intermediate[] }): void {
  const { fingerprint, der, subject, notAfter } = certificate;
  if (!isSelfIssued(certificate) && terms.asAnchors !== true) {
    found.intermediates.push({ fingerprint, certificate: der, subject: shownName(subject) });
    return;
  }
  const id = terms.id ?? idFrom(shownName(subject), fingerprint);
  found.anchors.push({ id, name: shownName(subject), fingerprint, certificate: der, policy: terms.policy, notAfter });
}

type Piece = { readonly label: string; readonly der: Uint8Array };

function piecesOf(bytes: Uint8Array): readonly Piece[] {
  if (bytes.length > FILE_BYTES) return [{ label: `longer than ${FILE_BYTES} bytes`, der: new Uint8Array() }];
  const text = Buffer.from(bytes).toString('latin1');
  if (!text.includes('-----BEGIN ')) return [{ label: 'CERTIFICATE', der: bytes }];
  const blocks = [...text.matchAll(block)].slice(0, PLACES).map(([pem, label = '']) => ({ label, der: derFrom(pem) }));
  return blocks.length > 0 ? blocks : [{ label: 'a block without its end', der: new Uint8Array() }];
}

function derFrom(pem: string): Uint8Array {
  return Buffer.from(pem.replaceAll(/-----[^-]*-----/g, ''), 'base64');
}

function readAuthority({ label, der }: Piece, at: Date): PathCertificate | { readonly kind: Rubbish; readonly what: string } {
  if (label.includes('PRIVATE KEY')) return { kind: 'private-key', what: label };
  if (!/^(?:X509 |TRUSTED )?CERTIFICATE$/.test(label)) return { kind: 'unreadable', what: label };
  let certificate: PathCertificate;
  try {
    certificate = readPathCertificate(withoutTrust(label, der));
  } catch (error) {
    return { kind: 'unreadable', what: error instanceof Error ? error.message : String(error) };
  }
  const what = shownName(certificate.subject);
  const { basicConstraints, keyUsage } = certificate.extensions;
  if (basicConstraints?.ca !== true || keyUsage?.('keyCertSign') === false) return { kind: 'no-authority', what };
  if (certificate.notAfter < at) return { kind: 'expired', what: `${what}, ${vietnamTime(certificate.notAfter)}` };
  const weak = weakness(certificate);
  return weak === undefined ? certificate : { kind: 'weak-key', what: `${what}: ${weak}` };
}

/** `TRUSTED CERTIFICATE` of OpenSSL has its own settings behind the certificate, which mean nothing here. */
function withoutTrust(label: string, der: Uint8Array): Uint8Array {
  return label.startsWith('TRUSTED') ? new X509Certificate(der).raw : der;
}

function weakness({ der }: PathCertificate): string | undefined {
  try {
    readCertificate(der);
    return undefined;
  } catch (error) {
    const problem = error instanceof Rejection ? error.problems[0] : undefined;
    if (problem === undefined) throw error;
    return problemText(problem).en;
  }
}

/** A renewed root often keeps its name, so a part of the fingerprint tells them apart. */
function idFrom(name: string, fingerprint: string): string {
  const slug = foldName(name)
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 48);
  return `${slug === '' ? 'anchor' : slug}-${fingerprint.slice(0, 6)}`;
}
