import type { IncomingMessage, ServerResponse } from 'node:http';
import { codes } from '../../routing/codes/index.ts';
import { problemText, Rejection, reject } from '../../routing/problem.ts';
import type { Reply } from './call.ts';
import { oauthError } from './oauth-error.ts';
import type { Log } from './ports.ts';

const requestHeader = 'Lienthong-Request';

/** Gives the request its id. An id that came in is ignored: ours must be unique. */
export function nameRequest(res: ServerResponse, id: string): void {
  res.setHeader(requestHeader, id);
  res.setHeader('X-Content-Type-Options', 'nosniff');
}

/** The id of the request that this answers. */
export function requestOf(res: ServerResponse): string {
  return String(res.getHeader(requestHeader) ?? '');
}

/** Sends an answer whole. */
export function sendReply(res: ServerResponse, reply: Reply): void {
  const text = reply.text ?? (reply.json === undefined ? undefined : { type: 'application/json', content: JSON.stringify(reply.json) });
  res.statusCode = reply.status ?? 200;
  if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store');
  for (const [name, value] of Object.entries(reply.headers ?? {})) res.setHeader(name, value);
  if (text === undefined) {
    res.end();
    return;
  }
  res.setHeader('Content-Type', text.type);
  res.setHeader('Content-Length', Buffer.byteLength(text.content));
  // as a string it leaves in one write with the headers
  res.end(text.content);
}

/** The problem+json form of a rejection (RFC 9457), with all its problems. */
export function problemJson(rejection: Rejection, request: string): object {
  const { status } = rejection;
  const problems = rejection.problems.map(problemText);
  const gravest = problems.find((p) => codes[p.code].status === status) ?? problems[0];
  return {
    type: `urn:lienthong:problem:${gravest?.code}`,
    title: gravest?.vi,
    detail: gravest?.en,
    status,
    instance: request,
    problems,
  };
}

/** The one place where something thrown becomes an answer. A fault of ours shows only the id of the request. */
export function answerError(req: IncomingMessage, res: ServerResponse, error: unknown, log: Log, shape?: 'oauth'): void {
  const request = requestOf(res);
  const about = { request, from: cameFrom(req), method: req.method, path: req.url?.split('?')[0]?.slice(0, 200) };
  const rejection = rejectionOf(error, request);
  if (error instanceof Rejection && rejection.status < 500) {
    log.info({ ...about, status: rejection.status, codes: rejection.problems.map((p) => p.code).slice(0, 50) }, 'request refused');
  } else {
    log.error({ ...about, err: error }, 'request failed');
  }
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  for (const name of res.getHeaderNames()) if (name.startsWith('content-') && name !== 'content-security-policy') res.removeHeader(name);
  for (const [name, value] of Object.entries(headersFor(rejection))) res.setHeader(name, value);
  const oauth = shape === 'oauth';
  const content = JSON.stringify(oauth ? oauthError(rejection) : problemJson(rejection, request));
  sendReply(res, { status: rejection.status, text: { type: oauth ? 'application/json' : 'application/problem+json', content } });
}

/** Who connected and, behind a proxy, for whom it says that it asks: nobody here has judged whether that is true. */
function cameFrom({ socket, headers }: IncomingMessage): string {
  return [headers['x-forwarded-for'], socket.remoteAddress].filter(Boolean).join(' ← ').slice(0, 200);
}

function rejectionOf(error: unknown, request: string): Rejection {
  if (error instanceof Rejection) return error;
  // the router could not decode the path
  if (error instanceof URIError) return reject('PATH_UNKNOWN');
  return reject('INTERNAL', { params: { request } });
}

const basicChallenge = 'Basic realm="lienthong", charset="UTF-8"';
const bearer = 'Bearer realm="lienthong"';

/** Headers that go with a status or a code. */
function headersFor(rejection: Rejection): Record<string, string | string[]> {
  const [first] = rejection.problems;
  switch (rejection.status) {
    case 401:
      return { 'WWW-Authenticate': [basicChallenge, first?.code.startsWith('TOKEN_') ? `${bearer}, error="invalid_token"` : bearer] };
    case 403:
      return first?.code === 'SCOPE_MISSING' ? { 'WWW-Authenticate': `${bearer}, error="insufficient_scope"` } : {};
    case 405:
      return { Allow: String(first?.params?.['allow'] ?? '') };
    case 415:
      return first?.code === 'CONTENT_ENCODING_UNSUPPORTED' ? { 'Accept-Encoding': 'identity' } : {};
    case 416:
      return { 'Content-Range': `bytes */${first?.params?.['size'] ?? '*'}` };
    case 429:
      return { 'Retry-After': String(first?.params?.['seconds'] ?? 1) };
    case 503:
      return { 'Retry-After': first?.code === 'GATEWAY_BUSY' ? '2' : '10' };
    default:
      return {};
  }
}
