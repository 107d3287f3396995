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
