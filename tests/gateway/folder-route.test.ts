import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jsonOf } from '../cli/command-line.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { buildPackage } from '../support/packages.ts';

const { department, commune } = usual;
const outside = '000.00.01.G22';
let gateway: TestGateway;
let out: string;
let incoming: string;

beforeAll(async () => {
  gateway = await startTestGateway({ agencies: [{ code: 'TRUC.QG', agency: { channel: 'upward', signaturePolicy: 'optional' } }] });
  [out, incoming] = [join(gateway.folder, 'ra'), join(gateway.folder, 'vao')];
  await Promise.all([out, incoming].map((folder) => mkdir(folder)));
  const settings = JSON.stringify({ out, in: incoming, pollSeconds: 0.3, settleSeconds: 0 });
  await jsonOf(['routes', 'open', 'axis', '--agency', 'TRUC.QG', '--kind', 'folder', '--settings', settings], gateway.env);
});
afterAll(() => gateway?.close());

const stateOf = async (packageId: string) =>
  (await gateway.rows<{ state: string }>(`select state from deliveries where package_id = $1 and channel = 'upward'`, [packageId]))[0]
    ?.state;

/** Puts a file into the folder as a careful writer does. */
async function drop(name: string, bytes: Buffer): Promise<void> {
  await writeFile(join(incoming, `.${name}.part`), bytes);
  await rename(join(incoming, `.${name}.part`), join(incoming, name));
}

const isThere = (place: string, name: string) =>
  eventually(async () => (await readdir(join(incoming, place)).catch((): string[] => [])).includes(name));

const theirs = (number: string, more: object = {}) =>
  buildPackage({
    from: { code: outside, name: 'Cục Thuế' },
    number,
    notation: 'CT',
    documentId: `${outside},${number}`,
    to: [{ code: department }],
    ...more,
  });

describe('a route through folders', () => {
  it('puts the package of a submission into the folder, whole, with its recipients beside it', async () => {
    const bytes = gateway.agency(department).document({ to: [{ code: commune }, { code: outside }] });
    const { receipt } = await gateway.client(department).send(bytes);
    await eventually(async () => (await stateOf(receipt.package.id)) === 'delivered');
    const names = await readdir(out);
    const name = names.find((one) => one.endsWith('.edxml')) ?? '';
    expect(names.sort()).toEqual([name, name.replace('.edxml', '.json')]);
    expect((await readFile(join(out, name))).equals(bytes)).toBe(true);
    const about = JSON.parse(await readFile(join(out, name.replace('.edxml', '.json')), 'utf8'));
    expect(about).toMatchObject({
      recipients: [outside],
      sender: department,
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
  });

  it('waits while the folder is away, and goes on when it is back', async () => {
    await rename(out, `${out}.away`);
    const { receipt } = await gateway.client(department).send(gateway.agency(department).document({ to: [{ code: outside }] }));
    await eventually(
      async () =>
        (
          await gateway.rows(
            `select 1 from attempts a join deliveries d on d.id = a.delivery_id where d.package_id = $1 and a.result = 'unavailable'`,
            [receipt.package.id],
          )
        ).length > 0,
    );
    await rename(`${out}.away`, out);
    await eventually(async () => (await stateOf(receipt.package.id)) === 'delivered');
  });

  it('takes what is whole, moves it with its receipt, and the same again gets its first receipt', async () => {
    const bytes = theirs('1');
    await writeFile(join(incoming, '.con-dang-ghi.edxml'), bytes);
    await writeFile(join(incoming, 'ghi-chu.txt'), 'không phải gói tin');
    await drop('mot.edxml', bytes);
    await isThere('done', 'mot.edxml');
    const receipt = await readFile(join(incoming, 'done', 'mot.edxml.receipt.xml'), 'utf8');
    expect(receipt).toContain('accepted');
    await drop('mot.edxml', bytes);
    const names = await eventually(async () => {
      const found = await readdir(join(incoming, 'done'));
      return found.filter((name) => name.endsWith('.receipt.xml')).length === 2 && found;
    });
    const again = names.find((name) => name !== 'mot.edxml.receipt.xml' && name.endsWith('.receipt.xml')) ?? '';
    expect(await readFile(join(incoming, 'done', again), 'utf8')).toBe(receipt);
    expect((await readdir(incoming)).sort()).toEqual(['.con-dang-ghi.edxml', 'done', 'ghi-chu.txt']);
  });

  it('puts what is refused aside with every reason', async () => {
    await drop('hong.edxml', Buffer.from('không phải XML'));
    await drop('gia-mao.edxml', theirs('2', { from: { code: commune, name: 'UBND xã' } }));
    await isThere('refused', 'hong.edxml');
    await isThere('refused', 'gia-mao.edxml');
    const codes = async (name: string) =>
      JSON.parse(await readFile(join(incoming, 'refused', `${name}.problems.json`), 'utf8')).problems.map(
        (one: { code: string }) => one.code,
      );
    expect([await codes('hong.edxml'), await codes('gia-mao.edxml')]).toEqual([['NOT_XML'], ['SENDER_OF_OURS']]);
  });

  it('survives kill -9 while it takes files: each is taken once', async () => {
    const many = Array.from({ length: 40 }, (_, i) => `loat-${i}.edxml`);
    await Promise.all(many.map((name, i) => drop(name, theirs(String(100 + i)))));
    await isThere('done', 'loat-0.edxml');
    await gateway.processes[0]?.kill();
    await gateway.restart();
    await eventually(async () => (await readdir(incoming)).filter((name) => name.startsWith('loat-')).length === 0);
    const done = await readdir(join(incoming, 'done'));
    expect(many.filter((name) => done.includes(name) && done.includes(`${name}.receipt.xml`))).toEqual(many);
    const found = await gateway.rows<{ n: number }>(
      `select count(*)::int as n from packages where accepted and number::int between 100 and 139 and sender_code = $1`,
      [outside],
    );
    expect(found).toEqual([{ n: 40 }]);
    await rm(join(incoming, '.con-dang-ghi.edxml'));
  });
});
