import { createHash } from 'node:crypto';
import { createAddresses } from '../../../../src/adapters/senders/addresses.ts';
import { outcomeOfFailure } from '../../../../src/adapters/senders/answer.ts';
import { openAxis } from '../../../../src/adapters/vxp/client/axis.ts';
import { createCall } from '../../../../src/adapters/vxp/client/call.ts';
import { createSubmitToAxis } from '../../../../src/adapters/vxp/client/submit.ts';
import { hashFileOf } from '../../../../src/adapters/vxp/wire-body.ts';
import { readTimestamp, shownDate } from '../../../../src/adapters/vxp/wire-time.ts';
import type { Submission, Submitted } from '../../../../src/routing/upward.ts';
import { fail, ok, startUnkindAxis, type UnkindAxis } from '../../../support/unkind-axis.ts';

const content = Buffer.from('<edXML>văn bản</edXML>');
const sha256 = createHash('sha256').update(content).digest('hex');
const [a, b, c] = ['000.00.01.G22', '000.00.02.G22', '000.00.03.G22'] as const;
const sender = '000.00.12.H61';
const now = () => new Date();
let axis: UnkindAxis;
let secret = 'bí mật';
const others = new Set<string>();

beforeAll(async () => {
  axis = await startUnkindAxis(secret);
});
beforeEach(() => {
  axis.calls.length = 0;
  axis.script = {};
  others.clear();
});
afterAll(() => axis?.close());

const addresses = createAddresses(['127.0.0.0/8']);
const call = createCall({ ...addresses, connectWithin: 2000, endWithin: 1500, endWithinPerMb: 0, now });
const submit = createSubmitToAxis({
  openAxis: (route) => openAxis(call, async () => secret, route),
  async *readContent() {
    yield content;
  },
  knownDocIds: async (_route, _package, ids) => new Set(ids.filter((id) => others.has(id))),
  outcomeOfFailure,
  now,
});

function submission(more: Partial<Submission> = {}, settings: object = {}): Submission {
  const route = { name: 'axis', kind: 'vxp', settings: { endpoint: axis.endpoint, systemId: 'tinh.h61', secretFile: '/x', ...settings } };
  const about = { id: 'p', sha256, size: content.length, receivedAt: now(), sender, reference: '07/SNV-CCHC', text: content, runs: [] };
  return { package: about, kind: 'document', subject: 'V/v báo cáo', route, recipients: [a, b], ...more };
}

const taken = { ...ok, DocId: 'doc-1' };
const row = (toCode: string, more: object = {}) => ({
  senderDocId: 'doc-1',
  fromCode: sender,
  toCode,
  notation: '07/SNV-CCHC',
  title: 'V/v báo cáo',
  sentTime: shownDate(now()),
  sendStatus: 'done',
  receiveStatus: 'initial',
  ...more,
});
const list =
  (...data: object[]) =>
  () => ({ ...ok, data });
const sends = () => axis.calls.filter((one) => one.operation === 'sendEdoc');
const each = (submitted: Submitted, code: string) => submitted.each?.get(code) ?? submitted.outcome;

describe('a submission to an axis', () => {
  it('sends the bytes and CR LF, signed afresh as the client library does, with just the recipients of the route', async () => {
    axis.script = { sendEdoc: () => taken };
    const submitted = await submit(submission());
    expect(submitted).toMatchObject({ outcome: { kind: 'delivered', detail: 'DocId doc-1' }, docIds: ['doc-1'] });
    const [sent] = sends();
    expect(sent?.body).toEqual(Buffer.concat([content, Buffer.from('\r\n')]));
    expect(Object.fromEntries(sent?.values ?? [])).toMatchObject({
      from: sender,
      servicetype: 'eDoc',
      messagetype: 'edoc',
      to: JSON.stringify([a, b]),
      'hash-file': hashFileOf(sha256),
      'Content-Type': 'application/octet-stream',
    });
    const at = readTimestamp(sent?.values.get('timestamp') ?? '');
    expect(Math.abs((at?.getTime() ?? 0) - Date.now())).toBeLessThan(5000);
  });

  it('names no recipients where the route says so, and for a status', async () => {
    axis.script = { sendEdoc: () => taken };
    await submit(submission({}, { narrow: false }));
    await submit(submission({ kind: 'status', recipients: [a] }));
    expect(sends().map(({ values }) => [values.get('to'), values.get('messagetype')])).toEqual([
      [undefined, 'edoc'],
      [undefined, 'status'],
    ]);
  });

  it('tells each recipient its own fate when the axis lists one as failed at once', async () => {
    axis.script = {
      sendEdoc: () => taken,
      getSentEdocList: list(row(a), row(b, { sendStatus: 'fail', sendStatusDesc: 'RECIPIENT_CLOSED' })),
    };
    const submitted = await submit(submission());
    expect(each(submitted, a).kind).toBe('delivered');
    expect(each(submitted, b)).toEqual({ kind: 'refused', detail: 'RECIPIENT_CLOSED' });
  });

  it.each([
    ['10', 'refused'],
    ['19', 'refused'],
    ['22', 'refused'],
    ['20', 'unavailable'],
    ['21', 'unavailable'],
    ['15', 'unavailable'],
    ['77', 'unavailable'],
  ])('takes code %s as %s, with the words of the axis', async (code, kind) => {
    axis.script = { sendEdoc: () => fail(code, 'loi cua truc') };
    const { outcome } = await submit(submission());
    expect(outcome).toMatchObject({ kind, detail: expect.stringContaining(`${code} loi cua truc`) });
  });

  it('is not taken in by flags of success beside a code, and reads codes that are numbers', async () => {
    axis.script = { sendEdoc: () => ({ status: 'OK', success: true, ErrorCode: 22, ErrorDesc: 'sai dinh dang', DocId: 'doc-9' }) };
    expect((await submit(submission())).outcome).toMatchObject({ kind: 'refused' });
    axis.script = { sendEdoc: () => ({ status: 'OK', ErrorCode: '0', errorDetail: 'don vi khong ton tai', DocId: 'doc-9' }) };
    expect((await submit(submission())).outcome.kind).toBe('unavailable');
  });

  it('goes on with the other recipients when the axis names the one that it does not know', async () => {
    axis.script = { sendEdoc: ({ nth }) => (nth === 1 ? fail('18', `khong co don vi ${b}.`) : taken) };
    const submitted = await submit(submission({ recipients: [a, b, c] }));
    expect(sends().map(({ values }) => values.get('to'))).toEqual([JSON.stringify([a, b, c]), JSON.stringify([a, c])]);
    expect([each(submitted, a).kind, each(submitted, b), each(submitted, c).kind]).toEqual([
      'delivered',
      { kind: 'refused', detail: `18 khong co don vi ${b}.` },
      'delivered',
    ]);
  });

  it('goes to each recipient by itself when nobody says which one is locked', async () => {
    const locked = (values: ReadonlyMap<string, string>) => values.get('to')?.includes(b) === true;
    axis.script = { sendEdoc: ({ values, nth }) => (locked(values) ? fail('23', 'don vi bi khoa') : { ...taken, DocId: `doc-${nth}` }) };
    const submitted = await submit(submission({ recipients: [a, b, c] }));
    expect([each(submitted, a).kind, each(submitted, b).kind, each(submitted, c).kind]).toEqual(['delivered', 'refused', 'delivered']);
    expect(submitted.docIds).toEqual(['doc-2', 'doc-4']);
  });

  it('takes a shut door for no fault of the document, whatever shuts it', async () => {
    const right = secret;
    secret = 'an old secret';
    const { outcome, doubtful } = await submit(submission());
    secret = right;
    expect([outcome, doubtful]).toEqual([
      { kind: 'unavailable', httpStatus: 401, detail: expect.stringContaining('credentials') },
      undefined,
    ]);
    axis.script = { sendEdoc: () => ({ status: 403, body: '<html>Forbidden</html>' }) };
    expect((await submit(submission())).outcome).toMatchObject({ kind: 'unavailable', httpStatus: 403 });
  });

  it.each<[string, () => 'cut' | 'silent' | { status: number; body: string }]>([
    ['a connection that is cut', () => 'cut'],
    ['no answer in time', () => 'silent'],
    ['a page of HTML', () => ({ status: 200, body: '<html>Bao tri he thong</html>' })],
    ['a gateway timeout', () => ({ status: 504, body: '<html>504</html>' })],
    ['an answer cut short', () => ({ status: 200, body: '{"status":"OK","ErrorCode":"0"' })],
    ['a DocId that is missing', () => ({ status: 200, body: JSON.stringify(ok) })],
  ])('is in doubt after %s', async (_, reply) => {
    axis.script = { sendEdoc: reply };
    expect(await submit(submission())).toMatchObject({ outcome: { kind: 'unavailable' }, doubtful: true });
  });

  it('is in no doubt when it never arrived', async () => {
    const gone = await startUnkindAxis(secret);
    await gone.close();
    const submitted = await submit(submission({}, { endpoint: gone.endpoint }));
    expect(submitted).toEqual({ outcome: { kind: 'unavailable', unsent: true, detail: 'connection refused (ECONNREFUSED)' } });
  });
});

describe('a submission that may have arrived before', () => {
  const since = new Date(Date.now() - 60_000);
  const doubt = { since, recipients: [a, b] };

  it('is found in the sent list and not sent again', async () => {
    axis.script = { getSentEdocList: list(row(a), row(b), row(a, { senderDocId: 'doc-2', notation: '08/SNV-CCHC' })) };
    const submitted = await submit(submission({ doubt }));
    expect(submitted).toMatchObject({ outcome: { kind: 'delivered' }, docIds: ['doc-1'] });
    expect(sends()).toEqual([]);
    const asked = axis.calls[0]?.values;
    expect(asked?.get('fromDate')).toBe(shownDate(new Date(since.getTime() - 15 * 60_000)));
  });

  it.each<[string, object[]]>([
    ['of another sender', [row(a, { fromCode: '000.00.13.H61' }), row(b, { fromCode: '000.00.13.H61' })]],
    ['with another title', [row(a, { title: 'V/v khác' }), row(b, { title: 'V/v khác' })]],
    ['to only a part of its recipients', [row(a)]],
    ['from before the doubt', [a, b].map((to) => row(to, { sentTime: '01/01/2020 00:00:00' }))],
    ['whose time nobody can read', [a, b].map((to) => row(to, { sentTime: 'hôm qua' }))],
    ['twice', [row(a), row(b), row(a, { senderDocId: 'doc-2' }), row(b, { senderDocId: 'doc-2' })]],
  ])('is sent again when the list has one %s', async (_, data) => {
    axis.script = { getSentEdocList: list(...data), sendEdoc: () => ({ ...ok, DocId: 'doc-7' }) };
    expect((await submit(submission({ doubt }))).docIds).toEqual(['doc-7']);
    expect(sends()).toHaveLength(1);
  });

  it('is never taken for another package of ours', async () => {
    others.add('doc-1');
    axis.script = { getSentEdocList: list(row(a), row(b)), sendEdoc: () => ({ ...ok, DocId: 'doc-7' }) };
    expect((await submit(submission({ doubt }))).docIds).toEqual(['doc-7']);
  });

  it('is found by those whom it was for, and goes to those who came since by itself', async () => {
    axis.script = {
      getSentEdocList: ({ values }) => ({
        ...ok,
        data: values.get('docId') === 'doc-7' ? [row(c, { senderDocId: 'doc-7' })] : [row(a), row(b)],
      }),
      sendEdoc: () => ({ ...ok, DocId: 'doc-7' }),
    };
    const submitted = await submit(submission({ doubt, recipients: [a, b, c] }));
    expect(sends().map(({ values }) => values.get('to'))).toEqual([JSON.stringify([c])]);
    expect([a, b, c].map((code) => each(submitted, code))).toEqual([
      { kind: 'delivered', detail: 'DocId doc-1, found in the sent list' },
      { kind: 'delivered', detail: 'DocId doc-1, found in the sent list' },
      { kind: 'delivered', detail: 'DocId doc-7' },
    ]);
    expect(submitted.docIds).toEqual(['doc-1', 'doc-7']);
  });

  it('is found although some of those whom it was for have been taken back since', async () => {
    axis.script = { getSentEdocList: list(row(a), row(b)) };
    expect((await submit(submission({ doubt, recipients: [b] }))).docIds).toEqual(['doc-1']);
    expect(sends()).toEqual([]);
  });

  it('is not asked for when nobody whom it was for waits any more', async () => {
    axis.script = { sendEdoc: () => ({ ...ok, DocId: 'doc-7' }) };
    expect((await submit(submission({ doubt, recipients: [c] }))).docIds).toEqual(['doc-7']);
    expect(axis.calls[0]?.operation).toBe('sendEdoc');
  });

  it('stays in doubt for those alone whose answer was lost after it was sent apart', async () => {
    const replies = [fail('23', 'mot don vi bi khoa'), { ...ok, DocId: 'doc-2' }, 'cut', { ...ok, DocId: 'doc-2' }] as const;
    axis.script = { sendEdoc: ({ nth }) => replies[nth - 1] ?? 'cut' };
    const submitted = await submit(submission({ recipients: [a, b, c] }));
    expect([a, b, c].map((code) => each(submitted, code).kind)).toEqual(['delivered', 'unavailable', 'delivered']);
    expect(submitted).toMatchObject({ docIds: ['doc-2'], doubtful: true });
  });

  it('waits when the list can not be had', async () => {
    axis.script = { getSentEdocList: () => ({ status: 502, body: 'Bad gateway' }) };
    expect(await submit(submission({ doubt }))).toMatchObject({ outcome: { kind: 'unavailable' }, doubtful: true });
    expect(sends()).toEqual([]);
  });
});
