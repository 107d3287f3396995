import { readReceipt } from '../../src/client/client.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { buildPackage, pdf } from '../support/packages.ts';
import { sha256, signQuickly } from '../support/quick-signer.ts';

const { department, commune } = usual;
const xml = { 'content-type': 'application/xml' };
const json = { ...xml, accept: 'application/json' };

interface ProblemAnswer {
  readonly status: number;
  readonly problems: readonly {
    readonly code: string;
    readonly vi: string;
    readonly en: string;
    readonly at?: string;
    readonly line?: number;
  }[];
}

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway?.close());

const document = (...given: Parameters<ReturnType<TestGateway['agency']>['document']>) => gateway.agency(department).document(...given);
const post = (body: Uint8Array | FormData, headers: Record<string, string> = xml) =>
  gateway.request('/v1/packages', { as: department, headers, body: body as NonNullable<RequestInit['body']> });
const problemsOf = async (answer: Response) => (await answer.json()) as ProblemAnswer;

describe('sending a package', () => {
  it('is answered with a signed receipt that names the bytes as they were received', async () => {
    const bytes = document();
    const answer = await post(bytes);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('content-type')).toBe('application/xml');
    const receipt = readReceipt(await answer.text());
    expect(answer.headers.get('location')).toBe(`/v1/packages/${receipt.package.id}`);
    expect(receipt).toMatchObject({
      kind: 'accepted',
      signature: 'valid',
      package: { sha256: sha256(bytes), size: bytes.length, sender: department },
      recipients: [{ code: commune, state: 'waiting' }],
    });
  });

  it('gives the receipt as JSON to who asks for it', async () => {
    const answer = await post(document(), json);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.json()).toMatchObject({ kind: 'accepted', signature: { state: 'valid', algorithm: 'ecdsa-sha256' } });
  });

  it('takes the package out of multipart/form-data', async () => {
    const bytes = document();
    const form = new FormData();
    form.set('package', new Blob([bytes], { type: 'application/xml' }), 'van-ban.edxml');
    const answer = await post(form, {});
    expect(answer.status).toBe(201);
    expect(readReceipt(await answer.text()).package.sha256).toBe(sha256(bytes));
  });

  it('takes the package out of multipart/related', async () => {
    const bytes = document();
    const head = '--goi\r\nContent-Type: application/xml\r\nContent-ID: <van-ban>\r\n\r\n';
    const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--goi--\r\n')]);
    const answer = await post(body, { 'content-type': 'multipart/related; boundary=goi; type="application/xml"; start="<van-ban>"' });
    expect(answer.status).toBe(201);
    expect(readReceipt(await answer.text()).package.sha256).toBe(sha256(bytes));
  });

  it('keeps a long attachment and a short text together, byte for byte', async () => {
    const bytes = document({ attachments: [pdf('dài.pdf', { bytes: Buffer.alloc(3_000_000, '%PDF-1.7 ') }), pdf('ngắn.pdf')] });
    const { receipt } = await gateway.client(department).send(bytes);
    const exported = await gateway.operator.operator.export(receipt.package.id, `${gateway.folder}/exported.edxml`);
    expect(exported).toMatchObject({ sha256: sha256(bytes), size: bytes.length });
  });
});

describe('sending the same package again', () => {
  it('stores one of 50 concurrent posts and gives all the same receipt', async () => {
    const bytes = document();
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(bytes)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array<number>(49).fill(200), 201]);
    expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1);
    const { packages } = await gateway.client(department).packages({ limit: 500 });
    expect(packages.filter((one) => one.sha256 === sha256(bytes))).toHaveLength(1);
  });

  it('refuses other content under a used Idempotency-Key, and the key stays with the first', async () => {
    const first = document();
    const keyed = { ...xml, 'idempotency-key': 'so-cong-van-den-17' };
    expect((await post(first, keyed)).status).toBe(201);
    const other = await post(document(), keyed);
    expect(other.status).toBe(409);
    expect((await problemsOf(other)).problems.map(({ code }) => code)).toEqual(['MESSAGE_ID_REUSED']);
    expect((await post(first, keyed)).status).toBe(200);
  });

  it('does not let a rejected package occupy a key', async () => {
    const keyed = { ...xml, 'idempotency-key': 'bi-tu-choi' };
    expect((await post(document({ subject: '' }), keyed)).status).toBe(422);
    expect((await post(document(), keyed)).status).toBe(201);
  });
});

describe('a package that can not be accepted', () => {
  it('is answered with all that is wrong at once, in both languages and with the place', async () => {
    const wrong = document({ subject: '', priority: 'khẩn', promulgationDate: '2026-03-02' });
    const answer = await post(Buffer.from(wrong.toString().replace('<DigestValue>', '<DigestValue>AAAA')));
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    const { problems } = await problemsOf(answer);
    expect(problems.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['FIELD_MISSING', 'PRIORITY_INVALID', 'DATE_FORMAT', expect.stringMatching(/^SIGNATURE_/)]),
    );
    for (const problem of problems) {
      expect(problem).toMatchObject({
        vi: expect.stringMatching(/\S/),
        en: expect.stringMatching(/\S/),
        at: expect.stringMatching(/^\/edXML/),
      });
    }
    expect(problems.find(({ code }) => code === 'DATE_FORMAT')?.line).toBeGreaterThan(1);
  });

  it('is refused when anything was changed after it was signed, and leaves a signed receipt of that', async () => {
    const forged = Buffer.from(document().toString().replace('cải cách', 'cải tạo'));
    const answer = await post(forged);
    expect(answer.status).toBe(422);
    expect((await problemsOf(answer)).problems.map(({ code }) => code)).toEqual(['SIGNATURE_INVALID']);
    const { packages } = await gateway.client(department).packages({ accepted: false, limit: 1 });
    const kept = await gateway.client(department).package(packages[0]?.id ?? '');
    expect(kept).toMatchObject({ accepted: false, sha256: sha256(forged), receipts: [{ kind: 'rejected' }], deliveries: [] });
  });

  it('is refused when it is signed by another agency than it says it is from', async () => {
    const { identity } = gateway.agency(commune);
    const answer = await post(signQuickly(buildPackage({ from: { code: department, name: 'Sở Nội vụ' } }), identity));
    expect(answer.status).toBe(422);
    expect((await problemsOf(answer)).problems.map(({ code }) => code)).toEqual(['SIGNATURE_INVALID']);
  });

  it('is refused when the system that brings it may not speak for its sender', async () => {
    const answer = await post(gateway.agency(commune).document());
    expect(answer.status).toBe(403);
    expect((await problemsOf(answer)).problems.map(({ code }) => code)).toContain('SENDER_NOT_YOURS');
  });
});

describe('validating a package', () => {
  it('says the same as sending it would, and stores nothing', async () => {
    const before = await gateway.client(department).packages({ limit: 500 });
    const good = await gateway.client(department).validate(document({ attachments: [] }));
    expect(good).toMatchObject({ valid: true, warnings: [expect.objectContaining({ code: 'NO_ATTACHMENT' })] });
    const bad = gateway.client(department).validate(document({ subject: '' }));
    await expect(bad).rejects.toMatchObject({ status: 422, problems: [expect.objectContaining({ code: 'FIELD_MISSING' })] });
    expect(await gateway.client(department).packages({ limit: 500 })).toEqual(before);
  });
});
