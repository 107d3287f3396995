import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Server as SecureServer, ServerOptions } from 'node:https';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { holdBody } from './body.ts';

/** How patient the HTTP server is. */
export interface ServerSettings {
  /** Seconds in which all headers of a request must have come. */
  readonly headersSeconds: number;
  /** Seconds an idle connection is kept. */
  readonly keepAliveSeconds: number;
  /** Seconds without any byte in either direction after which a connection is cut. */
  readonly silentSeconds: number;
  /** Seconds a client has for the rest of a body that was refused, before its connection is cut. */
  readonly refusedBodySeconds: number;
  /** Open connections; more are turned away. */
  readonly connections: number;
  /** Most bytes of all headers of a request. */
  readonly headerBytes: number;
  /** JSON that tells what the HTTP parser refused; without it such answers are empty. */
  readonly unreadable?: string;
}

/** What a gateway starts with. */
export const defaultServer: ServerSettings = {
  headersSeconds: 15,
  keepAliveSeconds: 65,
  silentSeconds: 150,
  refusedBodySeconds: 2,
  connections: 4000,
  headerBytes: 16 * 1024,
};

/** A running HTTP server. */
export interface RestServer {
  readonly server: Server | SecureServer;
  /** Starts to listen; port 0 takes a free one. */
  listen(port: number, host: string): Promise<AddressInfo>;
  /** Takes no more connections, ends long polls, lets requests finish, and cuts what is left after `deadlineSeconds`. */
  close(deadlineSeconds: number): Promise<void>;
}

/** The HTTP server around `answer`, with `tls` an HTTPS server. `stopping` is aborted by `close`, so that long polls end. */
export function createRestServer(
  answer: RequestListener,
  stopping: AbortController,
  settings: ServerSettings = defaultServer,
  tls?: ServerOptions,
): RestServer {
  const options = {
    maxHeaderSize: settings.headerBytes,
    headersTimeout: settings.headersSeconds * 1000,
    // bodies have their own limits where they are read: a large package may take an hour on a slow line
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(5000, (settings.headersSeconds * 1000) / 3),
    keepAliveTimeout: settings.keepAliveSeconds * 1000,
    requireHostHeader: true,
  };
  const server: Server | SecureServer = tls === undefined ? createServer(options) : createSecureServer({ ...options, ...tls });
  server.setTimeout(settings.silentSeconds * 1000);
  server.maxConnections = settings.connections;
  const { unreadable } = settings;
  if (unreadable !== undefined) server.on('clientError', (error, socket) => answerUnreadable(error, socket as Socket, unreadable));
  const hangUp = createHangUp(settings.refusedBodySeconds * 1000);
  const serve = (req: IncomingMessage, res: ServerResponse<IncomingMessage> & { req: IncomingMessage }) => {
    res.on('finish', hangUp);
    answer(req, res);
  };
  server.on('request', serve);
  server.on('checkContinue', (req, res) => {
    holdBody(req);
    serve(req, res);
  });
  return { server, listen: (port, host) => listen(server, port, host), close: (deadline) => close(server, stopping, deadline) };
}

/** Throws the rest of a refused body away for a moment, so that the client can read its answer, and then hangs up. */
function createHangUp(milliseconds: number) {
  return function hangUpOnUnreadBody(this: ServerResponse): void {
    const { req } = this;
    if (req.complete) return;
    req.resume();
    setTimeout(() => {
      if (!req.complete) req.socket.destroy();
    }, milliseconds).unref();
  };
}

/** Answers what never became a request. On a connection where answers have begun, nothing more can be said. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket, json: string): void {
  if (!socket.writable || socket.bytesWritten > 0 || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const known: Record<string, string> = {
    HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
    HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
    ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  };
  const head = `HTTP/1.1 ${known[error.code ?? ''] ?? '400 Bad Request'}\r\nConnection: close\r\nContent-Type: application/json\r\n`;
  socket.end(`${head}Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`);
  setTimeout(() => socket.destroy(), 2000).unref();
}

function listen(server: Server | SecureServer, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, fail) => {
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve(server.address() as AddressInfo);
    });
  });
}

function close(server: Server | SecureServer, stopping: AbortController, deadlineSeconds: number): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), deadlineSeconds * 1000);
    // connections that become idle while requests finish
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearTimeout(deadline);
      clearInterval(idle);
      resolve();
    });
    stopping.abort();
  });
}
