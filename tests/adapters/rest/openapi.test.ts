import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import type { Route } from '../../../src/adapters/rest/contract.ts';
import { routes } from '../../../src/adapters/rest/contract-operator.ts';
import { openapiText } from '../../../src/adapters/rest/openapi.ts';
import { problemAnswer } from '../../../src/adapters/rest/schemas.ts';
import { codes } from '../../../src/routing/codes/index.ts';
import type { RestGateway } from '../../support/rest-gateway.ts';
import { agencies, basic, packageText, startRestGateway } from '../../support/rest-gateway.ts';

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>>; readonly $ref?: string }>>;
}

const file = fileURLToPath(new URL('../../../../schemas/openapi.json', import.meta.url));
const text = readFileSync(file, 'utf8');
const description = JSON.parse(text) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
};

let gateway: RestGateway;
let ids: Readonly<Record<string, string>>;
beforeAll(async () => {
  gateway = await startRestGateway({ settings: { openapi: text } });
  ids = await prepare();
});
afterAll(() => gateway.close());

type Id = keyof typeof routes;
interface Ask {
  readonly client?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly ids?: Readonly<Record<string, string>>;
}

/** Asks, and checks the answer against the contract and the file. */
async function ask(id: Id, { client, body, headers = {}, query = '', ids: own = {} }: Ask): Promise<Response & { parsed: unknown }> {
  const route: Route = routes[id];
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => own[name] ?? ids[name] ?? '');
  const type = route.carriesPackage === true ? 'application/xml' : body === undefined ? undefined : 'application/json';
  const answer = await fetch(`${gateway.url}${path}${query}`, {
    method: route.method.toUpperCase(),
    headers: {
      ...(client === undefined ? {} : { authorization: basic(client) }),
      ...(type === undefined ? {} : { 'content-type': type }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const content = await answer.text();
  return Object.assign(answer, { parsed: checkAnswer(id, answer, content) });
}

function checkAnswer(id: Id, answer: Response, content: string): unknown {
  const route: Route = routes[id];
  const described = description.paths[route.path]?.[route.method]?.responses[answer.status];
  const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
  if (described === undefined) throw new Error(`${id} answered ${answer.status}, which openapi.json does not have: ${content}`);
  if (type === 'application/problem+json') {
    expect(described.$ref).toBe('#/components/responses/Problem');
    return problemAnswer.parse(JSON.parse(content));
  }
  expect(Object.keys(described.content ?? {})).toContain(type);
  const shape: z.ZodType | undefined = route.json?.[answer.status];
  return type === 'application/json' && shape !== undefined ? shape.parse(JSON.parse(content)) : content;
}

async function prepare(): Promise<Record<string, string>> {
  const send = (to: readonly string[]) =>
    fetch(`${gateway.url}/v1/packages`, {
      method: 'POST',
      headers: { authorization: basic('sender-a'), 'content-type': 'text/xml', 'idempotency-key': to.join() },
      body: packageText({ to, urgency: 1 }),
    });
  const sent = await send(['B', 'C', 'P', '000.00.99.H61']);
  await send(['B']);
  const to = (code: string) =>
    [...gateway.tables.deliveries.values()].find(({ delivery }) => delivery.recipient === code)?.delivery.id as string;
  await fetch(`${gateway.url}/v1/packages`, { method: 'POST', headers: { authorization: basic('both.b') }, body: 'x' });
  return {
    package: sent.headers.get('location')?.split('/').at(-1) as string,
    delivery: to(agencies.B.code),
    pushed: to(agencies.P.code),
    receipt: gateway.tables.receipts[0]?.id as string,
    document: sent.headers.get('location')?.split('/').at(-1) as string,
    plan: nowhere,
    act: nowhere,
  };
}

const json = { accept: 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const because = JSON.stringify({ reason: 'vì thế' });
const nowhere = '00000000-0000-7000-8000-000000000000';
const chosen = JSON.stringify({ document: nowhere });

/** One right request for every operation, in an order in which they work; `status` is what it must be answered with. */
const walk: [Id, number, () => Ask][] = [
  ['sendPackage', 201, () => ({ client: 'sender-a', body: packageText(), headers: json })],
  ['sendPackage', 201, () => ({ client: 'sender-a', body: packageText() })],
  ['validatePackage', 200, () => ({ client: 'sender-a', body: packageText({ to: ['B', 'S'] }) })],
  ['listPackages', 200, () => ({ client: 'sender-a', query: '?limit=1' })],
  ['showPackage', 200, () => ({ client: 'sender-a' })],
  ['listDocuments', 200, () => ({ client: 'sender-a', query: '?limit=1&owed=late&reference=1/A' })],
  ['showDocument', 200, () => ({ client: 'sender-a' })],
  ['showDocument', 200, () => ({ client: 'auditor' })],
  ['listReceipts', 200, () => ({ client: 'sender-a' })],
  ['showReceipt', 200, () => ({ client: 'sender-a', headers: json })],
  ['showReceipt', 200, () => ({ client: 'sender-a' })],
  ['listInbox', 200, () => ({ client: 'box-b', query: '?wait=1' })],
  ['acknowledge', 409, () => ({ client: 'box-b', body: '{}' })],
  ['fetchPackage', 200, () => ({ client: 'box-b' })],
  ['fetchPackage', 206, () => ({ client: 'box-b', headers: { range: 'bytes=0-4' } })],
  ['fetchPackage', 416, () => ({ client: 'box-b', headers: { range: 'bytes=9999-' } })],
  ['acknowledge', 200, () => ({ client: 'box-b' })],
  ['refuse', 409, () => ({ client: 'box-b', body: because })],
  ['replay', 200, () => ({ client: 'operator', body: because })],
  ['refuse', 200, () => ({ client: 'box-b', body: because })],
  ['listDeliveries', 200, () => ({ client: 'auditor' })],
  ['showDelivery', 200, () => ({ client: 'auditor' })],
  ['hold', 200, () => ({ client: 'operator', body: because, ids: { delivery: ids['pushed'] as string } })],
  ['release', 200, () => ({ client: 'operator', body: '{}', ids: { delivery: ids['pushed'] as string } })],
  ['cancel', 422, () => ({ client: 'operator', ids: { delivery: ids['pushed'] as string } })],
  ['cancel', 200, () => ({ client: 'operator', body: because, ids: { delivery: ids['pushed'] as string } })],
  ['listAllPackages', 200, () => ({ client: 'operator' })],
  ['showAnyPackage', 200, () => ({ client: 'auditor' })],
  ['exportPackage', 200, () => ({ client: 'operator' })],
  ['exportPackage', 206, () => ({ client: 'operator', headers: { range: 'bytes=-3' } })],
  ['report', 200, () => ({ client: 'auditor', query: '?from=2026-01-01' })],
  ['planReplay', 200, () => ({ client: 'operator', body: '{"filter":{"state":"failed"},"dryRun":true}' })],
  ['planReplay', 202, () => ({ client: 'operator', body: '{"filter":{"state":"failed","until":"2999-01-01"},"reason":"x"}' })],
  ['listActs', 200, () => ({ client: 'auditor' })],
  ['matchAct', 404, () => ({ client: 'operator', body: chosen })],
  ['dismissAct', 404, () => ({ client: 'operator', body: because })],
  ['searchAgencies', 200, () => ({ client: 'sender-a', query: '?words=000.00.0&limit=3' })],
  ['searchAgencies', 400, () => ({ client: 'sender-a', query: '?words=x&on=2025-02-30' })],
  ['showTree', 200, () => ({ client: 'auditor', query: '?on=2025-07-01&depth=2' })],
  ['resolveCode', 200, () => ({ client: 'sender-a', query: `?code=${agencies.B.code}` })],
  ['resolveCode', 200, () => ({ client: 'operator', query: '?code=000.00.99.H61&on=2025-07-01' })],
  ['listGroups', 200, () => ({ client: 'sender-a' })],
  ['listMembers', 200, () => ({ client: 'auditor', query: '?group=XA' })],
  ['listMembers', 404, () => ({ client: 'sender-a', query: '?group=KHONG' })],
  ['alive', 200, () => ({})],
  ['ready', 200, () => ({})],
  ['metrics', 200, () => ({})],
  ['openapi', 200, () => ({})],
  ['issueToken', 200, () => ({ client: 'sender-a', body: 'grant_type=client_credentials', headers: form })],
  ['issueToken', 400, () => ({ client: 'sender-a', body: 'grant_type=password', headers: form })],
  ['issueToken', 401, () => ({ client: 'nobody-at-all', body: 'grant_type=client_credentials', headers: form })],
  ['listClients', 200, () => ({ client: 'auditor', query: '?limit=2&after=admin' })],
  ['suspendClient', 200, () => ({ client: 'admin', body: '{"client":"box-c","reason":"x"}' })],
  ['suspendClient', 404, () => ({ client: 'admin', body: '{"client":"khong-co","reason":"x"}' })],
  ['suspendClient', 422, () => ({ client: 'admin', body: '{"client":"box-c"}' })],
  ['resumeClient', 200, () => ({ client: 'admin', body: '{"client":"box-c","reason":"x"}' })],
  ['showOauth', 200, () => ({})],
  ['showKeys', 200, () => ({})],
];

describe('real answers', () => {
  it('to one request for every operation are as openapi.json says', async () => {
    for (const [id, status, make] of walk) {
      const answer = await ask(id, make());
      expect([id, answer.status]).toEqual([id, status]);
      if (id === 'planReplay' && status === 202) {
        const shown = await ask('showReplay', { client: 'auditor', ids: { plan: (answer.parsed as { id: string }).id } });
        expect(shown.parsed).toEqual(answer.parsed);
      }
    }
    expect(new Set([...walk.map(([id]) => id), 'showReplay'])).toEqual(new Set(Object.keys(routes)));
  });

  it.each(Object.keys(routes) as Id[])('to bad requests are as openapi.json says: %s', async (id) => {
    const route: Route = routes[id];
    const able = Object.entries({ send: 'sender-a', receive: 'box-b', operate: 'operator', admin: 'admin' }).find(([scope]) =>
      route.scopes.some((s) => s === scope),
    )?.[1];
    const client = able === undefined ? {} : { client: able };
    const body = route.method === 'post' ? { body: route.carriesPackage === true ? 'x' : '{"a":1}' } : {};
    expect((await ask(id, { ...client, ...body, query: '?nonsense=1' })).status).toBe(400);
    if (route.method === 'post') expect([400, 422]).toContain((await ask(id, { ...client, ...body })).status);
    if (route.scopes.length > 0) expect((await ask(id, body)).status).toBe(401);
    if (route.scopes.length > 0) expect((await ask(id, { client: 'nobody', ...body })).status).toBe(403);
    if (route.missing === undefined) return;
    const right = route.body === undefined ? {} : { body: id === 'acknowledge' ? '{}' : id === 'matchAct' ? chosen : because };
    const none = { package: nowhere, document: nowhere, delivery: nowhere, receipt: nowhere, plan: nowhere, act: nowhere };
    expect((await ask(id, { ...client, ...right, ids: none })).status).toBe(404);
  });

  it('serve the file itself', async () => {
    expect(await (await fetch(`${gateway.url}/openapi.json`)).text()).toBe(text);
  });
});

describe('schemas/openapi.json', () => {
  it('is what the contract and the schemas make (node dist/src/adapters/rest/openapi.js > schemas/openapi.json)', () => {
    expect(openapiText() === text).toBe(true);
  });

  it('has every operation once and only references that exist', () => {
    const operations = Object.values(description.paths).flatMap((path) => Object.values(path).map((one) => one.operationId));
    expect(operations.sort()).toEqual(Object.keys(routes).sort());
    const references = [...text.matchAll(/"\$ref": "#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name as string);
    for (const name of references) expect(Object.keys(description.components.schemas)).toContain(name);
  });

  it('names only codes that exist, at their status', () => {
    for (const path of Object.values(description.paths)) {
      for (const operation of Object.values(path)) checkCodes(operation);
    }
  });
});

function checkCodes({ responses }: Operation): void {
  for (const [status, answer] of Object.entries(responses)) {
    const { description: said = '' } = answer as { description?: string };
    for (const [name] of answer.$ref === undefined ? [] : said.matchAll(/[A-Z][A-Z0-9]*_[A-Z_0-9]+/g)) {
      expect([name, codes[name as keyof typeof codes]?.status]).toEqual([name, Number(status)]);
    }
  }
}
