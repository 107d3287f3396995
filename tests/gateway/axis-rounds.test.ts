import { jsonOf, lienthong } from '../cli/command-line.ts';
import { entry, outside, serve, theirs } from '../support/axis-mailbox.ts';
import { openAxisRoute } from '../support/axis-pair.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { pdf } from '../support/packages.ts';
import { createSigners, newPdf, signPdf } from '../support/pdf-files.ts';
import { scratchFolder } from '../support/signed-packages.ts';
import { type AskedCall, fail, ok, startUnkindAxis, type UnkindAxis } from '../support/unkind-axis.ts';

const { department, commune } = usual;
const secret = 'bi mat trong bien';
const secretEnv = 'LIENTHONG_ROUTE_SECRET_AXIS';

let province: TestGateway;
let axis: UnkindAxis;

beforeAll(async () => {
  axis = await startUnkindAxis(secret);
  province = await startTestGateway({
    agencies: [{ code: 'TRUC.QG', agency: { channel: 'upward', signaturePolicy: 'optional' } }],
    env: { LIENTHONG_BREAKER: '{"opensAfter": 1}', [secretEnv]: secret },
  });
});
afterAll(async () => {
  await province?.close();
  await axis?.close();
});
beforeEach(() => {
  axis.script = {};
  axis.calls.length = 0;
  axis.secret = secret;
});

/** Opens the route, or changes its settings. */
const open = (settings: object) => {
  const all = { syncHours: 0, secretFile: undefined, secretEnv, ...settings };
  return openAxisRoute(province, 'TRUC.QG', { endpoint: axis.endpoint, systemId: 'tinh.h61', secret, settings: all });
};
const entryOf = async (id: string) =>
  (
    await province.rows<{ state: string; package_id: string; problems: { code: string }[] }>(
      'select * from upward_entries where entry_id = $1',
      [id],
    )
  )[0];
const isDone = (id: string) => eventually(async () => (await entryOf(id))?.state === 'done');

describe('what went up', () => {
  const failed = (docId: string, toCode: string) => ({ senderDocId: docId, toCode, sendStatus: 'done', receiveStatus: 'fail' });

  it('is followed to the last without a poll, and one that always fails holds up no other', async () => {
    await open({ pollSeconds: 0, followSeconds: 0 });
    let n = 0;
    axis.script = { sendEdoc: () => ({ ...ok, DocId: `sent-${++n}` }) };
    const sent = await Promise.all(
      Array.from({ length: 25 }, () => province.client(department).send(province.agency(department).document({ to: [{ code: outside }] }))),
    );
    const ids = sent.map(({ receipt }) => receipt.package.id);
    const states = async () =>
      (await province.rows<{ state: string }>('select state from deliveries where package_id = any($1)', [ids])).map(({ state }) => state);
    await eventually(async () => (await states()).every((state) => state === 'delivered'));
    // the one that was to be asked first is one that the axis never answers about
    const [poisoned] = await province.rows<{ doc_ids: string[] }>(
      `update submissions set follow_at = '2000-01-01' where package_id = $1 returning doc_ids`,
      [ids[0]],
    );
    axis.script = {
      getSentEdocList: ({ values }: AskedCall) => {
        const docId = values.get('docId') ?? '';
        return docId === poisoned?.doc_ids[0] ? fail('22', 'khong doc duoc') : { ...ok, data: [failed(docId, outside)] };
      },
    };
    axis.calls.length = 0;
    await open({ pollSeconds: 0, followSeconds: 0.5 });
    await eventually(async () => (await states()).filter((state) => state === 'failed').length === 24);
    expect(axis.asked('getReceivedEdocList')).toEqual([]);
    const [left] = await province.rows(`select follow_at > '2001-01-01' as later from submissions where package_id = $1`, [ids[0]]);
    expect(left).toEqual({ later: true });
  });
});

describe('coming down', () => {
  it('asks with dates that overlap where the route says so, and still fetches what it could not take in before', async () => {
    let isAway = true;
    const mailbox = serve({ old: theirs() }, [entry('old')]);
    // an axis that lists an entry only to whoever asks for its day: once
    let listings = 0;
    axis.script = {
      ...mailbox,
      getReceivedEdocList: (call: AskedCall) => {
        const list = mailbox.getReceivedEdocList(call);
        if (call.values.get('messagetype') !== 'edoc') return list;
        listings += 1;
        return listings === 1 ? list : { ...ok, data: [] };
      },
      getEdoc: (call: AskedCall) => (isAway ? fail('20', 'he thong ban') : mailbox.getEdoc(call)),
    };
    await open({ overlapHours: 2, reachDays: 3 });
    await eventually(async () => listings > 2);
    isAway = false;
    await isDone('old');
    const dates = axis
      .asked('getReceivedEdocList')
      .map(({ values }) => ['fromDate', 'toDate'].map((name) => momentIn(values.get(name) ?? '')));
    const hours = dates.map(([from = 0, to = 0]) => (to - from) / 3_600_000);
    expect(hours[0]).toBeCloseTo(3 * 24 + 2 + 0.25, 0);
    // the second round begins where the first ended, with the overlap
    expect(hours.at(-1)).toBeLessThan(3);
    expect(hours.at(-1)).toBeGreaterThan(2);
  });

  it('asks without dates otherwise', async () => {
    await open({});
    axis.calls.length = 0;
    await eventually(async () => axis.asked('getReceivedEdocList').length >= 2);
    expect(axis.asked('getReceivedEdocList').at(-1)?.values.has('fromDate')).toBe(false);
  });

  it('does not take an id for known when it is listed for somebody else', async () => {
    axis.script = serve({ reused: theirs() }, [entry('reused')]);
    await isDone('reused');
    const first = await entryOf('reused');
    axis.script = serve({ reused: theirs({ to: [{ code: commune }] }) }, [entry('reused', commune)]);
    await eventually(async () => {
      const now = await entryOf('reused');
      return now?.state === 'done' && now.package_id !== first?.package_id;
    });
    expect(axis.asked('getEdoc')).toHaveLength(2);
  });

  it('repairs undeclared prefixes where the route says so, with a warning in the record, and shows them in quarantine otherwise', async () => {
    const undeclared = () => Buffer.from(theirs().toString().replace('<edXML:Reference>', '<edXML:Reference xlink:href="">'));
    axis.script = serve({ strict: undeclared() }, [entry('strict')]);
    await eventually(async () => (await entryOf('strict'))?.state === 'quarantined');
    expect((await entryOf('strict'))?.problems.map(({ code }) => code)).toEqual(['PREFIX_XLINK_UNDECLARED']);
    expect((await lienthong(['axis', 'show', 'axis', 'strict'], province.env)).stdout).toContain('PREFIX_XLINK_UNDECLARED');
    const told = (id: string) => axis.asked('updateStatus').filter(({ values }) => values.get('docId') === id);
    expect(told('strict')).toEqual([]);

    await open({ repairPrefixes: true });
    const bytes = undeclared();
    axis.script = serve({ repaired: bytes }, [entry('repaired')]);
    await isDone('repaired');
    const packageId = (await entryOf('repaired'))?.package_id ?? '';
    const { problems } = await province.operator.operator.package(packageId);
    expect(problems.map(({ code }) => code)).toContain('PREFIX_REPAIRED');
    const [{ entries }, client] = [await province.client(department).inbox(), province.client(department)];
    const delivery = entries.find((one) => one.package === packageId)?.delivery ?? '';
    const { sha256 } = await client.fetch(delivery, `${province.folder}/repaired.edxml`);
    const [stored] = await province.rows<{ sha256: string }>(`select encode(sha256, 'hex') as sha256 from packages where id = $1`, [
      packageId,
    ]);
    expect(stored?.sha256).toBe(sha256);
    await open({});
  });

  it('judges the signatures of PDF files although the axis dropped that of the package', async () => {
    const folder = scratchFolder();
    try {
      const { rsa } = createSigners(folder.path, ['rsa']);
      if (rsa === undefined) throw new Error('no signer');
      const good = signPdf(newPdf('Cong van', 40_000), rsa).bytes;
      const altered = Buffer.from(good);
      altered[altered.indexOf('Cong van')] = 0x44;
      const attachments = [pdf('good.pdf', { bytes: good }), pdf('altered.pdf', { bytes: altered, zip: true })];
      axis.script = serve({ signed: theirs({ attachments }) }, [entry('signed')]);
      await isDone('signed');
      const packageId = (await entryOf('signed'))?.package_id ?? '';
      interface Shown {
        readonly attachments: readonly { readonly name: string; readonly pdf?: { readonly verdict: string } }[];
      }
      const shown = await eventually(async () => {
        const found = await jsonOf<Shown>(['packages', 'show', packageId], province.env);
        return found.attachments.every((one) => one.pdf !== undefined) && found;
      });
      expect(shown.attachments.map(({ name, pdf: judged }) => `${name} ${judged?.verdict}`)).toEqual([
        'good.pdf untrusted',
        'altered.pdf broken',
      ]);
      const [recorded] = await province.rows('select signature_state from packages where id = $1', [packageId]);
      expect(recorded).toEqual({ signature_state: 'absent' });
    } finally {
      folder.remove();
    }
  });
});

/** Milliseconds of a date that a list is asked with, in Viet Nam time. */
function momentIn(text: string): number {
  const [, day, month, year, time] = /^(\d\d)\/(\d\d)\/(\d{4}) ([\d:]{8})$/.exec(text) ?? [];
  return Date.parse(`${year}-${month}-${day}T${time}+07:00`);
}

describe('a route that is down', () => {
  interface Readiness {
    readonly ready: boolean;
    readonly routes: readonly {
      readonly route: string;
      readonly lastSuccess?: string;
      readonly failures: number;
      readonly parked: boolean;
    }[];
  }
  const readiness = async () => {
    const answer = await province.request('/readyz', {});
    return { status: answer.status, ...((await answer.json()) as Readiness) };
  };

  it('leaves the gateway ready, and stands in the answer with its failures and the last success', async () => {
    const before = await eventually(async () => {
      const found = await readiness();
      return found.routes[0]?.failures === 0 && found;
    });
    expect(before).toMatchObject({ status: 200, ready: true, routes: [{ route: 'axis', parked: false }] });
    axis.script = { getReceivedEdocList: () => 'cut', sendEdoc: () => 'cut', getSentEdocList: () => 'cut' };
    await province.client(department).send(province.agency(department).document({ to: [{ code: outside }] }));
    const during = await eventually(async () => {
      const found = await readiness();
      return (found.routes[0]?.failures ?? 0) > 1 && found.routes[0]?.parked === true && found;
    });
    expect([during.status, during.ready]).toEqual([200, true]);
    expect(Date.parse(during.routes[0]?.lastSuccess ?? '')).toBeGreaterThanOrEqual(Date.parse(before.routes[0]?.lastSuccess ?? ''));
  });
});

describe('settings of a route', () => {
  const openBy = (settings: object) =>
    lienthong(['routes', 'open', 'axis', '--agency', 'TRUC.QG', '--kind', 'vxp', '--settings', JSON.stringify(settings)], province.env);

  it('have all their faults reported at once, and no value printed', async () => {
    const { code, stdout, stderr } = await openBy({
      endpoint: 'https://ten:matkhau@truc.example/vxp',
      secret: 'lo-bi-mat',
      secretEnv: 'DATABASE_URL',
      pollSeconds: -1,
      narrow: 'có',
    });
    expect(code).toBe(2);
    for (const name of ['endpoint', 'systemId', 'secret:', 'secretEnv', 'pollSeconds', 'narrow']) expect(stderr).toContain(name);
    expect(stdout + stderr).not.toMatch(/matkhau|lo-bi-mat/);
  });

  it('name a variable for the secret, which is never printed, and whose absence is said', async () => {
    const endpoint = { endpoint: axis.endpoint, systemId: 'tinh.h61', pollSeconds: 0.5, syncHours: 0 };
    await openBy({ ...endpoint, secretEnv: 'LIENTHONG_ROUTE_SECRET_NONE' });
    const failure = await eventually(async () => {
      const [link] = await jsonOf<{ error?: string }[]>(['axis', 'status'], province.env);
      return link?.error?.includes('SECRET_NONE') && link.error;
    });
    expect(failure).toBe('LIENTHONG_ROUTE_SECRET_NONE is not set');
    axis.calls.length = 0;
    await openBy({ ...endpoint, secretEnv });
    await eventually(async () => axis.asked('getReceivedEdocList').length > 0);
    const printed = await Promise.all(
      [['config'], ['routes', 'list', '--json'], ['axis', 'status', '--json']].map((words) => lienthong(words, province.env)),
    );
    const log = JSON.stringify(await province.processes[0]?.log());
    for (const text of [...printed.map(({ stdout, stderr }) => stdout + stderr), log]) expect(text).not.toContain(secret);
  });
});
