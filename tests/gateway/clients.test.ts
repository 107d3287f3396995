import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSecret, newSecret } from '../../src/adapters/pki/secrets.ts';
import { readConfig } from '../../src/config.ts';
import { openStore, type Store } from '../../src/store.ts';
import { jsonOf, lienthong } from '../cli/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { startTestGateway, type TestGateway, usual } from '../support/gateway.ts';
import type { Credentials } from '../support/participants.ts';
import { basicAuth, enrolClient } from '../support/participants.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const patience = 120_000;

let gateway: TestGateway;
let store: Store;
beforeAll(async () => {
  gateway = await startTestGateway({ roles: ['api', 'worker'] });
  store = await openStore(readConfig(gateway.env), silent);
}, patience);
afterAll(async () => {
  await store?.close();
  await gateway.close();
});

const run = <T>(...args: string[]) => jsonOf<T>(args, gateway.env);
const list = (headers: Record<string, string>, path = '/v1/packages') => fetch(new URL(path, gateway.url), { headers });
const statusOf = async (headers: Record<string, string>, path?: string) => (await list(headers, path)).status;
const codeOf = async (headers: Record<string, string>, path?: string) =>
  ((await (await list(headers, path)).json()) as { problems: { code: string }[] }).problems[0]?.code;

async function bearer(login: Credentials): Promise<{ authorization: string }> {
  const answer = await fetch(new URL('/oauth/token', gateway.url), {
    method: 'POST',
    headers: { ...basicAuth(login), 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials',
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  return { authorization: `Bearer ${token}` };
}

let made = 0;
async function client(scopes: Parameters<typeof enrolClient>[2] = ['send', 'receive']): Promise<Credentials> {
  made += 1;
  return enrolClient(store, `he-thong-${made}`, scopes, [gateway.agency(usual.department).agencyId]);
}

/** Milliseconds until a request is refused. */
async function untilRefused(headers: Record<string, string>): Promise<number> {
  const began = performance.now();
  await eventually(async () => (await statusOf(headers)) === 401);
  return performance.now() - began;
}

describe('a client', () => {
  it('that is suspended is refused within seconds, by secret and by token, and works again when it is resumed', async () => {
    const login = await client();
    const [basic, token] = [basicAuth(login), await bearer(login)];
    expect([await statusOf(basic), await statusOf(token)]).toEqual([200, 200]);
    await store.clients.suspend(login.id, 'cli:test', 'nghi lộ mật khẩu');
    expect(await untilRefused(basic)).toBeLessThan(3000);
    expect(await untilRefused(token)).toBeLessThan(3000);
    expect(await codeOf(token)).toBe('TOKEN_WITHDRAWN');
    await store.clients.resume(login.id, 'cli:test', 'đã đổi mật khẩu');
    await eventually(async () => (await statusOf(basic)) === 200);
    expect(await codeOf(token)).toBe('TOKEN_WITHDRAWN');
    expect(await statusOf(await bearer(login))).toBe(200);
  });

  it('loses and gets scopes and agencies within seconds, also with tokens it has', async () => {
    const login = await client(['send']);
    const token = await bearer(login);
    const send = () =>
      gateway.request('/v1/packages', {
        headers: { ...token, 'content-type': 'application/xml' },
        body: gateway.agency(usual.department).document(),
      });
    expect((await send()).status).toBe(201);
    await store.clients.setAgencies(login.id, [gateway.agency(usual.commune).agencyId], 'cli:test');
    await eventually(async () => (await send()).status === 403);
    expect(await (await send()).json()).toMatchObject({ problems: [{ code: 'SENDER_NOT_YOURS' }] });
    await store.clients.setScopes(login.id, ['receive'], 'cli:test');
    await eventually(async () => (await statusOf(token)) === 403);
    expect(await codeOf(token)).toBe('SCOPE_MISSING');
    // a token never grows: it was issued for `send` alone
    expect(await codeOf(token, '/v1/inbox')).toBe('SCOPE_MISSING');
    expect(await statusOf(basicAuth(login), '/v1/inbox')).toBe(200);
  });

  it('keeps its older secret for the overlap of a rotation and no longer', async () => {
    const login = await client();
    const secret = newSecret();
    const ends = new Date(Date.now() + 4000);
    await store.register.addSecret(login.id, { id: store.newId(), hash: await hashSecret(secret) }, ends, 'cli:test');
    const [older, newer] = [basicAuth(login), basicAuth({ id: login.id, secret })];
    expect([await statusOf(older), await statusOf(newer)]).toEqual([200, 200]);
    await untilRefused(older);
    expect(Date.now()).toBeGreaterThanOrEqual(ends.getTime());
    expect(Date.now() - ends.getTime()).toBeLessThan(3000);
    expect(await statusOf(newer)).toBe(200);
  });

  it('is not let in by a token that another gateway issued', async () => {
    const login = await client();
    const foreign = await bearer(login);
    const [head, body] = foreign.authorization.split('.');
    expect(await codeOf({ authorization: `${head}.${body}.${'A'.repeat(86)}` })).toBe('TOKEN_INVALID');
  });
});

describe('on the command line, clients', () => {
  it(
    'are listed, changed, given secrets with an overlap, and lose them',
    async () => {
      const login = await client();
      expect(await run('clients', 'set-scopes', login.id, 'receive,audit')).toMatchObject({ scopes: ['receive', 'audit'] });
      const moved = await run('clients', 'set-agencies', login.id, `${usual.commune},${usual.pushed}`);
      expect(moved).toMatchObject({ agencies: [{ code: expect.anything() }, { code: expect.anything() }] });
      const rotated = await run<{ secret: string }>('credentials', 'rotate', login.id, '--overlap', '7d');
      expect(await statusOf(basicAuth({ id: login.id, secret: rotated.secret }), '/v1/inbox')).toBe(200);
      const secrets = await run<{ id: string; expiresAt?: string }[]>('credentials', 'list', login.id);
      expect(secrets.map(({ expiresAt }) => expiresAt !== undefined)).toEqual([false, true]);
      expect(JSON.stringify(secrets)).not.toContain('argon2');
      expect(await run('credentials', 'revoke', login.id, '--all')).toEqual({ client: login.id, revoked: 2 });
      await untilRefused(basicAuth({ id: login.id, secret: rotated.secret }));
      const unknown = await lienthong(['clients', 'suspend', 'khong-co', '--reason', 'x'], gateway.env);
      expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('CLIENT_UNKNOWN')]);
      const table = await lienthong(['clients', 'list'], gateway.env);
      expect(table.stdout).toMatch(new RegExp(`${login.id} .*receive audit`));
    },
    2 * patience,
  );
});

describe("the gateway's key", () => {
  it(
    'is rotated under way: old and new receipts are verified with the published keys, pushes and tokens go on',
    async () => {
      const keysFile = join(gateway.folder, 'keys.json');
      const inFile = (name: string, text: string) => {
        const path = join(gateway.folder, name);
        writeFileSync(path, text);
        return path;
      };
      const receipt = async () => {
        const sent = await gateway.request('/v1/packages', {
          as: usual.department,
          headers: { accept: 'application/xml', 'content-type': 'application/xml' },
          body: gateway.agency(usual.department).document({ to: [{ code: usual.commune, name: 'Xã' }] }),
        });
        return sent.text();
      };
      const certificateIn = (xml: string) => /X509Certificate>([^<]+)</.exec(xml)?.[1];
      const token = await bearer(gateway.agency(usual.department).client);
      const before = await receipt();
      const rotated = await run<{ fingerprint: string; algorithm: string }>('keys', 'rotate', '--kind', 'rsa-2048');
      expect(rotated.algorithm).toBe('rsa-sha256');
      const after = await eventually(async () => {
        const xml = await receipt();
        return certificateIn(xml) !== certificateIn(before) && xml;
      });
      const published = await list({}, '/.well-known/lienthong-keys');
      expect(published.headers.get('cache-control')).toBe('public, max-age=300');
      const document = (await published.json()) as { keys: { kid: string; kty: string; alg: string; retiredAt?: string }[] };
      expect(document.keys).toMatchObject([
        { kid: rotated.fingerprint, kty: 'RSA', alg: 'RS256' },
        { kty: 'EC', alg: 'ES256', retiredAt: expect.stringMatching(/\+07:00$/) },
      ]);
      expect(document.keys[0]).not.toHaveProperty('retiredAt');
      writeFileSync(keysFile, JSON.stringify(document));
      for (const [name, xml] of [
        ['before.xml', before],
        ['after.xml', after],
      ] as const) {
        expect(await run('verify', inFile(name, xml), '--keys', keysFile)).toMatchObject({ kind: 'receipt', valid: true });
      }
      const altered = await lienthong(['verify', inFile('altered.xml', after.replace('<size>', '<size>1')), '--keys', keysFile]);
      expect(altered.code).toBe(1);
      const only = { ...document, keys: document.keys.slice(1) };
      writeFileSync(keysFile, JSON.stringify(only));
      const foreign = await lienthong(['verify', join(gateway.folder, 'after.xml'), '--keys', keysFile]);
      expect([foreign.code, foreign.stderr]).toEqual([1, expect.stringContaining('does not name')]);
      expect(await statusOf(token)).toBe(200);
      expect(await statusOf(await bearer(gateway.agency(usual.department).client))).toBe(200);
      const workers = await eventually(async () => {
        const logs = await Promise.all(gateway.processes.map((one) => one.log()));
        return logs.every((log) => log.some(({ msg }) => msg === 'signing key changed')) && logs;
      });
      expect(JSON.stringify(workers)).not.toContain('PRIVATE KEY');
      const listed = await run<{ origin: string; retiredAt?: string }[]>('keys', 'list');
      expect(listed.map(({ origin, retiredAt }) => [origin, retiredAt !== undefined])).toEqual([
        ['made', false],
        ['made', true],
      ]);
    },
    2 * patience,
  );

  it(
    'in files of the operator is taken up when they change, and a wrong pair is not',
    async () => {
      const { identity } = await import('../support/certificates.ts');
      const [first, second] = [await identity('p256'), await identity('rsa-2048')];
      const [key, cert] = [join(gateway.folder, 'own.key'), join(gateway.folder, 'own.pem')];
      const write = (one: { keyPem: string; certificatePem: string }) => {
        writeFileSync(key, one.keyPem, { mode: 0o600 });
        writeFileSync(cert, one.certificatePem);
      };
      write(first);
      await gateway.restart({ LIENTHONG_KEY_FILE: key, LIENTHONG_CERT_FILE: cert });
      const current = async () => {
        const { keys } = (await (await list({}, '/.well-known/lienthong-keys')).json()) as { keys: { kid: string; retiredAt?: string }[] };
        return keys.filter(({ retiredAt }) => retiredAt === undefined).map(({ kid }) => kid);
      };
      await eventually(async () => (await current()).join() === first.certificate.fingerprint);
      writeFileSync(key, second.keyPem);
      const log = join(gateway.folder, 'api.log');
      await eventually(async () => readFileSync(log, 'utf8').includes('the new signing key is not usable'));
      expect(await current()).toEqual([first.certificate.fingerprint]);
      write(second);
      await eventually(async () => (await current()).join() === second.certificate.fingerprint);
      const refused = await lienthong(['keys', 'rotate'], gateway.env);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('own.pem')]);
    },
    2 * patience,
  );
});
