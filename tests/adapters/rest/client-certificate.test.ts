import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RestGateway, RestGatewayOptions } from '../../support/rest-gateway.ts';
import { basic, startRestGateway } from '../../support/rest-gateway.ts';
import { TlsAuthority, type TlsIdentity } from '../../support/tls-certificates.ts';

const header = 'X-Client-Cert';
const behindProxy = { trustedProxies: ['127.0.0.1'], clientCertHeader: header };

let folder: string;
let own: TlsIdentity;
let expired: TlsIdentity;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lienthong-proxy-'));
  const authority = new TlsAuthority(folder);
  own = authority.issue('/CN=qlvb.example');
  expired = authority.issue('/CN=het-han.example', { days: -1 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let gateway: RestGateway;
const start = async (settings: RestGatewayOptions['settings'] = behindProxy) => {
  gateway = await startRestGateway({
    ...(settings && { settings }),
    // every certificate of this subject stands for sender-a
    ports: (ports) => ({
      clientForCertificate: async ({ subject }, now) => (subject === 'CN=qlvb.example' ? ports.clientForLogin('sender-a', now) : null),
    }),
  });
};
afterEach(() => gateway?.close());

const der = ({ certPem }: TlsIdentity) => certPem.replace(/-----[^-]+-----|\s/g, '');
async function ask(headers: Record<string, string>): Promise<[number, string | undefined]> {
  const answer = await fetch(`${gateway.url}/v1/packages`, { headers });
  const { problems } = (await answer.json()) as { problems?: { code: string }[] };
  return [answer.status, problems?.[0]?.code];
}

describe('the certificate that a proxy hands on', () => {
  it.each<[string, (identity: TlsIdentity) => string]>([
    ['URL-encoded PEM, as nginx writes it', ({ certPem }) => encodeURIComponent(certPem)],
    ['base64 of the DER, as HAProxy writes it', der],
    ['a byte sequence, as RFC 9440 writes it', (identity) => `:${der(identity)}:`],
  ])('logs its client in: %s', async (_, write) => {
    await start();
    expect(await ask({ [header]: write(own) })).toEqual([200, undefined]);
    expect(await ask({ [header]: write(expired) })).toEqual([401, 'CLIENT_CERTIFICATE_UNTRUSTED']);
  });

  it('is refused from every address that is not that of a proxy, whatever X-Forwarded-For says', async () => {
    await start({ trustedProxies: ['10.1.2.3'], clientCertHeader: header });
    const refused = [403, 'CLIENT_CERTIFICATE_HEADER'];
    expect(await ask({ [header]: der(own) })).toEqual(refused);
    expect(await ask({ [header]: der(own), 'x-forwarded-for': '10.1.2.3' })).toEqual(refused);
    expect(await ask({ [header]: der(own), authorization: basic('sender-a') })).toEqual(refused);
    expect(await ask({ [header]: '' })).toEqual(refused);
  });

  it('means nothing where no header is configured', async () => {
    await start({ trustedProxies: ['127.0.0.1'] });
    expect(await ask({ [header]: der(own) })).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('may be absent: then the client logs in as ever, and an empty header says so', async () => {
    await start();
    expect(await ask({ [header]: '', authorization: basic('sender-a') })).toEqual([200, undefined]);
    expect(await ask({ [header]: '' })).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('must be one readable certificate', async () => {
    await start();
    const unreadable = [400, 'CLIENT_CERTIFICATE_UNREADABLE'];
    for (const text of [
      'x',
      '%',
      `${der(own)}, ${der(own)}`,
      'A'.repeat(12_001),
      encodeURIComponent('-----BEGIN CERTIFICATE-----\nAAAA'),
    ]) {
      expect(await ask({ [header]: text })).toEqual(unreadable);
    }
  });

  it('must not stand for another client than the secret beside it', async () => {
    await start();
    expect(await ask({ [header]: der(own), authorization: basic('sender-a') })).toEqual([200, undefined]);
    expect(await ask({ [header]: der(own), authorization: basic('sender-c') })).toEqual([401, 'CLIENT_CERTIFICATE_OF_ANOTHER']);
  });
});
