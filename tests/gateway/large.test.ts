import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from '../../src/client/download.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { pdf } from '../support/packages.ts';

const { department, commune, pushed } = usual;
const megabyte = 2 ** 20;
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway?.close());

/** The most memory that the gateway has held since `forgetPeak`, in bytes. */
async function memory(field: 'VmHWM' | 'VmRSS'): Promise<number> {
  const text = await readFile(`/proc/${gateway.processes[0]?.pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1]) * 1024;
}
const forgetPeak = () => writeFile(`/proc/${gateway.processes[0]?.pid}/clear_refs`, '5');

async function write(name: string, bytes: number): Promise<string> {
  const path = join(gateway.folder, name);
  const file = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(bytes), Buffer.from('\n%%EOF\n')]);
  const to = [commune, pushed].map((code) => ({ code, name: code }));
  await writeFile(path, gateway.agency(department).document({ to, attachments: [pdf('ban-ve.pdf', { bytes: file })] }));
  return path;
}

it('a package with a file of 60 MB goes in and out, byte for byte, in memory that does not grow with it', async () => {
  await gateway.client(department).send({ path: await write('nho.edxml', 5 * megabyte) });
  const path = await write('lon.edxml', 60 * megabyte);
  const { sha256, size } = await digestOf(path);
  await gateway.receiver.until((pushes) => pushes.length === 1);
  await forgetPeak();
  const before = await memory('VmRSS');

  const { receipt } = await gateway.client(department).send({ path });
  expect(receipt).toMatchObject({ kind: 'accepted', package: { sha256, size } });
  await gateway.receiver.until((pushes) => pushes.length === 2);
  expect(gateway.receiver.pushes[1]).toMatchObject({ sha256, size });
  const { entries } = await gateway.client(commune).inbox();
  const entry = entries.find((one) => one.package === receipt.package.id);
  expect(await gateway.client(commune).fetch(entry?.delivery ?? '', join(gateway.folder, 'fetched'))).toMatchObject({ sha256, size });

  // The base64 of the file alone is 80 MB.
  expect((await memory('VmHWM')) - before).toBeLessThan(64 * megabyte);
});
