import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XmlDocument, XmlValidateError, XsdValidator } from 'libxml2-wasm';
import { verifyReceipt } from '../../../src/adapters/edxml/second-verifier.ts';
import type { GatewayKey } from '../../../src/adapters/pki/gateway-key.ts';
import { loadGatewayKey } from '../../../src/adapters/pki/key-source.ts';
import { createReceiptSigner } from '../../../src/adapters/pki/receipt-xml.ts';
import type { Receipt } from '../../../src/routing/receipt.ts';
import { identity } from '../../support/certificates.ts';
import { hasTool, runJdk } from '../../support/signed-packages.ts';

const id = '0190a5b2-1111-7222-8333-444455556666';
const sha256 = 'ab'.repeat(32);
const issuedAt = new Date('2026-03-02T17:15:00.123Z');
const hostile = 'a & <b> "c" \'d\' ]]> \r\n\t\u0001\ud800 e\u0301 𝒳 <?x?> <!-- -->';
const about = { id, sha256, size: 1234, receivedAt: issuedAt, sender: '000.00.12.H61', documentId: hostile, reference: '07/SNV-CCHC' };
const base = { id, issuedAt, gateway: 'H61', package: about };
const delivery = { id, recipient: '000.00.45.H61', attempts: 17, settledAt: issuedAt };
const problems = [
  { code: 'NOT_XML', at: '/edXML/x[2]', line: 3, params: { detail: hostile } },
  { code: 'NO_ROUTE', params: { recipient: 'H62' } },
] as const;

const forwarded = {
  to: '000.00.23.H61',
  name: hostile,
  steps: [
    { kind: 'recode', from: '000.00.23.H59', to: '000.00.24.H59' },
    { kind: 'merge', on: '2025-07-01', from: '000.00.24.H59', to: '000.00.23.H61', basis: hostile },
  ],
} as const;

/** One of every kind, and every part of a receipt in at least one of them. */
const receipts: readonly (readonly [string, Receipt])[] = [
  [
    'accepted, signed',
    {
      ...base,
      kind: 'accepted',
      signature: { state: 'valid', algorithm: 'ecdsa-sha256', fingerprint: sha256 },
      recipients: [
        { code: '000.00.45.H61', deliveryId: id, state: 'waiting' },
        { code: 'H62', deliveryId: id, state: 'held', problem: problems[1] },
        { code: '000.00.23.H59', deliveryId: id, state: 'waiting', forwarded },
      ],
      problems: [],
    },
  ],
  [
    'accepted, weak, with warnings',
    { ...base, kind: 'accepted', signature: { state: 'weak', algorithm: 'rsa-sha1', fingerprint: sha256 }, recipients: [], problems },
  ],
  ['accepted, unsigned', { ...base, kind: 'accepted', signature: { state: 'absent' }, recipients: [] }],
  ['rejected, nothing known of it', { ...base, kind: 'rejected', package: { id, sha256, size: 0, receivedAt: issuedAt }, problems }],
  ['delivered', { ...base, kind: 'delivered', delivery }],
  ['failed', { ...base, kind: 'failed', delivery, problems }],
  ['expired', { ...base, kind: 'expired', delivery, problems }],
  ['cancelled', { ...base, kind: 'cancelled', delivery: { ...delivery, attempts: 0 }, problems }],
];

const folder = mkdtempSync(join(tmpdir(), 'lienthong-receipt-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const keys = new Map<string, GatewayKey>();
beforeAll(async () => {
  keys.set('EC', await loadGatewayKey({ folder, name: 'H61', now: issuedAt }));
  const { keyPem, certificatePem } = await identity('rsa-2048');
  const [keyFile, certificateFile] = [join(folder, 'rsa-key.pem'), join(folder, 'rsa.pem')];
  writeFileSync(keyFile, keyPem);
  writeFileSync(certificateFile, certificatePem);
  keys.set('RSA', await loadGatewayKey({ folder, name: 'H61', now: issuedAt, keyFile, certificateFile }));
});
const keyOf = (name: string) => keys.get(name) as GatewayKey;

const schema = XmlDocument.fromBuffer(readFileSync(join(import.meta.dirname, '../../../../schemas/xsd/receipt.xsd')));
const validator = XsdValidator.fromDoc(schema);

function schemaErrors(xml: string): string[] {
  const doc = XmlDocument.fromString(xml);
  try {
    validator.validate(doc);
    return [];
  } catch (error) {
    if (error instanceof XmlValidateError) return error.details.map((detail) => detail.message);
    throw error;
  } finally {
    doc.dispose();
  }
}

describe.each(['EC', 'RSA'])('a receipt signed with the %s key', (keyName) => {
  it.each(receipts)('is valid by schema and for the second verifier: %s', async (_name, receipt) => {
    const xml = await createReceiptSigner(() => keyOf(keyName))(receipt);
    expect(schemaErrors(xml)).toEqual([]);
    expect(verifyReceipt(xml, keyOf(keyName).certificatePem)).toEqual({ valid: true });
  });

  it('is its own canonical form, but for the declaration', async () => {
    for (const [, receipt] of receipts) {
      const xml = await createReceiptSigner(() => keyOf(keyName))(receipt);
      const doc = XmlDocument.fromString(xml);
      expect(`<?xml version="1.0" encoding="UTF-8"?>\n${doc.canonicalizeToString({ mode: 1 })}`).toBe(xml);
      doc.dispose();
    }
  });

  it('is refused once anything in it is changed, or with another certificate', async () => {
    const xml = await createReceiptSigner(() => keyOf(keyName))((receipts[0] as (typeof receipts)[number])[1]);
    const other = keyName === 'EC' ? 'RSA' : 'EC';
    expect(verifyReceipt(xml, keyOf(other).certificatePem)).toMatchObject({ valid: false });
    const changes: [string, string][] = [
      ['kind="accepted"', 'kind="rejected"'],
      ['<size>1234', '<size>1235'],
      ['</gateway>', '</gateway> '],
      ['+07:00', '+08:00'],
      ['state="waiting"', 'state="delivered"'],
    ];
    for (const [from, to] of changes) {
      expect(xml).toContain(from);
      expect(verifyReceipt(xml.replace(from, to), keyOf(keyName).certificatePem)).toMatchObject({ valid: false });
    }
    expect(verifyReceipt(`${xml}<more/>`, keyOf(keyName).certificatePem)).toMatchObject({ valid: false });
  });

  (hasTool('xmlsec1') ? it : it.skip)('is valid for xmlsec1 (needs xmlsec1)', async () => {
    const certificate = join(folder, `${keyName}-certificate.pem`);
    writeFileSync(certificate, keyOf(keyName).certificatePem);
    for (const [, receipt] of receipts) {
      const path = join(folder, 'receipt.xml');
      writeFileSync(path, await createReceiptSigner(() => keyOf(keyName))(receipt));
      expect(spawnSync('xmlsec1', ['--verify', '--pubkey-cert-pem', certificate, path]).status).toBe(0);
    }
  });
});

(hasTool('javac') ? it : it.skip)('receipts of both keys are valid for the JDK (needs a JDK)', async () => {
  const commands: string[][] = [];
  for (const name of ['EC', 'RSA']) {
    const certificate = join(folder, `${name}-jdk.pem`);
    writeFileSync(certificate, keyOf(name).certificatePem);
    for (const [index, [, receipt]] of receipts.entries()) {
      const path = join(folder, `${name}-${index}.xml`);
      writeFileSync(path, await createReceiptSigner(() => keyOf(name))(receipt));
      commands.push(['verify', path, certificate]);
    }
  }
  expect(new Set(runJdk(commands))).toEqual(new Set(['valid']));
});

it('times are written in Viet Nam time, and the schema takes no other', async () => {
  const xml = await createReceiptSigner(() => keyOf('EC'))((receipts[4] as (typeof receipts)[number])[1]);
  expect(xml).toContain('<issuedAt>2026-03-03T00:15:00.123+07:00</issuedAt>');
  expect(schemaErrors(xml.replace('+07:00', 'Z'))).not.toEqual([]);
  expect(schemaErrors(xml.replace('kind="delivered"', 'kind="lost"'))).not.toEqual([]);
});
