import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTestGateway, type TestGateway, usual } from '../support/gateway.ts';
import { packageXml } from '../support/signed-packages.ts';
import { jsonOf, lienthong } from './command-line.ts';

/** What of the answers is looked at. */
interface Moved {
  readonly delivery: string;
  readonly state: string;
}
interface Issued {
  readonly created: boolean;
  readonly secret: string;
}
interface Receipt {
  readonly first: boolean;
  readonly kind: string;
  readonly package: { readonly id: string; readonly sha256: string };
  readonly recipients: readonly { readonly delivery: string }[];
}

/** Every command is a process of its own, which takes its time beside other tests. */
const patience = 120_000;

let gateway: TestGateway;
let work: string;
const inWork = (name: string) => join(work, name);
/** A command on the store of this gateway, or as the system of an agency over HTTP. */
const run = <T>(...args: string[]) => jsonOf<T>(args, gateway.env);
const login = (client: string) => ['--url', gateway.url, '--client', client, '--secret-file', inWork(client)];

beforeAll(async () => {
  gateway = await startTestGateway();
  work = join(gateway.folder, 'work');
  mkdirSync(work);
  const { identity } = gateway.agency(usual.department);
  writeFileSync(inWork('key.pem'), identity.keyPem);
  writeFileSync(inWork('certificate.pem'), identity.certificatePem);
  for (const [client, code] of [
    ['so', usual.department],
    ['xa', usual.commune],
  ] as const) {
    const issue = ['credentials', 'issue', '--client', client, '--name', client, '--agencies', code, '--scopes', 'send,receive'];
    await run(...issue, '--secret-file', inWork(client));
  }
}, patience);
afterAll(() => gateway.close());

describe('agencies on the command line', () => {
  it(
    'are imported cleaned, after a dry run that changes nothing',
    async () => {
      writeFileSync(inWork('agencies.csv'), 'organId,name\n000.00.77.H61,Sở\u200b Tài chính\n000.1137.H61,Phòng Y tế\n');
      const dry = await run('agencies', 'import', inWork('agencies.csv'), '--dry-run');
      expect(dry).toMatchObject({ imported: 0, importable: 1, dirty: [{ kind: 'ZERO_WIDTH' }, { kind: 'CODE_MALFORMED', dropped: true }] });
      expect((await lienthong(['agencies', 'show', '000.00.77.H61'], gateway.env)).code).toBe(1);
      expect(await run('agencies', 'import', inWork('agencies.csv'))).toMatchObject({ imported: 1 });
      const again = lienthong(['agencies', 'import', inWork('agencies.csv')], gateway.env);
      expect(await run('agencies', 'list', '--search', 'so TAI chinh')).toMatchObject([{ name: 'Sở Tài chính' }]);
      expect(await again).toMatchObject({ code: 0, stdout: expect.stringContaining('CODE_REGISTERED') });
    },
    patience,
  );

  it(
    'are added and changed',
    async () => {
      const added = await run<object>('agencies', 'add', '000.00.78.H61', '--name', 'Sở  Y tế');
      expect(added).toMatchObject({ name: 'Sở Y tế', channel: 'inbox', signaturePolicy: 'required', status: 'active' });
      expect(await run('agencies', 'channel', '000.00.78.H61', 'push', '--push-url', 'https://y.example/in')).toMatchObject({
        channel: 'push',
      });
      expect(await run('agencies', 'policy', '000.00.78.H61', 'legacy')).toMatchObject({ signaturePolicy: 'legacy' });
      expect(await run('agencies', 'suspend', '000.00.78.H61', '--reason', 'thử')).toMatchObject({ status: 'suspended' });
      expect(await run('agencies', 'resume', '000.00.78.H61', '--reason', 'thử')).toMatchObject({ status: 'active' });
      const twice = lienthong(['agencies', 'add', '000.00.78.H61', '--name', 'x'], gateway.env);
      expect(await run('certs', 'add', '000.00.78.H61', inWork('certificate.pem'))).toMatchObject({ fingerprint: expect.any(String) });
      expect(await run('certs', 'list', '000.00.78.H61')).toHaveLength(1);
      expect(await twice).toMatchObject({ code: 1, stderr: expect.stringContaining('CODE_TAKEN') });
    },
    patience,
  );
});

describe('credentials on the command line', () => {
  it(
    'are new each time, and end the older ones at once',
    async () => {
      expect(statSync(inWork('so')).mode & 0o777).toBe(0o600);
      expect(readFileSync(inWork('so'), 'utf8')).toMatch(/^lts_[\w-]{43}\n$/);
      const issue = ['credentials', 'issue', '--client', 'tam'];
      const first = await run<Issued>(...issue, '--name', 'Tạm', '--agencies', usual.commune, '--scopes', 'receive');
      const second = await run<Issued>(...issue);
      expect([first.created, second.created]).toEqual([true, false]);
      const codes: (number | null)[] = [];
      for (const { secret } of [first, second]) {
        writeFileSync(inWork('tam'), secret);
        codes.push((await lienthong(['inbox', 'list', ...login('tam')])).code);
      }
      expect(codes).toEqual([1, 0]);
      expect((await lienthong([...issue, '--scopes', 'send'], gateway.env)).code).toBe(2);
    },
    patience,
  );
});

describe('a package on the command line', () => {
  let receipt: Receipt;

  it(
    'is validated, signed, sent once, and its receipt verified',
    async () => {
      writeFileSync(inWork('package.edxml'), packageXml());
      const sign = ['--key', inWork('key.pem'), '--cert', inWork('certificate.pem')];
      const send = ['send', inWork('package.edxml'), '--as', usual.department, ...login('so'), ...sign];
      expect(await run('validate', inWork('package.edxml'), ...login('so'), ...sign)).toMatchObject({ valid: true });
      const unsigned = await lienthong(['send', inWork('package.edxml'), ...login('so')]);
      expect([unsigned.code, unsigned.stderr]).toEqual([1, expect.stringContaining('SIGNATURE_MISSING')]);

      const kept = [...send, '--signed', inWork('signed.edxml'), '--receipt', inWork('receipt.xml')];
      receipt = await run<Receipt>(...kept);
      expect(receipt).toMatchObject({ first: true, kind: 'accepted', signature: 'valid' });
      expect(await run<Receipt>(...kept)).toMatchObject({ first: false, package: receipt.package });
      // the same content signed anew is the same package
      expect(await run<Receipt>(...send)).toMatchObject({ first: false, package: receipt.package });

      const { certificatePem } = await run<{ certificatePem: string }>('keys', 'show');
      writeFileSync(inWork('gateway.pem'), certificatePem);
      expect(await run('verify', inWork('receipt.xml'), '--cert', inWork('gateway.pem'))).toEqual({ kind: 'receipt', valid: true });
      expect(await run('verify', inWork('signed.edxml'), '--cert', inWork('certificate.pem'))).toEqual({ kind: 'package', valid: true });
    },
    patience,
  );

  it(
    'is held, released, refused by its recipient, replayed by filter and fetched, byte for byte',
    async () => {
      const id = receipt.recipients[0]?.delivery ?? '';
      expect(await run<Moved[]>('deliveries', 'hold', id, '--reason', 'thử')).toMatchObject([{ delivery: id, state: 'held' }]);
      expect(await run<Moved[]>('deliveries', 'release', id, '--reason', 'thử')).toMatchObject([{ state: 'waiting' }]);
      expect(await run('inbox', 'refuse', id, '--reason', 'thử', ...login('xa'))).toMatchObject({ state: 'failed' });

      const failed = ['--state', 'failed', '--recipient', usual.commune, '--since', '1h'];
      expect(await run('deliveries', 'list', ...failed)).toMatchObject([{ id, problem: { code: 'REFUSED_BY_RECIPIENT' } }]);
      expect(await run('deliveries', 'replay', ...failed, '--dry-run')).toMatchObject({ total: 1, byRecipient: { [usual.commune]: 1 } });
      expect(await run('deliveries', 'replay', id, '--dry-run')).toMatchObject([{ delivery: id, replayable: true }]);
      const plan = await run('deliveries', 'replay', ...failed, '--reason', 'đã sửa');
      expect(plan).toMatchObject({ total: 1, replayed: 1, finishedAt: expect.any(String) });

      const [fetched] = await run<{ file: string; sha256: string }[]>(
        'inbox',
        'fetch',
        '--all',
        '--ack',
        '--dir',
        inWork('in'),
        ...login('xa'),
      );
      expect(fetched?.sha256).toBe(receipt.package.sha256);
      expect(readFileSync(fetched?.file ?? '').equals(readFileSync(inWork('signed.edxml')))).toBe(true);
      expect(await run('deliveries', 'show', id)).toMatchObject({ state: 'delivered', attempts: 2 });
    },
    patience,
  );

  it(
    'is listed, shown, exported and accounted for',
    async () => {
      const { id } = receipt.package;
      expect(await run('packages', 'list', '--sender', usual.department, '--accepted', 'true')).toMatchObject([{ id }]);
      expect(await run('packages', 'show', id)).toMatchObject({ id, events: expect.any(Array) });
      await run('packages', 'export', id, inWork('exported.edxml'));
      expect(readFileSync(inWork('exported.edxml')).equals(readFileSync(inWork('signed.edxml')))).toBe(true);
      expect((await lienthong(['packages', 'export', id, inWork('exported.edxml')], gateway.env)).code).toBe(2);

      const feed = await run<{ receipts: { kind: string; id: string }[] }>('receipts', 'list', ...login('so'), '--dir', inWork('receipts'));
      expect(feed.receipts.map((one) => one.kind)).toEqual(expect.arrayContaining(['accepted', 'failed', 'delivered', 'rejected']));
      for (const one of feed.receipts) expect(readFileSync(join(inWork('receipts'), `${one.id}.xml`), 'utf8')).toContain(one.id);
      expect(await run('ledger')).toMatchObject({ unaccounted: 0, faults: [], checkedPackages: 1 });
    },
    patience,
  );
});
