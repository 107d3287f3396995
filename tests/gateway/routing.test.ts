import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonOf, lienthong } from '../cli/command-line.ts';
import type { TestDatabase } from '../support/database.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';

const { department, commune } = usual;
const outside = '000.00.12.G22';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ agencies: [{ code: 'TRUC.QG', agency: { channel: 'upward' } }] });
});
afterAll(() => gateway?.close());

const run = <T>(...args: string[]) => jsonOf<T>(args, gateway.env);
const send = (spec: object) => gateway.client(department).send(gateway.agency(department).document(spec));
const to = (...codes: string[]) => ({ to: codes.map((code) => ({ code, name: code })) });

interface Explained {
  readonly code: string;
  readonly tried: readonly { readonly rule: string; readonly fits: boolean }[];
  readonly outcome: { readonly kind: string; readonly way: string };
}

describe('routing on the command line', () => {
  it('explains a code and a file rule by rule, as packages are really routed', async () => {
    const [own] = await run<Explained[]>('route', 'explain', commune);
    expect(own).toMatchObject({ tried: [{ rule: 'own', fits: true }], outcome: { kind: 'local' } });
    const [elsewhere] = await run<Explained[]>('route', 'explain', outside);
    expect(elsewhere?.tried.map((one) => one.rule)).toEqual(['own', 'groups', 'others']);
    expect(elsewhere?.outcome).toMatchObject({ kind: 'held', way: 'held NO_ROUTE' });
    const file = join(gateway.folder, 'van-ban.edxml');
    writeFileSync(file, gateway.agency(department).document(to(commune, outside)));
    const all = await run<Explained[]>('route', 'explain', file);
    expect(all.map((one) => [one.code, one.outcome.kind])).toEqual([
      [commune, 'local'],
      [outside, 'held'],
    ]);
    const { stdout } = await lienthong(['route', 'explain', outside], gateway.env);
    expect(stdout).toMatch(/others \[other-level-one\] ✓\n {2}→ upward:axis: held NO_ROUTE/);
  });

  it('tries rules on past packages, changes nothing, and then applies them with an event', async () => {
    const { receipt } = await send(to(commune, outside));
    expect(receipt.recipients.map((one) => one.state)).toEqual(['waiting', 'held']);
    const { rules } = await run<{ rules: object[] }>('routes', 'list');
    const file = join(gateway.folder, 'rules.json');
    writeFileSync(file, JSON.stringify([{ name: 'tax', place: 1, condition: 'codes:*.G22', action: 'refuse' }, ...rules]));
    const tried = await run<{ packages: number; changed: number; byChange: object[]; differences: object[] }>(
      ...['route', 'what-if', '--rules', file, '--days', '1'],
    );
    expect(tried).toMatchObject({
      changed: 1,
      byChange: [{ before: 'held NO_ROUTE', after: 'failed RECIPIENT_UNKNOWN', count: 1 }],
      differences: [{ packageId: receipt.package.id, recipient: outside }],
    });
    await run('routes', 'set', 'tax', '--place', '1', '--when', 'codes:*.G22', '--then', 'refuse', '--dry-run');
    expect((await run<{ rules: unknown }>('routes', 'list')).rules).toEqual(rules);
    await run('routes', 'apply', file);
    expect((await run<Explained[]>('route', 'explain', outside))[0]?.outcome.way).toBe('failed RECIPIENT_UNKNOWN');
    await run('routes', 'remove', 'tax');
    const { rows } = await (gateway.database as TestDatabase).pool.query(
      `select actor, reason from events where name = 'routing.changed' order by seq`,
    );
    expect(rows).toHaveLength(2);
    expect(rows[0].actor).toMatch(/^cli:/);
  });

  it('opens a route, which releases what was held for it, and refuses to close it while something waits', async () => {
    const { receipt } = await send(to(outside));
    const held = receipt.recipients[0]?.delivery ?? '';
    const bad = await lienthong(['routes', 'open', 'axis', '--agency', 'TRUC.QG', '--kind', 'nothing', '--settings', '[]'], gateway.env);
    expect(bad.code).toBe(2);
    await run('routes', 'open', 'axis', '--agency', 'TRUC.QG', '--kind', 'nothing');
    await run('deliveries', 'release', held, '--reason', 'đã có đường');
    expect(await run<object>('deliveries', 'show', held)).toMatchObject({ state: 'waiting', channel: 'upward', route: 'axis' });
    const { code, stderr } = await lienthong(['routes', 'close', 'axis'], gateway.env);
    expect([code, stderr.includes('ROUTE_IN_USE')]).toEqual([1, true]);
    await run('deliveries', 'hold', held, '--reason', 'thử');
    await run('routes', 'close', 'axis');
    expect((await run<Explained[]>('route', 'explain', outside))[0]?.outcome.way).toBe('held NO_ROUTE');
  });
});

describe('what comes twice', () => {
  it('is accepted with a warning when the id, or number, notation and year are those of an earlier package', async () => {
    const mine = { documentId: 'X-2026-77', number: '77', notation: 'SNV-CCHC', promulgationDate: '2026/03/02' };
    await send({ ...to(commune), ...mine });
    const again = await send({ ...to(commune), ...mine, subject: 'Lần hai' });
    const codes = (problems: readonly { code: string }[]) => problems.map((one) => one.code);
    expect(codes(again.receipt.problems)).toEqual(expect.arrayContaining(['DUPLICATE_DOCUMENT_ID', 'DUPLICATE_NUMBER']));
    expect(again.receipt.kind).toBe('accepted');
    const padded = await send({ ...to(commune), ...mine, documentId: 'Y', number: '077', promulgationDate: '2026/02/01' });
    expect(codes(padded.receipt.problems)).toEqual(['DUPLICATE_NUMBER']);
    const lastYear = await send({ ...to(commune), ...mine, documentId: 'Z', promulgationDate: '2025/12/31' });
    expect(codes(lastYear.receipt.problems)).toEqual([]);
  });
});
