import type { TestClamd } from '../support/clamd.ts';
import { hasClamd, startClamd, VIRUS } from '../support/clamd.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { pdf } from '../support/packages.ts';

const { department } = usual;

interface Shown {
  readonly attachments: readonly { readonly name: string; readonly virus?: { readonly verdict: string; readonly detail?: string } }[];
}

const withClamd = hasClamd() ? describe : describe.skip;

withClamd('the scan for viruses', () => {
  let clamd: TestClamd;
  let gateway: TestGateway;

  beforeAll(async () => {
    clamd = await startClamd();
    gateway = await startTestGateway({ env: { LIENTHONG_VIRUS_SCAN: 'required', LIENTHONG_CLAMD: `unix:${clamd.socket}` } });
  });
  afterAll(async () => {
    await gateway?.close();
    await clamd?.remove();
  });

  const file = (name: string, text = '', zip = false) =>
    pdf(name, { bytes: Buffer.from(`%PDF-1.7\n${text.padEnd(20_000)}\n%%EOF\n`), zip });
  const send = (...attachments: ReturnType<typeof file>[]) =>
    gateway.client(department).send(gateway.agency(department).document({ attachments }));
  const shown = async (id: string) => (await gateway.client(department).package(id)) as unknown as Shown;
  const problemsOf = async (sent: Promise<unknown>) =>
    ((await sent.catch((error: unknown) => error)) as { problems: { code: string; en: string }[] }).problems;

  it('lets clean files in and says so', async () => {
    const { receipt } = await send(file('sach.pdf'), file('goi.pdf', '', true));
    const { attachments } = await shown(receipt.package.id);
    expect(attachments.map(({ virus }) => virus?.verdict)).toEqual(['clean', 'clean']);
  });

  it.each([
    ['in a file', false],
    ['in the file inside a ZIP', true],
  ])('refuses a virus %s by the name of the attachment', async (_where, zip) => {
    const problems = await problemsOf(send(file('sach.pdf'), file('doc.pdf', VIRUS, zip)));
    expect(problems.map(({ code }) => code)).toEqual(['VIRUS_FOUND']);
    expect(problems[0]?.en).toContain('doc.pdf');
    expect(problems[0]?.en).toContain('Lienthong.Test.Virus');
  });

  it('refuses what is larger than the scanner takes', async () => {
    const large = pdf('lon.pdf', { bytes: Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(3_000_000, 0x20)]) });
    expect((await problemsOf(send(large))).map(({ code }) => code)).toEqual(['SCAN_TOO_LARGE']);
  });

  it('asks to come again while the scanner is away and scanning is required; nothing is stored', async () => {
    await clamd.stop();
    const body = new Uint8Array(gateway.agency(department).document({ attachments: [file('sach.pdf')] }));
    const answer = await gateway.request('/v1/packages', { as: department, headers: { 'content-type': 'application/xml' }, body });
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await answer.text()).toContain('SCANNER_UNAVAILABLE');
    expect(await gateway.spooled()).toBe(0);
    await clamd.start();
    expect((await gateway.request('/v1/packages', { as: department, headers: { 'content-type': 'application/xml' }, body })).status).toBe(
      201,
    );
  });

  it('under best-effort accepts unscanned, marks it, and scans when the scanner is back', async () => {
    await gateway.restart({ LIENTHONG_VIRUS_SCAN: 'best-effort' });
    expect((await problemsOf(send(file('doc.pdf', VIRUS)))).map(({ code }) => code)).toEqual(['VIRUS_FOUND']);
    await clamd.stop();
    const { receipt } = await send(file('sach.pdf'), file('doc.pdf', VIRUS));
    expect((await shown(receipt.package.id)).attachments.map(({ virus }) => virus?.verdict)).toEqual(['unscanned', 'unscanned']);
    await clamd.start();
    const found = await eventually(async () => {
      // what was tried meanwhile would wait a minute
      await gateway.database?.pool.query('update content_work set due_at = now()');
      const { attachments } = await shown(receipt.package.id);
      return attachments.every(({ virus }) => virus?.verdict !== 'unscanned') && attachments;
    });
    expect(found.map(({ virus }) => virus?.verdict)).toEqual(['clean', 'infected']);
    const { deliveries } = (await gateway.client(department).package(receipt.package.id)) as unknown as { deliveries: { state: string }[] };
    expect(deliveries.map(({ state }) => state)).toEqual(['held']);
    const metrics = await (await fetch(new URL('/metrics', gateway.url))).text();
    expect(metrics).toMatch(/lienthong_inspections_total\{kind="virus",verdict="infected"\} \d/);
    expect(metrics).toMatch(/lienthong_scan_seconds_count \d/);
  });
});
