import { basicAuth } from '../../tests/support/participants.ts';
import type { Scene } from '../attack.ts';
import { scenes } from '../attack.ts';
import type { Stage } from '../stage.ts';

const xml = 'Content-Type: application/xml\r\n';

/** Statuses of all answers on one connection, in order; `silence` for none. */
function statuses(text: string): string {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status).join(' ') || 'silence';
}

/** Sends a request line by line. `auth` stands for the header that logs the sender in. */
const wire =
  (head: string, body = '', milliseconds = 4000): Scene['play'] =>
  async ({ raw, logins }: Stage) =>
    statuses(
      await raw(
        `${head.replaceAll('{auth}', `Authorization: ${basicAuth(logins.sender).authorization}\r\nHost: x\r\n`)}\r\n${body}`,
        milliseconds,
      ),
    );
const post = (headers: string, body = '', milliseconds?: number) =>
  wire(`POST /v1/packages HTTP/1.1\r\n{auth}${xml}${headers}`, body, milliseconds);

const smuggled = 'GET /v1/operator/packages HTTP/1.1\r\nHost: x\r\n\r\n';
const h01: readonly (readonly [string, string, Scene['play']])[] = [
  [
    'Content-Length and Transfer-Encoding together',
    '400',
    post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${smuggled}`),
  ],
  ['two Content-Length that differ', '400', post('Content-Length: 5\r\nContent-Length: 6\r\n', 'abcde')],
  ['two Content-Length that agree', '400', post('Content-Length: 5\r\nContent-Length: 5\r\n', 'abcde')],
  ['Content-Length with a sign', '400', post('Content-Length: +5\r\n', 'abcde')],
  ['Content-Length in hexadecimal', '400', post('Content-Length: 0x5\r\n', 'abcde')],
  ['a negative Content-Length', '400', post('Content-Length: -5\r\n', 'abcde')],
  ['Transfer-Encoding that is not chunked', '400', post('Transfer-Encoding: identity\r\n', 'abcde')],
  ['Transfer-Encoding in two headers', '400', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', '0\r\n\r\n')],
  ['a blank before the colon of Transfer-Encoding', '400', post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n')],
  ['a header folded over two lines', '400', post('Content-Length:\r\n 5\r\n', 'abcde')],
  ['a chunk size that is no number', '400', post('Transfer-Encoding: chunked\r\n', 'zz\r\nabcde\r\n0\r\n\r\n')],
  ['a chunk size beyond 64 bits', '400', post('Transfer-Encoding: chunked\r\n', 'fffffffffffffffff\r\n')],
  ['100 KB of chunk extensions', '413', post('Transfer-Encoding: chunked\r\n', `5;${'x'.repeat(100_000)}\r\nabcde\r\n0\r\n\r\n`)],
  ['a line feed in place of CR LF', '400', wire('POST /v1/packages HTTP/1.1\nHost: x\n{auth}')],
  ['headers of 200 KB', '431', post(`X: ${'y'.repeat(200_000)}\r\n`)],
  ['100,000 headers', '431', post('X: y\r\n'.repeat(100_000))],
  ['a path of 200 KB', '431', wire(`GET /${'x'.repeat(200_000)} HTTP/1.1\r\n{auth}`)],
  ['NUL in a header', '400', post('X: \0\r\n')],
  ['no Host', '400', wire('GET /v1/packages HTTP/1.1\r\n')],
  ['two Host', '400', wire('GET /v1/packages HTTP/1.1\r\n{auth}Host: y\r\nConnection: close\r\n')],
  ['two Content-Type', '400', post('Content-Type: text/xml\r\nConnection: close\r\nContent-Length: 0\r\n')],
  ['two Authorization', '400', wire('GET /v1/packages HTTP/1.1\r\n{auth}Authorization: Basic eDp5\r\nConnection: close\r\n')],
  ['two Idempotency-Key', '400', post('Idempotency-Key: a\r\nIdempotency-Key: b\r\nConnection: close\r\nContent-Length: 0\r\n')],
  ['HTTP/0.9, which can’t log in', '401', wire('GET /v1/packages\r\n')],
  ['HTTP/2 without asking', '400', wire('PRI * HTTP/2.0\r\n\r\nSM\r\n')],
  ['CONNECT', 'silence', wire('CONNECT 127.0.0.1:1 HTTP/1.1\r\n{auth}')],
  ['TRACE', '405', wire('TRACE /v1/packages HTTP/1.1\r\n{auth}Connection: close\r\n')],
  ['an upgrade to WebSocket', '200', wire('GET /v1/packages HTTP/1.1\r\n{auth}Connection: Upgrade, close\r\nUpgrade: websocket\r\n')],
  ['a body longer than announced: the rest is no request', '400', post('Content-Length: 5\r\n', 'abcdeEVIL\r\n\r\n')],
  ['a body shorter than announced', '400', post('Content-Length: 500\r\n', 'abcde', 8000)],
  ['a body of which not one byte comes', '400', post('Content-Length: 500\r\n', '', 8000)],
  ['gzip as Content-Encoding', '415', post('Content-Encoding: gzip\r\nContent-Length: 5\r\n', 'abcde', 5000)],
  ['Transfer-Encoding: gzip, chunked', '415', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n', 5000)],
  [
    'a charset that overrules UTF-8',
    '415',
    wire('POST /v1/packages HTTP/1.1\r\n{auth}Content-Type: application/xml; charset=utf-16\r\nContent-Length: 5\r\n', 'abcde', 5000),
  ],
  ['more announced than the limit', '413', post('Content-Length: 99999999999\r\n', '', 5000)],
  ['an expectation that nobody knows', '417', post('Expect: 200-ok\r\nContent-Length: 0\r\nConnection: close\r\n')],
  ['an absolute URI of another host', '401', wire('GET http://evil.example/v1/packages HTTP/1.1\r\nHost: x\r\nConnection: close\r\n')],
];

const asked =
  (
    path: string,
    more: { method?: string; login?: keyof Stage['logins'] | null; body?: string; headers?: Record<string, string> } = {},
  ): Scene['play'] =>
  async ({ ask, logins }: Stage) => {
    const { login, body, headers = {}, ...rest } = more;
    const given = login === undefined ? {} : { login: login === null ? null : logins[login] };
    const json = body === undefined ? {} : { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } };
    const { status, codes } = await ask({ path, headers, ...json, ...rest, ...given });
    return codes.join(' ') || `status ${status}`;
  };
const uuid = '01890000-0000-7000-8000-000000000000';
const cursor = (text: string) => Buffer.from(text).toString('base64url');

/** A package from the sender to the recipient, and then what somebody else tries with it. */
const withDelivery =
  (attempt: (stage: Stage, delivery: string, id: string) => Promise<string>): Scene['play'] =>
  async (stage) => {
    const sent = await stage.send(stage.target.sign(stage.target.unsigned()));
    const id = String(sent.headers['location']).split('/').at(-1) ?? '';
    const shown = await stage.ask({ path: `/v1/operator/packages/${id}`, login: stage.logins.operator });
    const delivery = (JSON.parse(shown.text) as { deliveries: { id: string }[] }).deliveries[0]?.id ?? '';
    return attempt(stage, delivery, id);
  };
const other = (path: (delivery: string, id: string) => string, body?: string) =>
  withDelivery((stage, delivery, id) => asked(path(delivery, id), { login: 'other', ...(body === undefined ? {} : { body }) })(stage));

const h04: readonly (readonly [string, string, Scene['play'], Scene['stores']?])[] = [
  ['the package of another agency', 'PACKAGE_UNKNOWN', other((_, id) => `/v1/packages/${id}`), 'packages'],
  ['fetching from the inbox of another agency', 'DELIVERY_UNKNOWN', other((delivery) => `/v1/inbox/${delivery}/package`), 'packages'],
  ['acknowledging for another agency', 'DELIVERY_UNKNOWN', other((delivery) => `/v1/inbox/${delivery}/ack`, '{}'), 'packages'],
  ['refusing for another agency', 'DELIVERY_UNKNOWN', other((delivery) => `/v1/inbox/${delivery}/refuse`, '{"reason":"x"}'), 'packages'],
  ['a client of agencies asks what operators ask', 'SCOPE_MISSING', asked('/v1/operator/packages')],
  ['a client of agencies replays', 'SCOPE_MISSING', asked(`/v1/operator/deliveries/${uuid}/replay`, { body: '{"reason":"x"}' })],
  ['an auditor replays', 'SCOPE_MISSING', asked(`/v1/operator/deliveries/${uuid}/replay`, { login: 'auditor', body: '{"reason":"x"}' })],
  ['an operator sends', 'SCOPE_MISSING', asked('/v1/packages', { login: 'operator', method: 'POST' })],
  ['nobody asks', 'UNAUTHENTICATED', asked('/v1/packages', { login: null })],
  ['a token in the URL', 'UNAUTHENTICATED', asked('/v1/packages?access_token=x', { login: null })],
  ['a token in the URL of who is let in', 'QUERY_INVALID', asked('/v1/packages?access_token=x')],
  ['a login in a cookie', 'UNAUTHENTICATED', asked('/v1/packages', { login: null, headers: { cookie: 'Authorization=Basic eDp5' } })],
  [
    'X-Forwarded-For from nobody’s proxy',
    'ADDRESS_NOT_ALLOWED',
    asked('/metrics', { login: null, headers: { 'x-forwarded-for': '127.0.0.1' } }),
  ],
  [
    '__proto__ in a body',
    'JSON_INVALID',
    asked('/v1/operator/replays', {
      login: 'operator',
      body: '{"__proto__":{"admin":true},"filter":{"state":"failed"},"reason":"x","dryRun":true}',
    }),
  ],
  [
    'constructor in a filter',
    'JSON_INVALID',
    asked('/v1/operator/replays', { login: 'operator', body: '{"filter":{"constructor":{"prototype":{}}},"dryRun":true}' }),
  ],
  ['__proto__ in a query', 'QUERY_INVALID', asked('/v1/packages?__proto__=x')],
  ['a name twice in a query', 'QUERY_INVALID', asked('/v1/packages?limit=1&limit=2')],
  ['a list in a query', 'QUERY_INVALID', asked('/v1/packages?limit[]=1')],
  ['a replay of everything', 'JSON_INVALID', asked('/v1/operator/replays', { login: 'operator', body: '{"filter":{},"reason":"x"}' })],
  ['a body of 1 MB of JSON', 'JSON_TOO_LARGE', asked('/v1/operator/replays', { login: 'operator', body: `"${'x'.repeat(1_000_000)}"` })],
  [
    'JSON 30,000 levels deep',
    'JSON_INVALID',
    asked('/v1/operator/replays', { login: 'operator', body: '['.repeat(30_000) + ']'.repeat(30_000) }),
  ],
  [
    'JSON sent by a form of another site',
    'CONTENT_TYPE_UNSUPPORTED',
    asked('/v1/operator/replays', { login: 'operator', body: '{}', headers: { 'content-type': 'text/plain' } }),
  ],
  ...["i:' or 1=1", 'i:-1', 'i:99999999999999999999', `p:${uuid}`, 'i:', 'x', 'i:1;drop'].map(
    (text): readonly [string, string, Scene['play']] => [
      `the cursor ${JSON.stringify(text)}`,
      'QUERY_INVALID',
      asked(`/v1/inbox?after=${cursor(text)}`, { login: 'recipient' }),
    ],
  ),
  ["' or 1=1 in an id", 'PACKAGE_UNKNOWN', asked(`/v1/packages/${encodeURIComponent("x' or 1=1")}`)],
  ['../ in an id', 'PACKAGE_UNKNOWN', asked('/v1/packages/..%2f..%2fetc')],
  ['a path that is no UTF-8', 'PATH_UNKNOWN', asked('/v1/packages/%E0%A4%A')],
  [
    '% as documentId, which is no wildcard',
    'status 200',
    async ({ ask }) => {
      const { status, text } = await ask({ path: '/v1/packages?documentId=%25' });
      return `status ${status}${(JSON.parse(text) as { packages: unknown[] }).packages.length > 0 ? ', found' : ''}`;
    },
  ],
  ['a limit of a million', 'QUERY_INVALID', asked('/v1/packages?limit=1000000')],
  ['a wait of an hour', 'QUERY_INVALID', asked('/v1/inbox?wait=3600', { login: 'recipient' })],
];

/** Requests that two servers would read differently, and people who ask for what is not theirs. */
export const http: readonly Scene[] = [...scenes('H01', h01), ...scenes('H04', h04)];
