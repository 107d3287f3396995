import { createHash } from 'node:crypto';
import { readConfig } from '../../src/config.ts';
import { createRevocation } from '../../src/revocation.ts';
import type { RevocationPolicy } from '../../src/routing/trust.ts';
import { defaultAnchorPolicy } from '../../src/routing/trust.ts';
import { openStore } from '../../src/store.ts';
import { jsonOf } from '../cli/command-line.ts';
import { openAuthority } from '../support/authority.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { pdf } from '../support/packages.ts';
import { createSigners, newPdf, signPdf, update } from '../support/pdf-files.ts';
import { scratchFolder } from '../support/signed-packages.ts';

const { department } = usual;

interface Shown {
  readonly attachments: readonly {
    readonly name: string;
    readonly pdf?: { readonly verdict: string; readonly signatures: readonly Readonly<Record<string, unknown>>[] };
  }[];
}

let gateway: TestGateway;
let folder: ReturnType<typeof scratchFolder>;
let files: Readonly<Record<'good' | 'altered' | 'changed' | 'unsigned', Buffer>>;

beforeAll(async () => {
  folder = scratchFolder();
  const { rsa } = createSigners(folder.path, ['rsa']);
  if (rsa === undefined) throw new Error('no signer');
  const good = signPdf(newPdf('Cong van', 40_000), rsa);
  const altered = Buffer.from(good.bytes);
  altered[altered.indexOf('Cong van')] = 0x44;
  const changed = update(good, [{ number: 4, text: '<< /Length 5 >>\nstream\nBT ET\nendstream' }]);
  files = { good: good.bytes, altered, changed: changed.bytes, unsigned: newPdf().bytes };
  gateway = await startTestGateway();
});
afterAll(async () => {
  await gateway?.close();
  folder.remove();
});

const document = (names: readonly (keyof typeof files)[], zip = false) =>
  gateway.agency(department).document({ attachments: names.map((name) => pdf(`${name}.pdf`, { bytes: files[name], zip })) });

const looked = (id: string) =>
  eventually(async () => {
    const found = (await gateway.client(department).package(id)) as unknown as Shown;
    return found.attachments.every((one) => one.pdf !== undefined) && found;
  });

const verdicts = ({ attachments }: Shown) => attachments.map((one) => `${one.name} ${one.pdf?.verdict}`);

describe('signatures inside PDF attachments', () => {
  it.each([false, true])('are looked at after acceptance and shown to the sender and to operators (zip: %s)', async (zip) => {
    const names = ['good', 'altered', 'changed', 'unsigned'] as const;
    const { receipt } = await gateway.client(department).send(document(names, zip));
    expect(receipt.kind).toBe('accepted');
    const found = await looked(receipt.package.id);
    expect(verdicts(found)).toEqual(['good.pdf untrusted', 'altered.pdf broken', 'changed.pdf changed', 'unsigned.pdf unsigned']);
    expect(found.attachments[0]?.pdf?.signatures[0]).toMatchObject({
      subFilter: 'adbe.pkcs7.detached',
      coverage: 'whole',
      integrity: 'intact',
      algorithm: 'rsa-sha256',
      signer: { commonName: 'rsa', organisation: 'So Noi vu', issuer: 'ca' },
      trusted: false,
      problem: { code: 'CHAIN_NO_ANCHOR' },
    });
    const shown = (await gateway.operator.operator.package(receipt.package.id)) as unknown as Shown;
    expect(verdicts(shown)).toEqual(verdicts(found));
    const printed = await jsonOf<Shown>(['packages', 'show', receipt.package.id], gateway.env as Record<string, string>);
    expect(verdicts(printed)).toEqual(verdicts(found));
  });

  it('are refused before acceptance when the policy says so, with the names of all files', async () => {
    await gateway.restart({ LIENTHONG_PDF_SIGNATURES: 'refuse-broken' });
    const refusal = await gateway
      .client(department)
      .send(document(['good', 'altered', 'changed']))
      .catch((error: unknown) => error);
    const { problems } = refusal as { problems: readonly { code: string; en: string }[] };
    expect(problems.map(({ code }) => code)).toEqual(['PDF_SIGNATURE_BROKEN', 'PDF_CHANGED_AFTER_SIGNING']);
    expect(problems[0]?.en).toContain('altered.pdf');
    const { receipt } = await gateway.client(department).send(document(['good', 'unsigned']));
    const found = (await gateway.client(department).package(receipt.package.id)) as unknown as Shown;
    expect(verdicts(found)).toEqual(['good.pdf untrusted', 'unsigned.pdf unsigned']);
    await gateway.restart({ LIENTHONG_PDF_SIGNATURES: 'refuse-untrusted' });
    await expect(gateway.client(department).send(document(['good']))).rejects.toMatchObject({
      problems: [{ code: 'PDF_SIGNER_UNTRUSTED' }],
    });
  });
});

describe('the revocation of who signed a PDF file', () => {
  it('is asked about as the policy of the anchor says, kept and shown, and refuses only where the policy for PDF files does', async () => {
    const authority = await openAuthority('CA Thử nghiệm');
    const store = await openStore(readConfig(gateway.env), { info: () => undefined, warn: () => undefined, error: () => undefined });
    try {
      const signer = await authority.issue('Lãnh đạo sở');
      const signed = signPdf(newPdf(), { key: signer.keyPath, certificate: signer.path }).bytes;
      const send = () =>
        gateway.client(department).send(gateway.agency(department).document({ attachments: [pdf('a.pdf', { bytes: signed })] }));
      const says = async () => {
        const [attachment] = (await looked((await send()).receipt.package.id)).attachments;
        const signature = attachment?.pdf?.signatures[0] as { revocation?: string; problem?: { code: string } };
        return `${attachment?.pdf?.verdict} ${signature.revocation ?? signature.problem?.code}`;
      };
      const certificate = authority.certificate.der;
      const fingerprint = createHash('sha256').update(certificate).digest('hex');
      const policy = { ...defaultAnchorPolicy, purposes: ['document' as const] };
      const imported = async () => createRevocation(readConfig(gateway.env), store).shelf.take(await authority.crl(), 'file:ca.crl');
      const under = async (revocation: RevocationPolicy) => {
        await store.trust.setPolicy('ca', { ...policy, revocation }, 'cli:test', 'thử');
        // The gateway looks at the version of the settings once a second, and at what it knows of a certificate after five.
        await gateway.restart();
      };
      await store.trust.add([{ id: 'ca', name: 'ca', fingerprint, certificate, policy }], [], 'cli:test');
      await gateway.restart({ LIENTHONG_PDF_SIGNATURES: 'report' });
      expect(await says()).toBe('trusted unknown');
      await under('hard-fail');
      expect(await says()).toBe('untrusted REVOCATION_UNKNOWN');
      await imported();
      await gateway.restart();
      expect(await says()).toBe('trusted good');
      await authority.revoke(signer, 'keyCompromise', '20260101000000Z');
      await imported();
      await gateway.restart();
      expect(await says()).toBe('untrusted CERTIFICATE_REVOKED');
      await under('off');
      expect(await says()).toBe('trusted not-asked');
      await under('quarantine');
      await gateway.restart({ LIENTHONG_PDF_SIGNATURES: 'refuse-untrusted' });
      await expect(send()).rejects.toMatchObject({ problems: [{ code: 'PDF_SIGNER_UNTRUSTED' }] });
    } finally {
      await store.close();
      await authority.close();
    }
  }, 120_000);
});
