import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { createClient } from '../../src/client/client.ts';
import { readConfig } from '../../src/config.ts';
import { openStore } from '../../src/store.ts';
import { jsonOf } from '../cli/command-line.ts';
import { eventually } from '../support/eventually.ts';
import { startTestGateway, type TestGateway, usual } from '../support/gateway.ts';
import { operation } from '../support/soap.ts';
import { TlsAuthority, type TlsIdentity } from '../support/tls-certificates.ts';
import { signedEnvelope } from '../support/wss.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

let folder: string;
let gateway: TestGateway;
let authority: TlsAuthority;
let server: TlsIdentity;
let bound: TlsIdentity;
const clientOf = () => gateway.agency(usual.department).client;

beforeAll(async () => {
  // the certificates must exist before the gateway starts, and its folder does not yet
  folder = mkdtempSync(join(tmpdir(), 'lienthong-tls-'));
  authority = new TlsAuthority(join(folder, 'ca'));
  server = authority.issue('/CN=truc.example', { use: 'serverAuth' });
  bound = authority.issue('/CN=qlvb.snv.example/O=So Noi vu');
  copyFileSync(server.cert, join(folder, 'server.pem'));
  copyFileSync(server.key, join(folder, 'server.key'));
  gateway = await startTestGateway({
    env: {
      LIENTHONG_TLS_CERT: join(folder, 'server.pem'),
      LIENTHONG_TLS_KEY: join(folder, 'server.key'),
      LIENTHONG_TLS_CLIENT_CA: authority.identity.cert,
    },
  });
});
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

/** One request over TLS, with a client certificate where given. */
function ask(path: string, identity?: TlsIdentity, headers: Record<string, string> = {}): Promise<Answer> {
  const agent = new Agent({ keepAlive: false });
  return new Promise((resolve, reject) => {
    const options = { ca: authority.identity.certPem, headers, agent, ...(identity && { cert: identity.certPem, key: identity.keyPem }) };
    request(new URL(path, gateway.url), options, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
    })
      .on('error', reject)
      .end();
  });
}

/** What `/soap` answers to an envelope. */
function soap(envelope: string): Promise<string> {
  const options = { method: 'POST', ca: authority.identity.certPem, headers: { 'content-type': 'text/xml' } };
  return new Promise((resolve, reject) => {
    request(new URL('/soap', gateway.url), options, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      answer.on('end', () => resolve(body));
    })
      .on('error', reject)
      .end(envelope);
  });
}

const codeOf = ({ body }: Answer) => (JSON.parse(body) as { problems: { code: string }[] }).problems[0]?.code;

async function bind(id: string, file: TlsIdentity, by: 'fingerprint' | 'subject' = 'fingerprint'): Promise<string> {
  const { readCertificate } = await import('../../src/adapters/pki/certificate.ts');
  const { fingerprint, subject, issuer } = readCertificate(file.certPem);
  return withStore(async ({ clients, newId }) => {
    const made = newId();
    await clients.bindCertificate(id, { id: made, ...(by === 'fingerprint' ? { fingerprint } : { subject, issuer }) }, 'cli:test');
    return made;
  });
}

async function withStore<T>(work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<T>): Promise<T> {
  const store = await openStore(readConfig(gateway.env), silent);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** The protocol that `openssl s_client` agrees on, or none; with these ciphers of TLS 1.2 and older. */
function agreed(version: string, ciphers = 'ALL'): string | undefined {
  const { hostname, port } = new URL(gateway.url);
  const args = [
    's_client',
    '-connect',
    `${hostname}:${port}`,
    `-${version}`,
    '-cipher',
    `${ciphers}:@SECLEVEL=0`,
    '-CAfile',
    authority.identity.cert,
  ];
  const { stdout } = spawnSync('openssl', args, { input: '', encoding: 'utf8' });
  return /^\s*New, (TLSv1[.\d]*), Cipher is (?!\(NONE\))/m.exec(stdout)?.[1];
}

describe('HTTPS', () => {
  it('speaks TLS 1.2 and 1.3 and nothing older, as openssl s_client finds', () => {
    expect(gateway.url).toMatch(/^https:/);
    expect(agreed('tls1_3')).toBe('TLSv1.3');
    expect(agreed('tls1_2')).toBe('TLSv1.2');
    expect(agreed('tls1_1')).toBeUndefined();
    expect(agreed('tls1')).toBeUndefined();
  });

  it.each(['kRSA', 'DHE', 'AES128-SHA', 'ECDHE-ECDSA-AES128-SHA256', '3DES', 'aNULL', 'eNULL', 'ARIA', 'CAMELLIA', 'AESCCM'])(
    'has no cipher of %s: forward secrecy and authenticated encryption only',
    (ciphers) => expect(agreed('tls1_2', ciphers)).toBeUndefined(),
  );

  const withTestssl = spawnSync('testssl', ['--version']).error === undefined ? it : it.skip;
  withTestssl(
    'has no weak protocol, as testssl.sh finds (skipped where it is not installed: apt-get install testssl.sh)',
    () => {
      const { hostname, port } = new URL(gateway.url);
      const report = join(gateway.folder, 'testssl.json');
      const args = ['--quiet', '--warnings', 'off', '--color', '0', '--protocols', '--jsonfile', report, `${hostname}:${port}`];
      spawnSync('testssl', args, { encoding: 'utf8', timeout: 110_000 });
      const found = JSON.parse(readFileSync(report, 'utf8')) as { id: string; severity: string; finding: string }[];
      const finding = (id: string) => found.find((one) => one.id === id)?.finding ?? 'nothing said';
      for (const old of ['SSLv2', 'SSLv3', 'TLS1', 'TLS1_1']) expect(`${old}: ${finding(old)}`).toMatch(/not offered/);
      for (const good of ['TLS1_2', 'TLS1_3']) expect(`${good}: ${finding(good)}`).toMatch(/: offered/);
      expect(found.filter(({ severity }) => ['MEDIUM', 'HIGH', 'CRITICAL'].includes(severity))).toEqual([]);
    },
    120_000,
  );

  it('tells browsers to stay with it', async () => {
    const { headers, status } = await ask('/healthz');
    expect([status, headers['strict-transport-security']]).toEqual([200, expect.stringContaining('max-age')]);
  });
});

describe('mutual TLS', () => {
  it('lets a client in by its bound certificate, for this session and resumed ones, until it is unbound', async () => {
    const before = await ask('/v1/packages', bound);
    expect([before.status, codeOf(before)]).toEqual([401, 'CLIENT_CERTIFICATE_UNKNOWN']);
    const binding = await bind(clientOf().id, bound);
    expect((await ask('/v1/packages', bound)).status).toBe(200);
    expect(await resumed(bound)).toEqual([expect.stringContaining('200 OK'), expect.stringContaining('200 OK')]);
    await expect(bind('van-hanh', bound)).rejects.toMatchObject({ problems: [{ code: 'CERTIFICATE_BOUND' }] });
    await withStore(({ clients }) => clients.unbindCertificate(clientOf().id, binding, 'cli:test'));
    await eventually(async () => (await ask('/v1/packages', bound)).status === 401);
  });

  it('lets in by subject and issuer, also with a renewed certificate, never with one of another authority', async () => {
    const binding = await bind(clientOf().id, bound, 'subject');
    const renewed = authority.issue('/CN=qlvb.snv.example/O=So Noi vu');
    expect((await ask('/v1/packages', renewed)).status).toBe(200);
    const forger = new TlsAuthority(join(gateway.folder, 'forger'));
    const forged = await ask('/v1/packages', forger.issue('/CN=qlvb.snv.example/O=So Noi vu'));
    expect([forged.status, codeOf(forged)]).toEqual([401, 'CLIENT_CERTIFICATE_UNTRUSTED']);
    const other = await ask('/v1/packages', authority.issue('/CN=qlvb.snv.example/O=So Noi vu 2'));
    expect(codeOf(other)).toBe('CLIENT_CERTIFICATE_UNKNOWN');
    // the same by a signature of WS-Security, without a certificate of the connection
    const signed = (signer: TlsIdentity) => soap(signedEnvelope(operation('getAgencies', { search: usual.commune }), signer));
    expect(await signed(renewed)).toContain('getAgenciesResponse');
    expect(await signed(forger.issue('/CN=qlvb.snv.example/O=So Noi vu'))).toContain('CLIENT_CERTIFICATE_UNTRUSTED');
    expect(await signed(authority.issue('/CN=qlvb.snv.example/O=So Noi vu 2'))).toContain('CLIENT_CERTIFICATE_UNKNOWN');
    await withStore(({ clients }) => clients.unbindCertificate(clientOf().id, binding, 'cli:test'));
  });

  it('refuses an expired certificate with the reason, and a certificate of one client beside the secret of another', async () => {
    const expired = authority.issue('/CN=het-han', { days: -1 });
    await bind(clientOf().id, expired);
    const late = await ask('/v1/packages', expired);
    expect([codeOf(late), late.body]).toEqual(['CLIENT_CERTIFICATE_UNTRUSTED', expect.stringContaining('CERT_HAS_EXPIRED')]);
    const own = authority.issue('/CN=cua-so');
    await bind(clientOf().id, own);
    const { id, secret } = gateway.agency(usual.commune).client;
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
    expect((await ask('/v1/packages', undefined, { authorization })).status).toBe(200);
    expect(codeOf(await ask('/v1/packages', own, { authorization }))).toBe('CLIENT_CERTIFICATE_OF_ANOTHER');
  });

  it('works with the client library beside the secret', async () => {
    const own = authority.issue('/CN=thu-vien');
    const bound = await jsonOf<object>(['credentials', 'bind-cert', clientOf().id, own.cert], gateway.env);
    expect(bound).toMatchObject({ client: clientOf().id, fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const about = { url: gateway.url, ...clientOf(), ca: authority.identity.certPem, retries: 0 };
    const client = createClient({ ...about, certificate: own });
    const other = createClient({ ...about, ...gateway.agency(usual.commune).client, certificate: own });
    try {
      expect((await client.packages()).packages).toEqual([]);
      await expect(other.packages()).rejects.toMatchObject({ problems: [{ code: 'CLIENT_CERTIFICATE_OF_ANOTHER' }] });
    } finally {
      client.close();
      other.close();
    }
  });

  it('needs no certificate where no login is needed', async () => {
    expect((await ask('/.well-known/lienthong-keys')).status).toBe(200);
  });
});

it('takes a renewed server certificate up without a restart', async () => {
  const renewed = authority.issue('/CN=truc-moi.example', { use: 'serverAuth', rsa: true });
  copyFileSync(renewed.key, gateway.env['LIENTHONG_TLS_KEY'] as string);
  copyFileSync(renewed.cert, gateway.env['LIENTHONG_TLS_CERT'] as string);
  await eventually(async () => (await servedName()) === 'truc-moi.example');
  expect((await ask('/healthz')).status).toBe(200);
});

function servedName(): Promise<string> {
  return withSocket({}, async (socket) => socket.getPeerCertificate().subject.CN as string);
}

/** The status lines of a request in a full handshake and of one in the session resumed from it. */
async function resumed(identity: TlsIdentity): Promise<string[]> {
  const login = { cert: identity.certPem, key: identity.keyPem, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
  let session: Buffer | undefined;
  const first = await withSocket(login, async (socket) => {
    const line = await statusLine(socket);
    session = socket.getSession();
    return line;
  });
  const second = await withSocket({ ...login, ...(session && { session }) }, async (socket) => {
    expect(socket.isSessionReused()).toBe(true);
    return statusLine(socket);
  });
  return [first, second];
}

function statusLine(socket: ReturnType<typeof connect>): Promise<string> {
  socket.write('GET /v1/packages HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  return new Promise((resolve) => socket.once('data', (chunk: Buffer) => resolve(chunk.toString('latin1').split('\r\n')[0] ?? '')));
}

function withSocket<T>(options: object, work: (socket: ReturnType<typeof connect>) => Promise<T>): Promise<T> {
  const { hostname, port } = new URL(gateway.url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), ca: authority.identity.certPem, ...options }, () => {
      work(socket)
        .then(resolve, reject)
        .finally(() => socket.destroy());
    });
    socket.once('error', reject);
  });
}
