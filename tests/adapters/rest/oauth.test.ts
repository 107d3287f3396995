import type { RestGateway, RestGatewayOptions } from '../../support/rest-gateway.ts';
import { basic, startRestGateway } from '../../support/rest-gateway.ts';

interface TokenAnswer {
  readonly access_token: string;
  readonly scope: string;
  readonly expires_in: number;
  readonly token_type: string;
}

let gateway: RestGateway;
const start = async (options: RestGatewayOptions = {}) => {
  gateway = await startRestGateway(options);
};
afterEach(() => gateway?.close());

const credentials = { grant_type: 'client_credentials' };
const asBothB = { authorization: basic('both.b') };

function post(body: Record<string, string> | string, headers: Record<string, string> = {}, query = ''): Promise<Response> {
  const text = typeof body === 'string' ? body : new URLSearchParams(body).toString();
  return fetch(`${gateway.url}/oauth/token${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: text,
  });
}

const list = async (token: string, path = '/v1/packages') =>
  fetch(`${gateway.url}${path}`, { headers: { authorization: `Bearer ${token}` } });

describe('the token endpoint', () => {
  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['client_secret_basic', {}, asBothB],
    ['client_secret_post', { client_id: 'both.b', client_secret: 'secret-of-both.b' }, {}],
    ['client_secret_basic with the client named in the body', { client_id: 'both.b' }, asBothB],
  ])('gives a token that works everywhere: %s', async (_, body, headers) => {
    await start();
    const answer = await post({ ...credentials, ...body }, headers);
    expect([answer.status, answer.headers.get('cache-control'), answer.headers.get('content-type')]).toEqual([
      200,
      'no-store',
      'application/json',
    ]);
    const token = (await answer.json()) as TokenAnswer;
    expect(token).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'send receive' });
    expect((await list(token.access_token)).status).toBe(200);
    expect((await list(token.access_token, '/v1/inbox')).status).toBe(200);
  });

  it('gives fewer scopes when fewer are asked for, and never more than the client has', async () => {
    await start();
    const token = (await (await post({ ...credentials, scope: 'receive' }, asBothB)).json()) as TokenAnswer;
    expect(token.scope).toBe('receive');
    const refused = await list(token.access_token);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([403, expect.stringContaining('insufficient_scope')]);
    const more = await post({ ...credentials, scope: 'receive admin' }, asBothB);
    expect([more.status, await more.json()]).toMatchObject([400, { error: 'invalid_scope', problems: [{ code: 'SCOPE_NOT_GRANTED' }] }]);
  });

  it.each<[string, Record<string, string> | string, Record<string, string>, number, string, string]>([
    ['no credentials', credentials, {}, 401, 'invalid_client', 'UNAUTHENTICATED'],
    ['a wrong secret', credentials, { authorization: basic('both.b', 'x') }, 401, 'invalid_client', 'UNAUTHENTICATED'],
    ['an unknown client', { ...credentials, client_id: 'nobody-knows', client_secret: 'x' }, {}, 401, 'invalid_client', 'UNAUTHENTICATED'],
    ['an id that can be none', { ...credentials, client_id: 'A:B', client_secret: 'x' }, {}, 401, 'invalid_client', 'UNAUTHENTICATED'],
    ['a token for a token', credentials, { authorization: 'Bearer eyJh.e30.c2ln' }, 401, 'invalid_client', 'UNAUTHENTICATED'],
    ['another grant', { grant_type: 'password' }, asBothB, 400, 'unsupported_grant_type', 'GRANT_UNSUPPORTED'],
    ['no grant', { scope: 'send' }, asBothB, 400, 'invalid_request', 'TOKEN_REQUEST_INVALID'],
    [
      'two ways at once',
      { ...credentials, client_id: 'both.b', client_secret: 'x' },
      asBothB,
      400,
      'invalid_request',
      'TOKEN_REQUEST_INVALID',
    ],
    ['another client in the body', { ...credentials, client_id: 'sender-a' }, asBothB, 400, 'invalid_request', 'TOKEN_REQUEST_INVALID'],
    ['a secret without an id', { ...credentials, client_secret: 'x' }, {}, 400, 'invalid_request', 'TOKEN_REQUEST_INVALID'],
    [
      'a parameter twice',
      'grant_type=client_credentials&grant_type=client_credentials',
      asBothB,
      400,
      'invalid_request',
      'TOKEN_REQUEST_INVALID',
    ],
    ['a strange scope', { ...credentials, scope: 'send  receive' }, asBothB, 400, 'invalid_request', 'TOKEN_REQUEST_INVALID'],
    ['an assertion', { ...credentials, client_assertion: 'x' }, {}, 400, 'invalid_request', 'TOKEN_REQUEST_INVALID'],
    ['JSON', '{}', { ...asBothB, 'content-type': 'application/json' }, 400, 'invalid_request', 'TOKEN_REQUEST_INVALID'],
    ['too much', `grant_type=${'x'.repeat(9000)}`, asBothB, 413, 'invalid_request', 'FORM_TOO_LARGE'],
  ])('answers %s as RFC 6749 says, with our own code beside it', async (_, body, headers, status, error, code) => {
    await start();
    const answer = await post(body, headers);
    const told = (await answer.json()) as { error_description: string };
    expect([answer.status, told]).toMatchObject([status, { error, problems: [{ code }] }]);
    expect(told.error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
    expect(answer.headers.has('www-authenticate')).toBe(status === 401);
  });

  it('refuses credentials in the URL, where they would be logged', async () => {
    await start();
    const answer = await post(credentials, {}, '?client_id=both.b&client_secret=secret-of-both.b');
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { error: 'invalid_request', problems: [{ code: 'QUERY_INVALID' }, {}] },
    ]);
    expect(JSON.stringify(gateway.seen.log)).not.toContain('secret-of');
  });

  it('locks out like every login', async () => {
    await start();
    for (let i = 0; i < 10; i++) await post(credentials, { authorization: basic('both.b', `wrong-${i}`) });
    const answer = await post(credentials, asBothB);
    expect([answer.status, await answer.json()]).toMatchObject([
      429,
      { error: 'temporarily_unavailable', problems: [{ code: 'TOO_MANY_FAILURES' }] },
    ]);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(100);
  });

  it('describes itself where the public URL is known', async () => {
    await start();
    const path = '/.well-known/oauth-authorization-server';
    const metadata = await (await fetch(`${gateway.url}${path}`)).json();
    expect(metadata).toMatchObject({ issuer: 'https://lienthong.example', token_endpoint: 'https://lienthong.example/oauth/token' });
    await gateway.close();
    await start({ settings: { publicUrl: undefined } });
    expect((await fetch(`${gateway.url}${path}`)).status).toBe(404);
  });
});

describe('tokens', () => {
  const tokenOf = async () => ((await (await post(credentials, asBothB)).json()) as TokenAnswer).access_token;

  it('are worth nothing within a second once their client is suspended or its tokens are withdrawn', async () => {
    let state: 'active' | 'suspended' | 'withdrawn' = 'active';
    await start({
      ports: (ports) => ({
        async clientForLogin(id, now) {
          const found = await ports.clientForLogin(id, now);
          if (state === 'suspended') return null;
          return found !== null && state === 'withdrawn' ? { ...found, tokensFrom: new Date(Date.now() + 60_000) } : found;
        },
      }),
    });
    const token = await tokenOf();
    expect((await list(token)).status).toBe(200);
    for (const next of ['suspended', 'withdrawn'] as const) {
      state = next;
      await new Promise((done) => setTimeout(done, 1050));
      const answer = await list(token);
      expect([answer.status, await answer.json()]).toMatchObject([401, { problems: [{ code: 'TOKEN_WITHDRAWN' }] }]);
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
      if (next === 'suspended') expect((await fetch(`${gateway.url}/v1/packages`, { headers: asBothB })).status).toBe(401);
    }
  });

  it('end', async () => {
    await start({
      ports: (ports) => ({ readToken: async (text) => ({ ...(await ports.readToken(text)), expiresAt: new Date(Date.now() - 1) }) }),
    });
    const answer = await list(await tokenOf());
    expect([answer.status, await answer.json()]).toMatchObject([401, { problems: [{ code: 'TOKEN_EXPIRED' }] }]);
  });
});

describe('rates', () => {
  const statuses = async (count: number, headers: Record<string, string>) => {
    const answers = [];
    for (let i = 0; i < count; i++) answers.push(await fetch(`${gateway.url}/v1/packages`, { headers }));
    return answers;
  };

  it('are limited for each client, with the time to wait', async () => {
    await start({ settings: { clientRate: 3 } });
    const answers = await statuses(5, asBothB);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
    expect(Number(answers[4]?.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(await answers[4]?.json()).toMatchObject({ problems: [{ code: 'RATE_LIMITED' }] });
    expect((await statuses(1, { authorization: basic('sender-a') }))[0]?.status).toBe(200);
  });

  it('are limited for each address, whoever asks from there, and not for health', async () => {
    await start({ settings: { addressRate: 3, trustedProxies: ['127.0.0.1'] } });
    const from = (address: string) => ({ ...asBothB, 'x-forwarded-for': address });
    expect((await statuses(2, from('10.0.0.1'))).map(({ status }) => status)).toEqual([200, 200]);
    expect((await statuses(2, { 'x-forwarded-for': '10.0.0.1' })).map(({ status }) => status)).toEqual([401, 429]);
    expect((await statuses(1, from('10.0.0.2')))[0]?.status).toBe(200);
    expect((await fetch(`${gateway.url}/healthz`, { headers: { 'x-forwarded-for': '10.0.0.1' } })).status).toBe(200);
  });
});
