import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { PresentedCertificate } from '../../routing/clients.ts';
import type { Now } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';

/**
 * The certificate that a request's client has proven to own, if any. Throws Rejection CLIENT_CERTIFICATE_UNTRUSTED, and for the
 * header of a proxy CLIENT_CERTIFICATE_HEADER, CLIENT_CERTIFICATE_UNREADABLE.
 */
export type CertificateOf = (req: IncomingMessage) => PresentedCertificate | undefined;

/** Where certificates come from besides our own TLS. */
export interface CertificateSettings {
  /** Header in which a proxy hands on the certificate that it has checked; no header is believed when absent. */
  readonly clientCertHeader?: string | undefined;
  /** True for addresses of proxies. */
  readonly isProxy: (address: string) => boolean;
  readonly now: Now;
}

type Checked = Dated | { readonly refused: string };

interface Dated extends PresentedCertificate {
  readonly from: Date;
  readonly to: Date;
}

const longestHeader = 12_000;
const mostKept = 2000;

/** Makes it. Each connection, and each text of a header, is read once. */
export function createCertificateOf({ clientCertHeader, isProxy, now }: CertificateSettings): CertificateOf {
  const header = clientCertHeader?.toLowerCase();
  const ofSockets = new WeakMap<object, Checked | null>();
  const ofTexts = new Map<string, Dated>();

  function fromSocket(socket: TLSSocket): Checked | null {
    const known = ofSockets.get(socket);
    if (known !== undefined) return known;
    const read = readSocket(socket);
    ofSockets.set(socket, read);
    return read;
  }

  function fromHeader(text: string, name: string): Dated {
    const known = ofTexts.get(text);
    if (known !== undefined) return known;
    const read = readHeader(text, name);
    if (ofTexts.size >= mostKept) ofTexts.clear();
    ofTexts.set(text, read);
    return read;
  }

  function inTime(certificate: Dated): PresentedCertificate {
    const at = now();
    if (certificate.from <= at && at <= certificate.to) return certificate;
    throw untrusted(`valid from ${certificate.from.toISOString()} to ${certificate.to.toISOString()}`);
  }

  return function certificateOf(req) {
    const text = header === undefined ? undefined : req.headers[header];
    if (header !== undefined && text !== undefined) {
      if (!isProxy(req.socket.remoteAddress ?? '')) throw reject('CLIENT_CERTIFICATE_HEADER', { at: header, params: { header } });
      // a proxy sets an empty header when its client has shown no certificate
      return String(text).trim() === '' ? undefined : inTime(fromHeader(String(text).trim(), header));
    }
    if (!('encrypted' in req.socket)) return undefined;
    const found = fromSocket(req.socket as TLSSocket);
    if (found === null) return undefined;
    if ('refused' in found) throw untrusted(found.refused);
    return inTime(found);
  };
}

const untrusted = (detail: string) => reject('CLIENT_CERTIFICATE_UNTRUSTED', { params: { detail } });

function readSocket(socket: TLSSocket): Checked | null {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return null;
  // typed as an Error, but it is the name of what OpenSSL found
  if (!socket.authorized) return { refused: String(socket.authorizationError) };
  return dated(certificate);
}

/** Reads what proxies write: URL-encoded PEM (nginx), base64 of the DER (HAProxy), a byte sequence in colons (RFC 9440). */
function readHeader(text: string, header: string): Dated {
  try {
    if (text.length > longestHeader) throw new Error('too long');
    if (/^(-----BEGIN|%2D%2D)/i.test(text)) return dated(new X509Certificate(decodeURIComponent(text)));
    const base64 = /^:?([A-Za-z0-9+/]+={0,2}):?$/.exec(text)?.[1];
    return dated(new X509Certificate(Buffer.from(base64 ?? '', 'base64')));
  } catch {
    throw reject('CLIENT_CERTIFICATE_UNREADABLE', { at: header, params: { header } });
  }
}

function dated(certificate: X509Certificate): Dated {
  return {
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    from: new Date(certificate.validFrom),
    to: new Date(certificate.validTo),
  };
}

function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ');
}
