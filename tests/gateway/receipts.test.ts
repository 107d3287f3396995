import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyReceipt } from '../../src/adapters/edxml/second-verifier.ts';
import type { ReceiptAnswer } from '../../src/client/client.ts';
import { readReceipt } from '../../src/client/client.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { buildPackage } from '../support/packages.ts';
import { ECDSA_SHA256, EXCLUSIVE, hasTool, signatureTemplate, signWithXmlsec, xmlsecAccepts } from '../support/signed-packages.ts';

const { department, commune, pushed } = usual;
const unknown = '000.00.99.H61';
const outside = '000.00.12.G22';
const withXmlsec = hasTool('xmlsec1') ? it : it.skip;

let gateway: TestGateway;
let certificate: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  certificate = await readFile(join(gateway.folder, 'data/keys/gateway-certificate.pem'), 'utf8');
});
afterAll(() => gateway?.close());

const send = (...codes: string[]) =>
  gateway.client(department).send(gateway.agency(department).document({ to: codes.map((code) => ({ code, name: code })) }));

/** Reads the feed from a cursor to its end, in small pages. */
async function feedAfter(after?: string): Promise<{ receipts: ReceiptAnswer[]; next: string | undefined }> {
  const receipts: ReceiptAnswer[] = [];
  for (let cursor = after; ; ) {
    const page = await gateway.client(department).receipts({ limit: 5, ...(cursor === undefined ? {} : { after: cursor }) });
    receipts.push(...page.receipts);
    cursor = page.next ?? cursor;
    if (!page.more) return { receipts, next: cursor };
  }
}

/** Makes one receipt of each kind that can be had without waiting for days. */
async function oneOfEach(): Promise<void> {
  await send(pushed, unknown);
  const { receipt } = await send(outside);
  await gateway.operator.operator.cancel(receipt.recipients[0]?.delivery ?? '', 'Gửi nhầm');
  await gateway
    .client(department)
    .send(gateway.agency(department).document({ subject: '' }))
    .catch(() => undefined);
}

describe('the receipts of a sender', () => {
  it('come in one feed, each verifies with the second verifier and says the same as the feed', async () => {
    const { next } = await feedAfter();
    await oneOfEach();
    const receipts = await eventually(async () => {
      const page = await feedAfter(next);
      return new Set(page.receipts.map(({ kind }) => kind)).size === 5 && page.receipts;
    });
    expect(receipts.map(({ kind }) => kind).sort()).toEqual(['accepted', 'accepted', 'cancelled', 'delivered', 'failed', 'rejected']);
    for (const { xml, id, kind, package: packageId, delivery } of receipts) {
      expect(verifyReceipt(xml, certificate)).toEqual({ valid: true });
      const said = readReceipt(xml);
      expect({ id: said.id, kind: said.kind, package: said.package.id, delivery: said.delivery?.id }).toEqual({
        id,
        kind,
        package: packageId,
        delivery,
      });
      expect(await gateway.client(department).receipt(id)).toBe(xml);
    }
  });

  it('never skip one, however many are made while the feed is read', async () => {
    const { next } = await feedAfter();
    const sent: string[] = [];
    const sending = Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let i = 0; i < 12; i += 1) sent.push((await send(commune)).receipt.id);
      }),
    );
    let done = false;
    void sending.then(() => {
      done = true;
    });
    const seen: string[] = [];
    let cursor = next;
    while (!done) {
      const page = await feedAfter(cursor);
      seen.push(...page.receipts.map(({ id }) => id));
      cursor = page.next;
    }
    await sending;
    seen.push(...(await feedAfter(cursor)).receipts.map(({ id }) => id));
    expect(seen.slice().sort()).toEqual(sent.slice().sort());
  });

  it("are nobody else's to read", async () => {
    const { receipt } = await send(commune);
    await expect(gateway.client(commune).receipt(receipt.id)).rejects.toMatchObject({ status: 404 });
    await expect(gateway.operator.receipt(receipt.id)).resolves.toContain(receipt.id);
  });

  it('no longer verify when one character was changed', async () => {
    const { xml } = await send(commune);
    expect(verifyReceipt(xml.replace(department, commune), certificate)).toMatchObject({ valid: false });
  });
});

describe('xmlsec1', () => {
  withXmlsec('signs a package that is accepted, and accepts the receipt of it', async () => {
    const { identity } = gateway.agency(department);
    const template = signatureTemplate({ canonicalization: EXCLUSIVE, algorithm: ECDSA_SHA256 });
    const unsigned = buildPackage({ from: { code: department, name: 'Sở Nội vụ' }, inEdxmlHeader: '@' }).toString();
    const signed = signWithXmlsec(gateway.folder, unsigned.replace('@', template), identity);
    const { receipt, xml } = await gateway.client(department).send(Buffer.from(signed));
    expect(receipt).toMatchObject({ kind: 'accepted', signature: 'valid' });
    await writeFile(join(gateway.folder, 'receipt.xml'), xml);
    const pem = join(gateway.folder, 'data/keys/gateway-certificate.pem');
    expect(xmlsecAccepts(join(gateway.folder, 'receipt.xml'), pem)).toBe(true);
    await writeFile(join(gateway.folder, 'forged.xml'), xml.replace('accepted', 'rejected'));
    expect(xmlsecAccepts(join(gateway.folder, 'forged.xml'), pem)).toBe(false);
  });
});
