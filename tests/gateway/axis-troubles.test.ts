import { writeFile } from 'node:fs/promises';
import { jsonOf, lienthong } from '../cli/command-line.ts';
import { entry, outside, serve, theirs } from '../support/axis-mailbox.ts';
import { openAxisRoute } from '../support/axis-pair.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { type AskedCall, fail, ok, startUnkindAxis, type UnkindAxis } from '../support/unkind-axis.ts';

const { department, commune } = usual;
const firstSecret = 'bi mat thu nhat';

let province: TestGateway;
let axis: UnkindAxis;
let secretFile: string;

beforeAll(async () => {
  axis = await startUnkindAxis(firstSecret);
  province = await startTestGateway({
    agencies: [{ code: 'TRUC.QG', agency: { channel: 'upward', signaturePolicy: 'optional' } }],
    env: { LIENTHONG_PUSH_SECONDS: '5', LIENTHONG_BREAKER: '{"opensAfter": 1000}' },
  });
  secretFile = await openAxisRoute(province, 'TRUC.QG', {
    endpoint: axis.endpoint,
    systemId: 'tinh.h61',
    secret: firstSecret,
    settings: { syncHours: 0 },
  });
});
afterAll(async () => {
  await province?.close();
  await axis?.close();
});
beforeEach(() => {
  axis.script = {};
  axis.calls.length = 0;
});

async function sendUp(): Promise<{ id: string; reference: string; subject: string }> {
  const bytes = province.agency(department).document({ to: [{ code: outside, name: outside }] });
  const { receipt } = await province.client(department).send(bytes);
  const [row] = await province.rows<{ reference: string; subject: string }>(
    `select number || '/' || notation as reference, subject from packages where id = $1`,
    [receipt.package.id],
  );
  return { id: receipt.package.id, reference: row?.reference ?? '', subject: row?.subject ?? '' };
}

const stateOf = async (packageId: string) =>
  (await province.rows<{ state: string }>('select state from deliveries where package_id = $1', [packageId]))[0]?.state;

/** What the axis lists of a package that it took. */
function sentRow(docId: string, about: { reference: string; subject: string }, more: object = {}) {
  const at = new Date(Date.now() + 7 * 3_600_000).toISOString();
  const sentTime = `${at.slice(8, 10)}/${at.slice(5, 7)}/${at.slice(0, 4)} ${at.slice(11, 19)}`;
  const named = { senderDocId: docId, fromCode: department, toCode: outside, notation: about.reference, title: about.subject, sentTime };
  return { ...named, sendStatus: 'done', receiveStatus: 'initial', ...more };
}

describe('going up', () => {
  it('is not sent again when the axis took it and the answer was lost', async () => {
    let about = { reference: '', subject: '' };
    axis.script = {
      sendEdoc: () => 'cut',
      getSentEdocList: () => ({ ...ok, data: [sentRow('lost-1', about)] }),
    };
    const sent = sendUp();
    about = await sent;
    const { id } = await sent;
    await eventually(async () => (await stateOf(id)) === 'delivered');
    expect(axis.asked('sendEdoc')).toHaveLength(1);
    expect(await province.rows('select doc_ids, doubt_since from submissions where package_id = $1', [id])).toEqual([
      { doc_ids: ['lost-1'], doubt_since: null },
    ]);
  });

  it('is not sent again when the gateway is killed between the submission and its record', async () => {
    let about = { reference: '', subject: '' };
    axis.script = {
      sendEdoc: async () => {
        await province.processes[0]?.kill();
        return { ...ok, DocId: 'killed-1' };
      },
      getSentEdocList: () => ({ ...ok, data: [sentRow('killed-1', about)] }),
    };
    const sent = await sendUp();
    about = sent;
    await eventually(async () => axis.asked('sendEdoc').length === 1);
    await province.restart();
    // what its worker was at is a fault of ours, tried again in a minute: this minute is cut short
    await eventually(async () => {
      await province.rows(
        `update deliveries set due_at = now() - interval '5 seconds', turn = turn + 1 where package_id = $1 and faults > 0 and due_at > now()`,
        [sent.id],
      );
      return (await stateOf(sent.id)) === 'delivered';
    });
    expect(axis.asked('sendEdoc')).toHaveLength(1);
    expect(await province.rows('select doc_ids from submissions where package_id = $1', [sent.id])).toEqual([{ doc_ids: ['killed-1'] }]);
  });

  it('fails at once when the axis does not know its recipient, and later when the axis says so later: the sender is told both times', async () => {
    axis.script = { sendEdoc: () => fail('18', 'Don vi nhan khong ton tai') };
    const unknown = await sendUp();
    await eventually(async () => (await stateOf(unknown.id)) === 'failed');
    axis.script = { sendEdoc: () => ({ ...ok, DocId: 'later-1' }) };
    const later = await sendUp();
    await eventually(async () => (await stateOf(later.id)) === 'delivered');
    const failing = sentRow('later-1', later, { receiveStatus: 'fail', receiveStatusDesc: 'Don vi nhan tra lai' });
    axis.script = { getSentEdocList: ({ values }: AskedCall) => ({ ...ok, data: values.get('docId') === 'later-1' ? [failing] : [] }) };
    await eventually(async () => (await stateOf(later.id)) === 'failed');
    const receipts = await province.rows<{ xml: string }>(`select xml from receipts where package_id = any($1) and kind = 'failed'`, [
      [unknown.id, later.id],
    ]);
    expect(receipts.map(({ xml }) => /18 Don vi nhan khong ton tai|Don vi nhan tra lai/.exec(xml)?.[0]).sort()).toEqual([
      '18 Don vi nhan khong ton tai',
      'Don vi nhan tra lai',
    ]);
    expect(await province.rows(`select from_state, to_state from events where name = 'delivery.fell_through'`)).toEqual([
      { from_state: 'delivered', to_state: 'failed' },
    ]);
    expect(await province.rows('select follow_at from submissions where package_id = $1', [later.id])).toEqual([{ follow_at: null }]);
  });

  it('waits while the door is shut, and goes on with a new secret without a restart', async () => {
    axis.secret = 'bi mat thu hai';
    axis.script = { sendEdoc: () => ({ ...ok, DocId: 'rotated-1' }) };
    const { id } = await sendUp();
    await eventually(
      async () =>
        (await province.rows('select 1 from attempts a join deliveries d on d.id = a.delivery_id where d.package_id = $1', [id])).length >
        1,
    );
    expect(await stateOf(id)).toBe('waiting');
    await writeFile(secretFile, axis.secret);
    await eventually(async () => (await stateOf(id)) === 'delivered');
  });
});

const entryState = async (id: string) =>
  (await province.rows<{ state: string }>('select state from upward_entries where entry_id = $1', [id]))[0]?.state;
const reasons = async (id: string) =>
  (await province.rows<{ problems: { code: string }[] }>('select problems from upward_entries where entry_id = $1', [id]))[0]?.problems.map(
    ({ code }) => code,
  );

describe('coming down', () => {
  it('is taken once although the axis wrote it anew for each recipient, and each entry is answered', async () => {
    const spec = { to: [{ code: department }, { code: commune }], documentId: `${outside},2026/03/02,viet-lai` };
    const one = theirs({ ...spec, number: '500' });
    const other = Buffer.from(
      theirs({ ...spec, number: '500' })
        .toString()
        .replaceAll('2026/03/02 09:15:00', '2026/03/02 09:16:00')
        .replaceAll('\n', '\r\n'),
    );
    expect(one.equals(other)).toBe(false);
    axis.script = serve({ 'copy-1': one, 'copy-2': other }, [entry('copy-1'), entry('copy-2', commune), entry('copy-2', commune)]);
    await eventually(async () => (await entryState('copy-2')) === 'done' && (await entryState('copy-1')) === 'done');
    expect([axis.told('copy-1'), axis.told('copy-2')]).toEqual([['done'], ['done']]);
    const found = await province.rows(
      `select d.recipient, d.state, p.signature_state from packages p join deliveries d on d.package_id = p.id where p.document_id = $1 order by 1`,
      [spec.documentId],
    );
    expect(found).toEqual([
      { recipient: department, state: 'waiting', signature_state: 'absent' },
      { recipient: commune, state: 'waiting', signature_state: 'absent' },
    ]);
  });

  it('loses nothing when the axis shuts the door in the middle, or an answer is cut', async () => {
    const ids = ['batch-1', 'batch-2', 'batch-3'];
    const script = serve(
      Object.fromEntries(ids.map((id) => [id, theirs()])),
      ids.map((id) => entry(id)),
    );
    let [shut, cut] = [2, 1];
    axis.script = {
      ...script,
      getEdoc: (call: AskedCall) => {
        if (call.values.get('docId') === 'batch-2' && shut > 0) {
          shut -= 1;
          return { status: 401, body: JSON.stringify(fail('15', 'het han')) };
        }
        if (call.values.get('docId') === 'batch-3' && cut > 0) {
          cut -= 1;
          return { status: 200, body: '{"status":"OK","ErrorCode":"0","data":"PGVkWE1M' };
        }
        return script.getEdoc(call);
      },
    };
    await eventually(async () => (await Promise.all(ids.map(entryState))).every((state) => state === 'done'));
    expect(ids.map(axis.told)).toEqual([['done'], ['done'], ['done']]);
  });

  it('keeps what it can not take in quarantine, shown and never answered done, until a person decides', async () => {
    const forged = theirs({ from: { code: commune, name: 'UBND xã' } });
    const unregistered = theirs({ from: { code: '000.99.99.H61', name: 'Đơn vị lạ' } });
    const nowhere = theirs({ to: [{ code: '000.00.77.H61' }] });
    const packages: Record<string, string | Buffer> = {
      broken: '!!! khong phai base64',
      text: Buffer.from('không phải XML'),
      forged,
      unregistered,
      nowhere,
      empty: '',
    };
    axis.script = serve(
      packages,
      Object.keys(packages).map((id) => entry(id)),
    );
    await eventually(async () => (await Promise.all(Object.keys(packages).map(entryState))).every((state) => state === 'quarantined'));
    const why = Object.fromEntries(await Promise.all(Object.keys(packages).map(async (id) => [id, await reasons(id)] as const)));
    expect(why).toEqual({
      broken: ['ENTRY_UNREADABLE'],
      empty: ['ENTRY_UNREADABLE'],
      text: ['NOT_XML'],
      forged: ['SENDER_OF_OURS'],
      unregistered: ['SENDER_OF_OURS'],
      nowhere: ['NO_RECIPIENT_DELIVERABLE', 'RECIPIENT_UNKNOWN'],
    });
    expect(Object.keys(packages).flatMap(axis.told)).toEqual([]);
    const { stdout } = await lienthong(['axis', 'entries', '--state', 'quarantined'], province.env);
    for (const id of Object.keys(packages)) expect(stdout).toContain(id);
    expect((await lienthong(['axis', 'show', 'axis', 'text'], province.env)).stdout).toContain('NOT_XML');
    const evidence = `${province.folder}/evidence`;
    await lienthong(['axis', 'show', 'axis', 'text', '--evidence', evidence], province.env);
    await lienthong(['axis', 'refuse', 'axis', 'text', '--reason', 'tệp hỏng'], province.env);
    await eventually(async () => (await entryState('text')) === 'refused');
    expect(
      axis
        .asked('updateStatus')
        .find(({ values }) => values.get('docId') === 'text')
        ?.values.get('description'),
    ).toBe('tep hong');
    packages['broken'] = theirs();
    await lienthong(['axis', 'retry', 'axis', 'broken', '--reason', 'đã gửi lại'], province.env);
    await eventually(async () => (await entryState('broken')) === 'done');
    expect([axis.told('text'), axis.told('broken')]).toEqual([['fail'], ['done']]);
    const again = await lienthong(['axis', 'retry', 'axis', 'broken', '--reason', 'x'], province.env);
    expect([again.code, again.stderr.includes('ENTRY_DECIDED')]).toEqual([1, true]);
  });

  it('answers our own that comes back, and delivers it to nobody again', async () => {
    const mine = province.agency(department).document({ to: [{ code: commune }] });
    await province.client(department).send(mine);
    const rewritten = Buffer.from(
      mine
        .toString()
        .replace(/<Signature.*<\/Signature>/s, '')
        .replaceAll('\n', '\r\n'),
    );
    axis.script = serve({ loop: rewritten }, [entry('loop', commune, { from: department })]);
    await eventually(async () => (await entryState('loop')) === 'done');
    const id = /<edXML:DocumentId>([^<]+)</.exec(mine.toString())?.[1];
    expect(await province.rows('select count(*)::int as n from packages where document_id = $1 and accepted', [id])).toEqual([{ n: 1 }]);
  });

  it('answers again what is listed again', async () => {
    const script = serve({ again: theirs() }, [entry('again')]);
    axis.script = { ...script, updateStatus: () => ok };
    await eventually(async () => axis.told('again').length >= 3);
    expect(new Set(axis.told('again'))).toEqual(new Set(['done']));
    expect(axis.asked('getEdoc')).toHaveLength(1);
  });

  it('takes a page of HTML for an outage, not for an empty list', async () => {
    axis.script = { getReceivedEdocList: () => ({ status: 200, body: '<html>Bao tri</html>' }) };
    const [link] = await eventually(async () => {
      const found = await jsonOf<{ failures: number; error?: string }[]>(['axis', 'status'], province.env);
      return (found[0]?.failures ?? 0) > 0 && found;
    });
    expect(link?.error).toContain('getReceivedEdocList');
  });
});
