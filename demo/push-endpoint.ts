import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { contentDigest, verifyRequest } from '../src/adapters/pki/http-signature.ts';
import type { Arrivals } from './arrivals.ts';
import type { Agency } from './cast.ts';

/** The HTTP endpoint of an agency that packages are pushed to, as its document system would have it. */
export interface PushEndpoint {
  readonly url: string;
  /** Lets it answer; before, every connection is cut. */
  open(gatewayCertificate: string): void;
  close(): Promise<void>;
}

/**
 * Starts an endpoint on a free port of this machine. It holds the port but cuts every connection until it is opened.
 * `losesAnswer`: what it says to its first package gets lost, so that the gateway can't know and has to send it again.
 */
export async function startEndpoint(agency: Agency, folder: string, arrivals: Arrivals, losesAnswer: boolean): Promise<PushEndpoint> {
  const state: { certificate?: string } = {};
  const answers = { toLose: losesAnswer ? 1 : 0 };
  const server = createServer((req, res) => {
    receive(req, res, { agency, folder, arrivals, answers, certificate: state.certificate ?? '' }).catch((error: unknown) => {
      arrivals.complaints.push(`${agency.short}: ${String(error)}`);
      res.destroy();
    });
  });
  server.on('connection', (socket) => {
    if (state.certificate === undefined) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/van-ban-den`,
    open(gatewayCertificate) {
      state.certificate = gatewayCertificate;
    },
    close: () => closeServer(server),
  };
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

interface Desk {
  readonly agency: Agency;
  readonly folder: string;
  readonly arrivals: Arrivals;
  readonly certificate: string;
  readonly answers: { toLose: number };
}

/** What a recipient has to do: check who sent it, drop what it has already, store the bytes, compare the digest, and only then say yes. */
async function receive(req: IncomingMessage, res: ServerResponse, desk: Desk): Promise<void> {
  const { agency, folder, arrivals, answers, certificate } = desk;
  const headers = Object.fromEntries(Object.entries(req.headers).map(([name, value]) => [name, String(value)]));
  const targetUri = `http://${headers['host'] ?? ''}${req.url ?? ''}`;
  const verdict = verifyRequest({ method: req.method ?? '', targetUri, headers }, certificate, { now: new Date(), maxAge: 300 });
  if (!verdict.valid) return refuse(res, 401, `${agency.short}: ${verdict.reason}`, arrivals);
  if (headers['lienthong-recipient'] !== agency.code) return refuse(res, 404, `${agency.short}: không phải cho đơn vị này`, arrivals);
  const delivery = headers['lienthong-delivery'] ?? '';
  if (arrivals.has(delivery)) {
    arrivals.repeats += 1;
    req.resume();
    res.writeHead(208).end();
    return;
  }
  const path = join(folder, `${agency.id}-${delivery}.edxml`);
  const { sha256, size } = await store(req, path);
  if (headers['content-digest'] !== contentDigest(sha256)) return refuse(res, 422, `${agency.short}: sai Content-Digest`, arrivals);
  arrivals.take({ agency: agency.id, delivery, package: headers['lienthong-package'] ?? '', path, sha256, size });
  if (answers.toLose > 0) {
    answers.toLose -= 1;
    req.socket.destroy();
    return;
  }
  res.writeHead(201).end();
}

function refuse(res: ServerResponse, status: number, complaint: string, arrivals: Arrivals): void {
  arrivals.complaints.push(complaint);
  res.writeHead(status, { connection: 'close' }).end(complaint);
}

async function store(req: IncomingMessage, path: string): Promise<{ readonly sha256: string; readonly size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(req, counted, createWriteStream(path));
  return { sha256: hash.digest('hex'), size };
}
