import { entry, serve, theirs } from '../support/axis-mailbox.ts';
import { openAxisRoute } from '../support/axis-pair.ts';
import { type Deferred, deferred } from '../support/deferred.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { type AskedCall, type Reply, startUnkindAxis, type UnkindAxis } from '../support/unkind-axis.ts';

const { department, commune } = usual;
const secret = 'bi mat';

/** Two processes that do everything, with one database and one route. */
let province: TestGateway;
let axis: UnkindAxis;

beforeAll(async () => {
  axis = await startUnkindAxis(secret);
  province = await startTestGateway({
    agencies: [{ code: 'TRUC.QG', agency: { channel: 'upward', signaturePolicy: 'optional' } }],
    roles: ['all', 'all'],
  });
  const settings = { syncHours: 0, followSeconds: 0, pollSeconds: 0.1 };
  await openAxisRoute(province, 'TRUC.QG', { endpoint: axis.endpoint, systemId: 'tinh.h61', secret, settings });
});
afterAll(async () => {
  await province?.close();
  await axis?.close();
});
beforeEach(() => {
  axis.script = {};
  axis.calls.length = 0;
});

const many = (name: string, count: number) => {
  const ids = Array.from({ length: count }, (_, n) => `${name}-${n}`);
  const packages = Object.fromEntries(
    ids.map((id) => [id, theirs({ documentId: id, to: [department, commune].map((code) => ({ code })) })]),
  );
  return {
    ids,
    mailbox: serve(
      packages,
      ids.map((id) => entry(id)),
    ),
  };
};

async function expectEachOnce(ids: readonly string[]): Promise<void> {
  await eventually(
    async () =>
      (await province.rows(`select from upward_entries where entry_id = any($1) and state = 'done'`, [ids])).length === ids.length,
  );
  const found = await province.rows<{ id: string; n: number }>(
    `select p.document_id as id, count(*)::int as n from packages p join deliveries d on d.package_id = p.id
     where p.document_id = any($1) and p.accepted group by p.document_id`,
    [ids],
  );
  expect(Object.fromEntries(found.map(({ id, n }) => [id, n]))).toEqual(Object.fromEntries(ids.map((id) => [id, 2])));
}

describe('two processes that poll one route', () => {
  it('take turns: one call is under way at a time, and each package is taken once', async () => {
    const { ids, mailbox } = many('turns', 20);
    let underWay = 0;
    let most = 0;
    const counted = (answer: (call: AskedCall) => Reply | Promise<Reply>) => async (call: AskedCall) => {
      underWay += 1;
      most = Math.max(most, underWay);
      try {
        return await answer(call);
      } finally {
        underWay -= 1;
      }
    };
    axis.script = Object.fromEntries(Object.entries(mailbox).map(([operation, answer]) => [operation, counted(answer)]));
    await expectEachOnce(ids);
    expect(most).toBe(1);
    expect(axis.calls.filter(({ operation }) => operation === 'getEdoc')).toHaveLength(ids.length);
  });

  it('double nothing when the one that polls loses its lock without noticing, and the other begins beside it', async () => {
    const { ids, mailbox } = many('beside', 3);
    const fetches: Deferred<void>[] = [];
    axis.script = {
      ...mailbox,
      getEdoc: async (call: AskedCall) => {
        if (call.values.get('docId') !== ids[0] || fetches.length === 2) return mailbox.getEdoc(call);
        // both have the same package in hand before either gets it
        const mine = deferred();
        fetches.push(mine);
        if (fetches.length === 2) for (const one of fetches) one.resolve();
        else
          await province.rows('select pg_terminate_backend(pid) from pg_locks where locktype = $1 and classid = 13 and granted', [
            'advisory',
          ]);
        await mine.promise;
        return mailbox.getEdoc(call);
      },
    };
    await expectEachOnce(ids);
    expect(fetches).toHaveLength(2);
  });

  it('lose nothing when the one that polls is killed: the other goes on', async () => {
    const { ids, mailbox } = many('killed', 4);
    let killed: number | undefined;
    axis.script = {
      ...mailbox,
      getEdoc: async (call: AskedCall) => {
        if (call.values.get('docId') === ids[1] && killed === undefined) {
          const lines = await province.processes[0]?.log();
          killed = Number(lines?.findLast(({ msg, entry: told }) => msg === 'entry.done' && told === ids[0])?.['pid']);
          await province.processes.find(({ pid }) => pid === killed)?.kill();
        }
        return mailbox.getEdoc(call);
      },
    };
    await expectEachOnce(ids);
    expect(province.processes.map(({ pid }) => pid)).toContain(killed);
    expect(axis.calls.filter(({ operation, values }) => operation === 'getEdoc' && values.get('docId') === ids[1])).toHaveLength(2);
  });
});
