import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { eventually } from '../support/eventually.ts';
import type { RequestOptions, TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { buildPackage } from '../support/packages.ts';
import { basicAuth } from '../support/participants.ts';
import { openRaw } from '../support/raw-http.ts';

const { department, commune } = usual;
const suspended = '000.00.47.H61';
const closed = '000.00.48.H61';
const limit = 2_000_000;
const xml = { 'content-type': 'application/xml' };

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({
    agencies: [
      { code: suspended, agency: { status: 'suspended' } },
      { code: closed, agency: { status: 'closed' } },
    ],
    env: { LIENTHONG_MAX_PACKAGE_BYTES: String(limit), LIENTHONG_MAX_TEXT_BYTES: '1 MiB', LIENTHONG_BODY_IDLE_SECONDS: '2' },
  });
});
afterAll(() => gateway?.close());

/** Everything that a good package starts with has to work after each bad one. */
afterEach(async () => {
  const { receipt } = await gateway.client(department).send(gateway.agency(department).document());
  expect(receipt.kind).toBe('accepted');
});

interface Refused {
  readonly status: number;
  readonly codes: readonly string[];
  readonly problems: readonly { readonly en: string; readonly vi: string }[];
}

async function post(body: NonNullable<RequestOptions['body']>, more: RequestOptions = {}): Promise<Refused> {
  const answer = await gateway.request('/v1/packages', { as: department, ...more, headers: { ...xml, ...more.headers }, body });
  const { problems } = (await answer.json()) as { problems: (Refused['problems'][number] & { code: string })[] };
  return { status: answer.status, codes: problems.map(({ code }) => code), problems };
}

const accepted = async () => (await gateway.client(department).packages({ accepted: true, limit: 500 })).packages.length;

describe('what is no package', () => {
  it.each<[string, () => Buffer, string]>([
    ['is not XML', () => Buffer.from('Kính gửi: Sở Nội vụ'), 'NOT_XML'],
    ['is random bytes', () => randomBytes(5000), 'ENCODING_INVALID'],
    ['is empty', () => Buffer.alloc(0), 'NOT_XML'],
    ['is UTF-16', () => Buffer.from(`\ufeff${buildPackage().toString()}`, 'utf16le'), 'ENCODING_UNSUPPORTED'],
    ['is declared windows-1258', () => Buffer.from(buildPackage().toString().replace('UTF-8', 'windows-1258')), 'ENCODING_UNSUPPORTED'],
    ['is not UTF-8', () => Buffer.from(buildPackage().toString().replace('Sở', 'S\u00e0'), 'latin1'), 'ENCODING_INVALID'],
    ['has a DOCTYPE', () => withDoctype('<!DOCTYPE edXML [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), 'DOCTYPE_FORBIDDEN'],
    ['has entities that multiply', () => withDoctype(billionLaughs()), 'DOCTYPE_FORBIDDEN'],
    ['is 100,000 levels deep', () => Buffer.from(`${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`), 'XML_TOO_DEEP'],
    ['is cut short', () => cutBefore('<edXML:Subject>'), 'XML_CUT_SHORT'],
    ['is a package of something else', () => Buffer.from('<Envelope xmlns="urn:x"/>'), 'ROOT_UNKNOWN'],
  ])('%s: refused with its reason', async (_, make, code) => {
    const refused = await post(make());
    expect(refused.status).toBe(422);
    expect(refused.codes).toContain(code);
  });

  it('never makes the gateway fail, and is only accepted when nothing that is signed was changed', async () => {
    const good = gateway.agency(department).document();
    const signed = [good.indexOf('<edXML '), good.indexOf('<Signature'), good.indexOf('</Signature>'), good.lastIndexOf('>')] as const;
    for (let round = 0; round < 150; round += 1) {
      const bytes = Buffer.from(good);
      const places = Array.from({ length: 1 + (round % 5) }, (_, change) => (round * 7919 + change * 104_729) % bytes.length);
      for (const at of places) bytes[at] = (bytes[at] ?? 0) ^ (1 << ((at + round) % 8));
      const inSigned = places.some((at) => at >= signed[0] && at <= signed[3] && !(at > signed[1] && at < signed[2]));
      const { status } = await gateway.request('/v1/packages', { as: department, headers: xml, body: bytes });
      expect(inSigned ? [422, 403] : [200, 201, 422]).toContain(status);
    }
  });
});

describe('a body', () => {
  it('over the limit is refused with the limit, before it is sent and while it streams', async () => {
    const announced = await post(Buffer.alloc(limit + 1, 'a'));
    expect(announced).toMatchObject({ status: 413, codes: ['PACKAGE_TOO_LARGE'] });
    expect(announced.problems[0]?.en).toContain(String(limit));
    const chunk = Buffer.alloc(65_536, 'a');
    const endless = Readable.toWeb(Readable.from([Buffer.from('<edXML>'), ...Array<Buffer>(40).fill(chunk)])) as ReadableStream<Uint8Array>;
    const streamed = await post(endless as NonNullable<RequestOptions['body']>);
    expect(streamed).toMatchObject({ status: 413, codes: ['PACKAGE_TOO_LARGE'] });
  });

  it('of markup instead of files is refused when its text is over the limit', async () => {
    const refused = await post(Buffer.from(`<edXML>${'<a></a>'.repeat(200_000)}</edXML>`));
    expect(refused).toMatchObject({ status: 413, codes: ['TEXT_TOO_LARGE'] });
  });

  it('that stops in the middle is given up and leaves nothing', async () => {
    const before = await accepted();
    const bytes = gateway.agency(department).document();
    const raw = await openRaw(Number(new URL(gateway.url).port));
    const login = basicAuth(gateway.agency(department).client).authorization;
    const head = `POST /v1/packages HTTP/1.1\r\nHost: x\r\nAuthorization: ${login}\r\nContent-Type: application/xml\r\n`;
    raw.send(`${head}Content-Length: ${bytes.length}\r\n\r\n`);
    raw.send(bytes.subarray(0, 1500).toString('latin1'));
    const answer = await raw.until(/BODY_INCOMPLETE/, 25_000);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    raw.socket.destroy();
    expect(await accepted()).toBe(before);
  });

  it('whose sender goes away in the middle leaves nothing, in the spool neither', async () => {
    const before = await accepted();
    const big = gateway.agency(department).document({ attachments: [{ name: 'a.pdf', bytes: Buffer.alloc(900_000, '%PDF-') }] });
    const raw = await openRaw(Number(new URL(gateway.url).port));
    const login = basicAuth(gateway.agency(department).client).authorization;
    raw.send(`POST /v1/packages HTTP/1.1\r\nHost: x\r\nAuthorization: ${login}\r\nContent-Length: ${big.length}\r\n\r\n`);
    raw.send(big.subarray(0, 800_000).toString('latin1'));
    await eventually(async () => (await gateway.spooled()) > 0);
    raw.socket.destroy();
    await eventually(async () => (await gateway.spooled()) === 0);
    expect(await accepted()).toBe(before);
  });

  it('of a type that is none of ours, or compressed, is refused by its headers', async () => {
    const bytes = gateway.agency(department).document();
    expect(await post(bytes, { headers: { 'content-type': 'application/pdf' } })).toMatchObject({ status: 415 });
    expect(await post(bytes, { headers: { 'content-encoding': 'gzip' } })).toMatchObject({ status: 415 });
  });
});

describe('who is not let in', () => {
  it('is a stranger, or who gives a wrong secret', async () => {
    const bytes = gateway.agency(department).document();
    const answers = await Promise.all([
      gateway.request('/v1/packages', { headers: xml, body: bytes }),
      gateway.request('/v1/packages', { headers: { ...xml, ...basicAuth({ id: 'khong-co', secret: 'x' }) }, body: bytes }),
      gateway.request('/v1/packages', {
        headers: { ...xml, ...basicAuth({ id: gateway.agency(department).client.id, secret: 'sai' }) },
        body: bytes,
      }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
  });

  it.each([
    [suspended, 'SENDER_SUSPENDED'],
    [closed, 'SENDER_CLOSED'],
  ])('is the system of agency %s: %s', async (code, problem) => {
    const refused = await post(gateway.agency(code).document({ to: [{ code: commune, name: 'Xã' }] }), { as: code });
    expect(refused).toMatchObject({ status: 403, codes: [problem] });
  });
});

function cutBefore(text: string): Buffer {
  const whole = buildPackage();
  return whole.subarray(0, whole.indexOf(text));
}

function withDoctype(doctype: string): Buffer {
  return Buffer.from(buildPackage().toString().replace('?>\n', `?>\n${doctype}\n`));
}

function billionLaughs(): string {
  const levels = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`);
  return `<!DOCTYPE edXML [<!ENTITY l0 "lol">${levels.join('')}]>`;
}
