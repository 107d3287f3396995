import { constants } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Server, ServerOptions } from 'node:https';
import type { Log } from './ports.ts';

/** Files that HTTPS is served with, PEM. */
export interface TlsFiles {
  /** The server's certificate with its chain. */
  readonly cert: string;
  readonly key: string;
  /** Authorities of client certificates; without it none is asked for. */
  readonly clientCa?: string | undefined;
  /** Turn connections without a good client certificate away in the handshake. */
  readonly clientCertRequired: boolean;
}

const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];

/** How often changed files are looked for. */
const lookEvery = 5000;

/** Reads the files: TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only. Rejects when one can't be read. */
export async function readTls({ cert, key, clientCa, clientCertRequired }: TlsFiles): Promise<ServerOptions> {
  const [certPem, keyPem, caPem] = await Promise.all([read(cert), read(key), clientCa === undefined ? undefined : read(clientCa)]);
  return {
    cert: certPem,
    key: keyPem,
    minVersion: 'TLSv1.2',
    ciphers: ciphers.join(':'),
    honorCipherOrder: true,
    ecdhCurve: 'X25519:P-256:P-384',
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    handshakeTimeout: 10_000,
    // a certificate that is not good is answered with a reason, where it is asked for a login
    ...(caPem === undefined ? {} : { ca: caPem, requestCert: true, rejectUnauthorized: clientCertRequired }),
  };
}

const read = (path: string) => readFile(path, 'utf8');

/**
 * Takes changed files up without a restart: new connections get the new certificate, and tickets of older sessions are worth nothing.
 * Files that are not usable are logged, and the old ones go on. Ends with `close`.
 */
export function followTls(server: Server, files: TlsFiles, started: ServerOptions, log: Log): { close(): Promise<void> } {
  let seen = textOf(started);
  async function look(): Promise<void> {
    const fresh = await readTls(files);
    const text = textOf(fresh);
    if (text === seen) return;
    seen = text;
    server.setSecureContext(fresh);
    log.info({ certificate: files.cert }, 'TLS files taken up');
  }
  const timer = setInterval(() => {
    look().catch((error: unknown) => log.error({ err: error }, 'the new TLS files are not usable; the old ones go on'));
  }, lookEvery).unref();
  return { close: async () => clearInterval(timer) };
}

const textOf = ({ cert, key, ca }: ServerOptions) => [cert, key, ca].map(String).join('\n');
