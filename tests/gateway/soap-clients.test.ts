import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import soap from 'soap';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import type { Answered } from '../support/soap.ts';

const { department, commune } = usual;
const support = resolve(dirname(fileURLToPath(import.meta.url)), '../../../tests/support');
const python = '/usr/bin/python3';
const hasCurl = spawnSync('curl', ['--version']).status === 0;
const hasZeep = spawnSync(python, ['-c', 'import zeep']).status === 0;
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway?.close());

const wsdl = () => new URL('/soap?wsdl', gateway.url).href;

describe('node-soap', () => {
  const clientOf = async (code: string, forceSoap12Headers = false) => {
    const client = await soap.createClientAsync(wsdl(), { forceSoap12Headers });
    const { id, secret } = gateway.agency(code).client;
    client.setSecurity(new soap.BasicAuthSecurity(id, secret));
    return client as soap.Client & Record<string, (args: object) => Promise<[Answered]>>;
  };

  it.each([false, true])('sends, fetches and acknowledges (SOAP 1.2: %s)', async (soap12) => {
    const sender = await clientOf(department, soap12);
    const recipient = await clientOf(commune, soap12);
    const bytes = gateway.agency(department).document();
    const [sent] = await sender.sendPackageAsync({ package: bytes.toString('base64') });
    const [inbox] = await recipient.getInboxAsync({ limit: 500 });
    const { delivery } = inbox.entries.find((entry: { package: string }) => entry.package === sent.packageId);
    const [fetched] = await recipient.getPackageAsync({ delivery });
    expect(Buffer.from(fetched.package, 'base64').equals(bytes)).toBe(true);
    const [moved] = await recipient.acknowledgeAsync({ delivery, sha256: fetched.sha256 });
    expect(moved.state).toBe('delivered');
    await expect(recipient.refuseAsync({ delivery, reason: 'muộn' })).rejects.toThrow('MOVE_NOT_ALLOWED');
  });
});

(hasCurl ? describe : describe.skip)('curl, with MTOM written by hand (skipped where curl is not installed)', () => {
  const curl = (code: string, type: string, body: Buffer | string) => {
    const { id, secret } = gateway.agency(code).client;
    const args = ['-s', '-u', `${id}:${secret}`, '-H', `Content-Type: ${type}`, '-H', 'Accept: multipart/related', '--data-binary', '@-'];
    const { stdout } = spawnSync('curl', [...args, new URL('/soap', gateway.url).href], { input: body, maxBuffer: 1 << 24 });
    return stdout;
  };
  const envelope = (body: string) =>
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:g="urn:lienthong:soap:1"><s:Body>${body}</s:Body></s:Envelope>`;
  const type = 'multipart/related; type="application/xop+xml"; start="<e>"; start-info="text/xml"; boundary=b';

  it('sends, lists, fetches, acknowledges and is told what is wrong', () => {
    const bytes = gateway.agency(department).document();
    const include = '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:p"/>';
    const root = envelope(`<g:sendPackage><g:package>${include}</g:package></g:sendPackage>`);
    const head = `--b\r\nContent-Type: application/xop+xml; charset=utf-8; type="text/xml"\r\nContent-ID: <e>\r\n\r\n${root}\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-ID: <p>\r\n\r\n`;
    const sent = curl(department, type, Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--b--\r\n')])).toString();
    const packageId = /<lt:packageId>([^<]*)/.exec(sent)?.[1];
    const inbox = curl(commune, 'text/xml', envelope('<g:getInbox><g:limit>500</g:limit></g:getInbox>')).toString();
    const delivery = new RegExp(`<lt:delivery>([^<]*)</lt:delivery><lt:package>${packageId}<`).exec(inbox)?.[1];
    const fetched = curl(commune, 'text/xml', envelope(`<g:getPackage><g:delivery>${delivery}</g:delivery></g:getPackage>`));
    expect(fetched.includes(bytes)).toBe(true);
    const about = `<g:delivery>${delivery}</g:delivery>`;
    expect(curl(commune, 'text/xml', envelope(`<g:acknowledge>${about}</g:acknowledge>`)).toString()).toContain('<lt:state>delivered<');
    const refused = curl(commune, 'text/xml', envelope(`<g:refuse>${about}<g:reason>x</g:reason></g:refuse>`)).toString();
    expect(refused).toMatch(/<faultstring>MOVE_NOT_ALLOWED: .+<lt:vi>.+<lt:en>/);
  });
});

(hasZeep ? describe : describe.skip)('zeep (skipped where python3-zeep is not installed)', () => {
  it('goes through all operations in both versions', async () => {
    const results: Record<string, unknown> = {};
    for (const port of ['Soap11', 'Soap12']) {
      const file = join(gateway.folder, `${port}.edxml`);
      await writeFile(file, gateway.agency(department).document());
      const sender = gateway.agency(department).client;
      const asked = { wsdl: wsdl(), ports: [port], package: file, sender, recipient: gateway.agency(commune).client, search: commune };
      const ran = spawnSync(python, [join(support, 'python', 'zeep_client.py')], { input: JSON.stringify(asked), encoding: 'utf8' });
      expect(ran.stderr).toBe('');
      Object.assign(results, JSON.parse(ran.stdout));
    }
    const expected = {
      valid: true,
      first: true,
      same: true,
      state: 'delivered',
      size: expect.any(Number),
      receipts: expect.arrayContaining(['accepted']),
      agencies: expect.arrayContaining([commune]),
    };
    expect(results).toEqual({
      Soap11: { ...expected, fault: expect.stringContaining('ROOT_UNKNOWN') },
      Soap12: { ...expected, fault: expect.any(String) },
    });
  });
});
