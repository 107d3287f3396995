import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import soap from 'soap';
import { readConfig } from '../../src/config.ts';
import { openStore } from '../../src/store.ts';
import { makeIdentity } from '../support/certificates.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { pdf } from '../support/packages.ts';
import type { Answered } from '../support/soap.ts';

const { department, commune } = usual;
const support = resolve(dirname(fileURLToPath(import.meta.url)), '../../../tests/support');
const python = '/usr/bin/python3';
const hasZeep = spawnSync(python, ['-c', 'import zeep, xmlsec']).status === 0;
const java = process.env['LIENTHONG_JAVA_SOAP'] ?? join(homedir(), '.cache', 'lienthong', 'java-soap');
const hasJava = existsSync(join(java, 'java-soap.jar')) && spawnSync('java', ['-version']).status === 0;

let gateway: TestGateway;
const wsdl = () => new URL('/soap?wsdl', gateway.url).href;
const file = (name: string) => join(gateway.folder, name);

beforeAll(async () => {
  gateway = await startTestGateway();
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const store = await openStore(readConfig(gateway.env), silent);
  for (const code of [department, commune]) {
    const { keyPem, certificatePem, certificate } = await makeIdentity('rsa-2048', { name: 'he thong' });
    await writeFile(file(`${code}.key`), keyPem);
    await writeFile(file(`${code}.pem`), certificatePem);
    const args = ['-in', file(`${code}.pem`), '-inkey', file(`${code}.key`), '-name', 'key', '-passout', 'pass:changeit'];
    execFileSync('openssl', ['pkcs12', '-export', ...args, '-out', file(`${code}.p12`)]);
    const binding = { id: store.newId(), fingerprint: certificate.fingerprint };
    await store.clients.bindCertificate(gateway.agency(code).client.id, binding, 'cli:test');
  }
  await store.close();
});
afterAll(() => gateway?.close());

describe('node-soap, signing with WSSecurityCert', () => {
  it.each([false, true])('is let in by its certificate (SOAP 1.2: %s)', async (forceSoap12Headers) => {
    const { readFile } = await import('node:fs/promises');
    const client = await soap.createClientAsync(wsdl(), { forceSoap12Headers });
    const [key, cert] = await Promise.all([readFile(file(`${department}.key`)), readFile(file(`${department}.pem`))]);
    client.setSecurity(new soap.WSSecurityCert(key, cert, '', { hasTimeStamp: true }));
    const [found] = (await (client as soap.Client & Record<string, (args: object) => Promise<[Answered]>>).getAgenciesAsync({
      search: commune,
    })) as [Answered];
    expect(found.agencies.map(({ code }: { code: string }) => code)).toContain(commune);
  });
});

(hasZeep ? describe : describe.skip)('zeep, signing with xmlsec (skipped without python3-zeep and python3-xmlsec)', () => {
  const ask = (digest: string, port = 'Soap11') => {
    const asked = { wsdl: wsdl(), port, digest, search: commune, key: file(`${department}.key`), cert: file(`${department}.pem`) };
    const ran = spawnSync(python, [join(support, 'python', 'zeep_signed.py')], { input: JSON.stringify(asked), encoding: 'utf8' });
    expect(ran.stderr).toBe('');
    return JSON.parse(ran.stdout);
  };

  it('is let in by its certificate, and told that SHA-1 is not taken', () => {
    expect(ask('SHA256')).toContain(commune);
    expect(ask('SHA256', 'Soap12')).toContain(commune);
    expect(ask('SHA1')).toContain('WSS_UNSUPPORTED');
  });
});

(hasJava ? describe : describe.skip)('Apache CXF and WSS4J (skipped where tests/support/java-soap was not prepared)', () => {
  it('send, list, fetch, acknowledge and get faults, with and without MTOM, by password and by signature', async () => {
    const runs = ['Soap11,mtom,basic', 'Soap12,mtom,x509', 'Soap11,mtom,x509', 'Soap12,inline,basic', 'Soap11,inline,x509'];
    const asked = await Promise.all(
      runs.map(async (run, i) => {
        const bytes = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(200_000, i), Buffer.from('\n%%EOF\n')]);
        await writeFile(file(`${i}.edxml`), gateway.agency(department).document({ attachments: [pdf('cong-van.pdf', { bytes })] }));
        return `${run},${file(`${i}.edxml`)}`;
      }),
    );
    const who = { sender: department, recipient: commune };
    const properties = Object.entries(who).flatMap(([name, code]) => {
      const { id, secret } = gateway.agency(code).client;
      return [`-D${name}.id=${id}`, `-D${name}.secret=${secret}`, `-D${name}.p12=${file(`${code}.p12`)}`];
    });
    const algorithm = '-Dalgorithm=http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
    const url = `-Durl=${new URL('/soap', gateway.url).href}`;
    const classes = ['-XX:TieredStopAtLevel=1', '-cp', `${join(java, 'java-soap.jar')}:${join(java, 'lib')}/*`];
    const ran = spawnSync('java', [...properties, algorithm, url, ...classes, 'DocumentSystem', ...asked], { encoding: 'utf8' });
    const good = 'first=true receipt=true same=true state=delivered fault=MOVE_NOT_ALLOWED+vi+en';
    expect([ran.stdout.trim().split('\n'), ran.stderr]).toEqual([asked.map((run) => `${run} ${good}`), '']);
  });
});
