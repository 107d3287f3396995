import type { Route } from '../../../src/adapters/rest/contract.ts';
import { routes } from '../../../src/adapters/rest/contract-operator.ts';
import type { RestGateway } from '../../support/rest-gateway.ts';
import { basic, clients, packageText, startRestGateway } from '../../support/rest-gateway.ts';

let gateway: RestGateway;
beforeAll(async () => {
  gateway = await startRestGateway();
});
afterAll(() => gateway.close());

const all: [string, Route][] = Object.entries(routes);
const guarded = all.filter(([, route]) => route.scopes.length > 0);
const scopes = ['send', 'receive', 'operate', 'audit', 'admin'] as const;

/** A client of our matrix that has exactly this scope, for other agencies than A and B where it has any. */
const strangers = { send: 'sender-c', receive: 'box-c', operate: 'operator', audit: 'auditor', admin: 'admin' } as const;

/** What belongs to A (as sender) and B (as recipient), made anew. */
async function belongings(): Promise<Record<string, string>> {
  const sent = await call('POST', '/v1/packages', 'sender-a', packageText({ to: ['B'] }), 'text/xml');
  const id = sent.headers.get('location')?.split('/').at(-1) as string;
  const [delivery] = [...gateway.tables.deliveries.values()].filter((row) => row.delivery.packageId === id);
  const receipt = gateway.tables.receipts.find((one) => one.packageId === id);
  const plan = await call('POST', '/v1/operator/replays', 'operator', '{"filter":{"state":"failed"},"reason":"x"}', 'application/json');
  return {
    package: id,
    document: id,
    delivery: delivery?.delivery.id as string,
    receipt: receipt?.id as string,
    plan: ((await plan.json()) as { id: string }).id,
  };
}

async function call(method: string, path: string, client: string | null, body?: string, type?: string): Promise<Response> {
  return fetch(`${gateway.url}${path}`, {
    method,
    headers: { ...(client === null ? {} : { authorization: basic(client) }), ...(type === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { body }),
  });
}

/** What a query can't do without. */
const needed: Readonly<Record<string, string>> = {
  '/v1/directory/agencies': '?words=so%20y',
  '/v1/directory/resolve': '?code=000.00.01.H61',
  '/v1/directory/members': '?group=XA',
};

/** A request that is right in everything but, perhaps, who makes it. */
function ask(route: Route, ids: Record<string, string>, client: string | null): Promise<Response> {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] as string);
  if (route.carriesPackage === true) return call('POST', path, client, packageText({ from: 'A' }), 'text/xml');
  if (route.body === undefined) return call(route.method.toUpperCase(), `${path}${needed[path] ?? ''}`, client);
  const reason = path.endsWith('/ack') ? {} : { reason: 'vì thế' };
  if (path.startsWith('/v1/admin/'))
    return call('POST', path, client, JSON.stringify({ ...reason, client: 'sender-c' }), 'application/json');
  const body = path.endsWith('/replays') ? { ...reason, filter: { state: 'failed' } } : reason;
  return call('POST', path, client, JSON.stringify(body), 'application/json');
}

const foreign = {
  sendPackage: 403,
  validatePackage: 403,
  showPackage: 404,
  showDocument: 404,
  showReceipt: 404,
  fetchPackage: 404,
  acknowledge: 404,
  refuse: 404,
} as const;

describe.each(guarded)('%s', (id, route) => {
  it('is not for strangers', async () => {
    const answer = await ask(route, await belongings(), null);
    expect(answer.status).toBe(401);
  });

  it('is not for clients without any right', async () => {
    const answer = await ask(route, await belongings(), 'nobody');
    expect([answer.status, await answer.json()]).toMatchObject([403, { problems: [{ code: 'SCOPE_MISSING' }] }]);
  });

  it.each(scopes)('is for the scope %s as the contract says, and never shows or changes what belongs to other agencies', async (scope) => {
    const ids = await belongings();
    const before = JSON.stringify([...gateway.tables.deliveries.values()]);
    const answer = await ask(route, ids, strangers[scope]);
    const text = await answer.text();
    if (!route.scopes.includes(scope)) {
      expect([answer.status, text]).toEqual([403, expect.stringContaining('SCOPE_MISSING')]);
      expect(JSON.stringify([...gateway.tables.deliveries.values()])).toBe(before);
      return;
    }
    if (scope === 'operate' || scope === 'audit') {
      expect(answer.status).not.toBe(403);
      return;
    }
    expect(answer.status).toBe(foreign[id as keyof typeof foreign] ?? 200);
    const told = text.replaceAll(/"(instance|detail|title|vi|en)":"[^"]*"/g, '');
    for (const one of [ids['package'], ids['delivery'], ids['receipt']]) expect(told).not.toContain(one);
    expect(JSON.stringify([...gateway.tables.deliveries.values()])).toBe(before);
  });
});

describe('the contract', () => {
  it('leaves only health, the description, the token endpoint and public keys open', () => {
    const open = all.filter(([, route]) => route.scopes.length === 0).map(([, route]) => route.path);
    expect(open).toEqual([
      '/healthz',
      '/readyz',
      '/metrics',
      '/openapi.json',
      '/oauth/token',
      '/.well-known/oauth-authorization-server',
      '/.well-known/lienthong-keys',
    ]);
  });

  it('lets auditors change nothing', () => {
    for (const [, route] of all) if (route.scopes.includes('audit')) expect(route.method).toBe('get');
  });

  it('tests a client for every scope', () => {
    for (const scope of scopes) expect(clients[strangers[scope]]?.scopes).toEqual([scope]);
  });
});
