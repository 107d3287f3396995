import request from 'supertest';
import type { RestGateway } from '../../support/rest-gateway.ts';
import { agencies, basic, packageText, startRestGateway } from '../../support/rest-gateway.ts';

let gateway: RestGateway;
beforeEach(async () => {
  gateway = await startRestGateway();
});
afterEach(() => gateway.close());

const post = (text: string) =>
  request(gateway.url).post('/v1/packages').set('Authorization', basic('sender-a')).set('Content-Type', 'text/xml').send(text);
const get = (path: string) => request(gateway.url).get(path).set('Authorization', basic('sender-a'));

describe('looking at packages', () => {
  it('shows the state of each recipient with times of Viet Nam', async () => {
    const sent = await post(packageText({ to: ['B', 'C', '000.00.99.H61'] }));
    const answer = await get(sent.headers['location'] as string);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ accepted: true, states: { waiting: 2, failed: 1 }, reference: '07/SNV-CCHC' });
    expect(answer.body.receivedAt).toMatch(/\+07:00$/);
    const [toB, , toUnknown] = answer.body.deliveries;
    expect(toB).toMatchObject({ recipient: agencies.B.code, recipientName: agencies.B.name, state: 'waiting', attemptList: [] });
    expect(toUnknown).toMatchObject({ state: 'failed', problem: { code: 'RECIPIENT_UNKNOWN', vi: expect.any(String) } });
    expect(answer.body).not.toHaveProperty('events');
    expect(answer.body).not.toHaveProperty('clientId');
  });

  it('pages with opaque cursors and narrows by document, acceptance and day', async () => {
    for (let i = 0; i < 5; i++) await post(packageText({ id: `doc-${i}` }));
    await post('not a package');
    const first = await get('/v1/packages?limit=3');
    const second = await get(`/v1/packages?limit=3&cursor=${first.body.next}`);
    const ids = [...first.body.packages, ...second.body.packages].map((p: { documentId: string }) => p.documentId);
    expect(ids).toEqual(['doc-4', 'doc-3', 'doc-2', 'doc-1', 'doc-0']);
    expect(second.body.next).toBeNull();
    expect((await get('/v1/packages?documentId=doc-2')).body.packages).toHaveLength(1);
    expect((await get('/v1/packages?accepted=false')).body.packages).toHaveLength(0);
    expect((await get('/v1/packages?until=2020-01-01')).body.packages).toHaveLength(0);
    expect((await get('/v1/packages?since=2020-01-01T00:00:00+07:00')).body.packages).toHaveLength(5);
  });

  it('names every query parameter that is wrong', async () => {
    const answer = await get('/v1/packages?limit=0&acepted=true&since=yesterday&cursor=abc');
    expect(answer.status).toBe(400);
    const { problems } = answer.body as { problems: { code: string; at: string }[] };
    expect(new Set(problems.map((p) => p.code))).toEqual(new Set(['QUERY_INVALID']));
    expect(problems.map((p) => p.at).sort()).toEqual(['acepted', 'cursor', 'limit', 'since']);
    expect((await get('/v1/packages?limit=1&limit=2')).body.problems[0]).toMatchObject({ at: 'limit' });
    expect((await get('/v1/packages?__proto__=1')).status).toBe(400);
  });

  it.each(['x', '%00', '%zz', '00000000-0000-7000-8000-000000000000', "';drop"])('knows no package %s', async (id) => {
    expect((await get(`/v1/packages/${id}`)).status).toBe(404);
  });
});
