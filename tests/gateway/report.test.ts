import { vietnamDay } from '../../src/routing/time.ts';
import { actors, freshId } from '../support/acts.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { basicAuth } from '../support/participants.ts';

const { department, commune } = usual;
const another = '000.00.47.H61';
const today = vietnamDay(new Date());
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ agencies: [{ code: another }] });
});
afterAll(() => gateway?.close());

interface Row {
  readonly code: string;
  readonly [figure: string]: unknown;
}
const asked = (query: string) => fetch(`${gateway.url}/v1/operator/report${query}`, { headers: basicAuth(gateway.operatorLogin) });

describe('the report over the API', () => {
  it('counts for each agency the deliveries that it said each business status of', async () => {
    const act = actors(gateway);
    const documentId = freshId();
    const to = [commune, another].map((code) => ({ code, name: code }));
    const document = await act.send(department, (a) => a.document({ documentId, to }));
    await act.take(commune, document);
    await act.take(another, document);
    const say = (from: string, status: string) =>
      act.send(from, (a) => a.status({ status, description: 'Lý do', about: { code: department, documentId, number: '', date: '' } }));
    for (const status of ['01', '03', '04', '05', '06', '06']) await say(commune, status);
    for (const status of ['01', '02']) await say(another, status);
    const rows = await eventually(async () => {
      const { rows: found } = (await (await asked(`?from=${today}`)).json()) as { rows: readonly Row[] };
      return found.find(({ code }) => code === another)?.['status02'] === 1 && found;
    });
    const statusesOf = (code: string) => {
      const row = rows.find((one) => one.code === code);
      return ['01', '02', '03', '04', '05', '06'].map((status) => row?.[`status${status}`]);
    };
    expect(statusesOf(commune)).toEqual([1, 0, 1, 1, 1, 1]);
    expect(statusesOf(another)).toEqual([1, 1, 0, 0, 0, 0]);
    expect(rows.find(({ code }) => code === commune)).toMatchObject({ received: 1, electronicShare: null });
    expect(rows.find(({ code }) => code === department)).toMatchObject({ documentsSent: 1, deliveredSent: 2 });
  });

  it('refuses what is no period, and who may not look', async () => {
    for (const query of ['?from=2026-02-31', '?from=2026-03-02&to=2026-03-01']) {
      const answer = await asked(query);
      expect([answer.status, JSON.stringify(await answer.json())]).toEqual([422, expect.stringContaining('PERIOD_INVALID')]);
    }
    expect((await asked('')).status).toBe(400);
    expect((await gateway.request(`/v1/operator/report?from=${today}`, { as: department })).status).toBe(403);
  });
});

describe('the metrics', () => {
  it('tell how much of the disk is free and for how many days it will do', async () => {
    const text = await eventually(async () => {
      const found = await (await fetch(`${gateway.url}/metrics`)).text();
      return /^lienthong_disk_free_bytes \d/m.test(found) && found;
    });
    expect(text).toMatch(/^lienthong_disk_days_left (\+Inf|Inf|\d+)$/m);
  });
});
