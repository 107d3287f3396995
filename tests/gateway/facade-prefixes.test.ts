import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jsonOf } from '../cli/command-line.ts';
import { admitSystems, eDoc, entriesIn, ok, systemOf } from '../support/axis.ts';
import { AxisClient } from '../support/axis-client.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway } from '../support/gateway.ts';
import { buildPackage } from '../support/packages.ts';

const [lenient, strict, signing, commune] = ['000.00.31.H61', '000.00.32.H61', '000.00.33.H61', '000.00.34.H61'] as const;
const optional = { agency: { signaturePolicy: 'optional' as const } };
let gateway: TestGateway;

beforeAll(async () => {
  const agencies = [{ code: lenient, ...optional }, { code: strict, ...optional }, { code: signing }, { code: commune }];
  gateway = await startTestGateway({ bare: true, agencies });
  await admitSystems(gateway, [lenient, strict, signing, commune]);
  for (const code of [lenient, signing]) await setMode(code, 'repair');
});
afterAll(() => gateway?.close());

/** Sets the mode of a system as an operator does; its secret goes on for a while. */
async function setMode(code: string, mode: 'refuse' | 'repair') {
  const words = ['credentials', 'issue', '--kind', 'vxp', '--client', gateway.agency(code).client.id, '--system-id', systemOf(code).id];
  await jsonOf([...words, '--overlap', '7d', '--undeclared-prefixes', mode], gateway.env as Record<string, string>);
}

function system(code: string): AxisClient {
  const { id, secret } = systemOf(code);
  return new AxisClient(`${gateway.url}/vxp`, id, secret);
}

const undeclared = (bytes: Buffer) => Buffer.from(bytes.toString().replace('<edXML:Reference>', '<edXML:Reference xlink:href="">'));
const send = (from: string, bytes: Buffer) => system(from).sendEdoc({ from, ...eDoc }, bytes);
const unsigned = (from: string, number: string) =>
  undeclared(buildPackage({ from: { code: from }, to: [{ code: commune }], number, documentId: `${from},${number}` }));

describe('a system whose packages may leave prefixes undeclared', () => {
  it('has them taken, with a warning in the receipt and a line in the log; what is passed on are its bytes', async () => {
    const bytes = unsigned(lenient, '1');
    const sent = await send(lenient, bytes);
    expect(sent.json).toMatchObject(ok);
    const docId = String(sent.json?.['DocId']);
    const [entry] = entriesIn(await system(lenient).call('getSentEdocList', { docId }));
    const fetched = await system(commune).call('getEdoc', { docId: entry?.['receiverDocId'] ?? '' });
    expect(Buffer.from(String(fetched.json?.['data']), 'base64')).toEqual(bytes);
    const shown = await gateway.operator.operator.package(docId);
    expect(shown.problems.map(({ code }) => code)).toContain('PREFIX_REPAIRED');
    const receipt = await gateway.database?.pool.query(`select xml from receipts where package_id = $1 and kind = 'accepted'`, [docId]);
    expect(receipt?.rows[0].xml).toContain('PREFIX_REPAIRED');
    const log = await readFile(join(gateway.folder, 'all.log'), 'utf8');
    expect(log).toMatch(/"sender":"000\.00\.31\.H61".*undeclared prefixes repaired/);
  });

  it('is the only one: others are refused with the place', async () => {
    const { json } = await send(strict, unsigned(strict, '2'));
    expect(json).toMatchObject({ status: 'FAIL', ErrorCode: '22', ErrorDesc: expect.stringMatching(/^PREFIX_XLINK_UNDECLARED/) });
  });

  it('has its signatures count for nothing where they would be needed', async () => {
    const signed = undeclared(gateway.agency(signing).document({ to: [{ code: commune }] }));
    expect((await send(signing, signed)).json).toMatchObject({
      status: 'FAIL',
      ErrorCode: '22',
      ErrorDesc: expect.stringMatching(/^SIGNATURE_OVER_REPAIRED/),
    });
    const asIf = undeclared(gateway.agency(lenient).document({ to: [{ code: commune }] }));
    const sent = await send(lenient, asIf);
    expect(sent.json).toMatchObject(ok);
    expect(await gateway.operator.operator.package(String(sent.json?.['DocId']))).toMatchObject({ signature: 'absent' });
  });

  it('is refused again when the mode is taken back', async () => {
    await setMode(lenient, 'refuse');
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await send(lenient, unsigned(lenient, '4'))).json).toMatchObject({ status: 'FAIL', ErrorCode: '22' });
  });
});
