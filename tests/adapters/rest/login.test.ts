import { readCredentials } from '../../../src/adapters/rest/credentials.ts';
import { networkOf } from '../../../src/adapters/rest/login-limits.ts';
import type { RestGateway, RestGatewayOptions } from '../../support/rest-gateway.ts';
import { basic, startRestGateway } from '../../support/rest-gateway.ts';

let gateway: RestGateway;
const start = async (options: RestGatewayOptions = {}) => {
  gateway = await startRestGateway(options);
};
afterEach(() => gateway?.close());

const ask = (authorization?: string, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}/v1/packages`, { headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) } });
const statusOf = async (authorization?: string, headers?: Record<string, string>) => (await ask(authorization, headers)).status;

describe('logging in', () => {
  it('works with Basic and with Bearer', async () => {
    await start();
    expect(await statusOf(basic('sender-a'))).toBe(200);
    expect(await statusOf('Bearer sender-a.secret-of-sender-a')).toBe(200);
    expect(await statusOf('bearer both.b.secret-of-both_b')).toBe(401);
    expect(await statusOf(basic('both.b'))).toBe(200);
  });

  it.each([
    ['nothing', undefined],
    ['another scheme', 'Digest username="sender-a"'],
    ['a wrong secret', basic('sender-a', 'secret-of-sender-b')],
    ['an unknown client', basic('sender-z')],
    ['no secret', basic('sender-a', '')],
    ['an id that is none of ours', basic('sender-a\0', 'x')],
    ['no base64', 'Basic ???'],
  ])('is refused with %s, in the same words', async (_, authorization) => {
    await start();
    const answer = await ask(authorization);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="lienthong", charset="UTF-8", Bearer realm="lienthong"');
    const body = (await answer.json()) as { problems: { code: string; en: string }[] };
    expect(body.problems).toEqual([expect.objectContaining({ code: 'UNAUTHENTICATED' })]);
  });

  it('checks the secret once for a busy client, also when its first requests come together', async () => {
    await start({
      ports: (ports) => ({ checkSecret: (...given) => new Promise((done) => setTimeout(() => done(ports.checkSecret(...given)), 50)) }),
    });
    const statuses = await Promise.all(Array.from({ length: 20 }, () => statusOf(basic('sender-a'))));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(gateway.seen.checks).toBe(1);
    await statusOf(basic('sender-a'));
    expect(gateway.seen.checks).toBe(1);
  });

  it('checks a secret also for a client that does not exist', async () => {
    const hashes: (readonly string[])[] = [];
    await start({
      ports: () => ({
        async checkSecret(_, given) {
          hashes.push(given);
          return true;
        },
      }),
    });
    expect(await statusOf(basic('sender-z'))).toBe(401);
    expect(hashes).toEqual([['hash of nothing']]);
  });

  it('does not believe an old login for ever', async () => {
    await start();
    await statusOf(basic('sender-a'));
    const real = performance.now;
    const later = real.call(performance) + 61_000;
    performance.now = () => later;
    try {
      await statusOf(basic('sender-a'));
    } finally {
      performance.now = real;
    }
    expect(gateway.seen.checks).toBe(2);
  });

  it('never logs credentials', async () => {
    await start();
    await statusOf(basic('sender-a', 'a-wrong-secret'));
    const logged = JSON.stringify(gateway.seen.log);
    expect(logged).not.toContain('a-wrong-secret');
    expect(logged).not.toContain(basic('sender-a', 'a-wrong-secret'));
  });
});

describe('failed logins', () => {
  it('are limited for one client id, with the time to wait, and no longer cost a check', async () => {
    await start();
    for (let i = 0; i < 10; i++) expect(await statusOf(basic('sender-c', `wrong-${i}`))).toBe(401);
    const answer = await ask(basic('sender-c', 'wrong-again'));
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(200);
    expect(await statusOf(basic('sender-c'))).toBe(429);
    expect(gateway.seen.checks).toBe(10);
  });

  it('of one client do not lock out others, nor the same client where it is already known or elsewhere', async () => {
    await start({ settings: { trustedProxies: ['127.0.0.1'] } });
    const from = (address: string) => ({ 'x-forwarded-for': address });
    expect(await statusOf(basic('sender-a'), from('10.0.0.1'))).toBe(200);
    for (let i = 0; i < 10; i++) {
      await statusOf(basic('sender-a', `wrong-${i}`), from('10.0.0.1'));
      await statusOf(basic('sender-c', `wrong-${i}`), from('10.0.0.1'));
    }
    expect(await statusOf(basic('sender-a'), from('10.0.0.1'))).toBe(200);
    expect(await statusOf(basic('sender-c'), from('10.0.0.1'))).toBe(429);
    expect(await statusOf(basic('sender-c'), from('10.0.0.2'))).toBe(200);
  });

  it('are limited for one network, whatever the ids', async () => {
    await start();
    const statuses = [];
    for (let i = 0; i < 102; i++) statuses.push(await statusOf(basic(`guess-${i}`, 'x')));
    expect(statuses.slice(0, 100).every((status) => status === 401)).toBe(true);
    expect(statuses.slice(100)).toEqual([429, 429]);
  });

  it('are counted by the real address when the proxy is not trusted', async () => {
    await start();
    for (let i = 0; i < 10; i++) await statusOf(basic('sender-c', `wrong-${i}`), { 'x-forwarded-for': `10.0.0.${i}` });
    expect(await statusOf(basic('sender-c', 'wrong'), { 'x-forwarded-for': '10.0.1.1' })).toBe(429);
  });

  it('behind a trusted proxy cannot hide behind addresses that the client made up', async () => {
    await start({ settings: { trustedProxies: ['127.0.0.1'] } });
    for (let i = 0; i < 10; i++) await statusOf(basic('sender-c', `wrong-${i}`), { 'x-forwarded-for': `10.9.9.${i}, 10.0.0.1` });
    expect(await statusOf(basic('sender-c', 'wrong'), { 'x-forwarded-for': '10.9.9.99, 10.0.0.1' })).toBe(429);
  });

  it('coming together are not all let through to the slow check', async () => {
    await start({ ports: () => ({ checkSecret: () => new Promise((done) => setTimeout(() => done(false), 20)) }) });
    const statuses = await Promise.all(Array.from({ length: 40 }, (_, i) => statusOf(basic('sender-c', `wrong-${i}`))));
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(12);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(28);
  });
});

describe('credentials', () => {
  it.each([
    [`Basic ${Buffer.from('a.b:c:d').toString('base64')}`, { id: 'a.b', secret: 'c:d' }],
    ['Bearer a.b.lts_x-Y_z', { id: 'a.b', secret: 'lts_x-Y_z' }],
    ['bEaReR  a.s ', { id: 'a', secret: 's' }],
  ])('are read from %s', (header, credentials) => {
    expect(readCredentials(header)).toEqual(credentials);
  });

  it.each([
    undefined,
    '',
    'Basic',
    'Bearer nodot',
    'Bearer .x',
    'Bearer a.',
    `Bearer a.${'x'.repeat(201)}`,
    'Bearer A.x',
    `Basic ${Buffer.from('nocolon').toString('base64')}`,
  ])('are not read from %j', (header) => expect(readCredentials(header)).toBeNull());
});

describe('networks', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('%s counts as %s', (address, network) => expect(networkOf(address)).toBe(network));
});
