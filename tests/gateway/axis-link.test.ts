import { createHash } from 'node:crypto';
import { lienthong } from '../cli/command-line.ts';
import { giveSystem, openAxisRoute } from '../support/axis-pair.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';

const { department, commune } = usual;
const [outsideA, outsideB] = ['000.00.01.G22', '000.00.02.G22'] as const;
const systemId = 'tinh.h61';
const secret = 'a secret of the province';

/** The gateway under test, of the province H61, and the axis above it: another gateway, by its façade. */
let province: TestGateway;
let axis: TestGateway;

beforeAll(async () => {
  [province, axis] = await Promise.all([
    startTestGateway({ agencies: [{ code: 'TRUC.QG', agency: { channel: 'upward', signaturePolicy: 'optional' } }] }),
    startTestGateway({ env: { LIENTHONG_PROVINCE: 'H61,G22' }, agencies: [{ code: outsideA }, { code: outsideB }] }),
  ]);
  // the axis takes what it can't verify, as the real one does: it knows no certificates
  await axis.database?.pool.query(`update agencies set signature_policy = 'optional'`);
  await axis.database?.pool.query('update certificates set withdrawn_at = now()');
  await giveSystem(axis, systemId, [department, commune], secret);
  await openAxisRoute(province, 'TRUC.QG', { endpoint: `${axis.url}/vxp`, systemId, secret });
});
afterAll(async () => {
  await Promise.all([province?.close(), axis?.close()]);
});

const to = (...codes: string[]) => ({ to: codes.map((code) => ({ code, name: code })) });

/** Waits until the deliveries of a package to these recipients are in these states. */
function settled(gateway: TestGateway, packageId: string, wanted: Readonly<Record<string, string>>): Promise<boolean> {
  return eventually(async () => {
    const found = await gateway.rows<{ recipient: string; state: string }>(
      'select recipient, state from deliveries where package_id = $1',
      [packageId],
    );
    const states = new Map(found.map((one) => [one.recipient, one.state]));
    return Object.entries(wanted).every(([code, state]) => states.get(code) === state);
  });
}

/** The package that another gateway has with this content. */
function arrived(gateway: TestGateway, bytes: Buffer): Promise<{ id: string }> {
  const sha256 = createHash('sha256').update(bytes).digest();
  return eventually(
    async () => (await gateway.rows<{ id: string }>('select id from packages where sha256 = $1 and accepted', [sha256]))[0],
  );
}

const idOf = async (packageId: string) =>
  (await province.rows<{ document_id: string }>('select document_id from packages where id = $1', [packageId]))[0]?.document_id ?? '';

const statusesOf = (packageId: string) =>
  province.rows(
    `select s.status_code, p.sender_code from statuses s join deliveries d on d.id = s.delivery_id join packages p on p.id = s.package_id
     where d.package_id = $1`,
    [packageId],
  );

describe('the link to the axis', () => {
  it('submits once for all recipients outside, and keeps what the axis called it', async () => {
    const bytes = province.agency(department).document(to(commune, outsideA, outsideB));
    const { receipt } = await province.client(department).send(bytes);
    await settled(province, receipt.package.id, { [outsideA]: 'delivered', [outsideB]: 'delivered' });
    const above = await arrived(axis, bytes);
    const details = await province.rows('select doc_ids, detail from submissions where package_id = $1', [receipt.package.id]);
    expect(details).toEqual([{ doc_ids: [above.id], detail: `DocId ${above.id}` }]);
    const { stdout } = await lienthong(['packages', 'show', receipt.package.id], province.env);
    expect(stdout).toContain(above.id);
  });

  it('brings what comes in to its recipients here, each entry answered once its package is ours', async () => {
    const bytes = axis.agency(outsideA).document(to(department, commune));
    const sent = await axis.client(outsideA).send(bytes);
    const here = await arrived(province, bytes);
    await settled(axis, sent.receipt.package.id, { [department]: 'delivered', [commune]: 'delivered' });
    await settled(province, here.id, { [department]: 'waiting', [commune]: 'waiting' });
    // what the axis was told is noted here a moment after the axis has it
    const entries = await eventually(async () => {
      const found = await province.rows<{ state: string }>(
        `select recipient, state, sender from upward_entries where package_id = $1 order by recipient`,
        [here.id],
      );
      return found.every(({ state }) => state === 'done') && found;
    });
    expect(entries).toEqual([
      { recipient: department, state: 'done', sender: outsideA },
      { recipient: commune, state: 'done', sender: outsideA },
    ]);
    const { stdout } = await lienthong(['packages', 'show', here.id], province.env);
    expect(stdout).toMatch(/absent/);
    expect(stdout).toContain('SIGNATURE_NOT_VERIFIABLE');
  });

  it('carries statuses both ways, to the sender and to the page of the document', async () => {
    const mine = province.agency(department).document(to(outsideA));
    const sent = await province.client(department).send(mine);
    await settled(province, sent.receipt.package.id, { [outsideA]: 'delivered' });
    await axis
      .client(outsideA)
      .send(axis.agency(outsideA).status({ about: { code: department, documentId: await idOf(sent.receipt.package.id) }, status: '01' }));
    const life = await eventually(async () => (await statusesOf(sent.receipt.package.id))[0]);
    expect(life).toEqual({ status_code: '01', sender_code: outsideA });

    const theirs = axis.agency(outsideB).document(to(department));
    const above = await axis.client(outsideB).send(theirs);
    const here = await arrived(province, theirs);
    const answer = province.agency(department).status({ about: { code: outsideB, documentId: await idOf(here.id) }, status: '03' });
    await province.client(department).send(answer);
    const told = await eventually(
      async () =>
        (
          await axis.rows(`select s.status_code from statuses s join deliveries d on d.id = s.delivery_id where d.package_id = $1`, [
            above.receipt.package.id,
          ])
        )[0],
    );
    expect(told).toEqual({ status_code: '03' });
  });
});
