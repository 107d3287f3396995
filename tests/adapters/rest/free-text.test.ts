import { z } from 'zod';
import type { Route } from '../../../src/adapters/rest/contract.ts';
import { routes } from '../../../src/adapters/rest/contract-operator.ts';
import { inputs } from '../../../src/adapters/rest/inputs.ts';
import type { RestGateway } from '../../support/rest-gateway.ts';
import { basic, startRestGateway } from '../../support/rest-gateway.ts';

let gateway: RestGateway;
beforeAll(async () => {
  gateway = await startRestGateway();
});
afterAll(() => gateway.close());

/** What neither the database nor XML can hold, or what would move a terminal; as JSON writes it. */
const unwritable = [
  '\\u0000',
  'a\\u0000b',
  '\\ud800',
  'a\\udc00b',
  '\\ud800\\ud800',
  '\\udc00\\ud800',
  '\\u001b[2J',
  '\\u0085',
  '\\ufffe',
  '\\uffff',
];
const nobody = '00000000-0000-7000-8000-000000000000';
const able = { send: 'sender-a', receive: 'box-b', operate: 'operator', audit: 'auditor', admin: 'admin' } as const;
const clientFor = ({ scopes }: Route) => able[scopes[0] ?? 'send'];
const pathOf = (route: Route) => route.path.replace(/\{\w+\}/g, nobody);

function textsOf(schema: z.ZodType): string[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' }) as { properties?: Record<string, { type?: string }> };
  return Object.entries(properties).flatMap(([name, { type }]) => (type === 'string' ? [name] : []));
}

const all: [string, Route][] = Object.entries(routes);
const bodies = all.flatMap(([id, route]) =>
  route.body === undefined ? [] : textsOf(route.body).map((name) => [id, name, route] as const),
);
const queries = all.flatMap(([id, route]) => textsOf(route.query).map((name) => [id, name, route] as const));

describe('free text', () => {
  it.each(bodies)('of %s in the field %s is refused with what nothing can hold', async (_, name, route) => {
    for (const text of unwritable) {
      const answer = await fetch(`${gateway.url}${pathOf(route)}`, {
        method: 'POST',
        headers: { authorization: basic(clientFor(route)), 'content-type': 'application/json' },
        body: `{"${name}":"${text}"}`,
      });
      const { problems } = (await answer.json()) as { problems: { code: string; at?: string }[] };
      expect([text, answer.status, problems.map(({ code, at }) => `${code} ${at}`)]).toEqual([
        text,
        400,
        expect.arrayContaining([`JSON_INVALID ${name}`]),
      ]);
    }
  });

  it.each(queries)('of %s in the parameter %s is refused with a control character', async (_, name, route) => {
    for (const text of ['%00', 'a%00b', '%1B%5B2J']) {
      const answer = await fetch(`${gateway.url}${pathOf(route)}?${name}=${text}`, { headers: { authorization: basic(clientFor(route)) } });
      expect([name, text, answer.status]).toEqual([name, text, 400]);
    }
  });

  it('takes what Vietnamese needs: decomposed accents, lines, and characters beyond the first plane', () => {
    const reason = 'Đã kết nối lại:\n\tư\u031b và 𠀋 (chữ Nôm)';
    expect(inputs.move.parse({ reason })).toEqual({ reason });
  });
});
