import request from 'supertest';
import type { RestGateway } from '../../support/rest-gateway.ts';
import { agencies, basic, packageText, startRestGateway } from '../../support/rest-gateway.ts';

let gateway: RestGateway;
beforeEach(async () => {
  gateway = await startRestGateway();
});
afterEach(() => gateway.close());

const send = (about: Parameters<typeof packageText>[0] = {}) =>
  request(gateway.url)
    .post('/v1/packages')
    .set('Authorization', basic('sender-a'))
    .set('Content-Type', 'text/xml')
    .send(packageText(about));
const get = (path: string, client = 'auditor') => request(gateway.url).get(`/v1/operator${path}`).set('Authorization', basic(client));
const post = (path: string, body: object) =>
  request(gateway.url).post(`/v1/operator${path}`).set('Authorization', basic('operator')).send(body);
const firstDelivery = async (query = '') => (await get(`/deliveries${query}`)).body.deliveries[0];

describe('deliveries', () => {
  it('are listed newest first, narrowed and paged', async () => {
    for (let i = 0; i < 3; i++) await send({ to: ['B', '000.00.99.H61', 'S'] });
    expect((await get('/deliveries')).body.deliveries).toHaveLength(9);
    expect((await get('/deliveries?state=failed')).body.deliveries).toHaveLength(3);
    expect((await get(`/deliveries?recipient=${agencies.S.code}&state=held`)).body.deliveries).toHaveLength(3);
    expect((await get('/deliveries?code=RECIPIENT_UNKNOWN')).body.deliveries).toHaveLength(3);
    expect((await get(`/deliveries?sender=${agencies.B.code}`)).body.deliveries).toHaveLength(0);
    expect((await get('/deliveries?since=2999-01-01')).body.deliveries).toHaveLength(0);
    const first = await get('/deliveries?limit=5');
    const second = await get(`/deliveries?limit=5&cursor=${first.body.next}`);
    const ids = [...first.body.deliveries, ...second.body.deliveries].map((d: { id: string }) => d.id);
    expect(ids).toHaveLength(9);
    expect(ids).toEqual([...ids].sort().reverse());
    expect(second.body.next).toBeNull();
  });

  it('are held, released, cancelled and replayed, with the operator in the event', async () => {
    await send({ to: ['P'] });
    const { id } = await firstDelivery();
    expect((await post(`/deliveries/${id}/hold`, { reason: 'chờ\nxác minh' })).body).toMatchObject({
      state: 'held',
      problem: { code: 'HELD_BY_OPERATOR' },
    });
    expect((await post(`/deliveries/${id}/hold`, { reason: 'x' })).status).toBe(409);
    const before = gateway.seen.rungs;
    expect((await post(`/deliveries/${id}/release`, {})).body).toMatchObject({ state: 'waiting', turn: 2 });
    expect(gateway.seen.rungs).toBe(before + 1);
    expect((await post(`/deliveries/${id}/cancel`, {})).status).toBe(422);
    expect((await post(`/deliveries/${id}/cancel`, { reason: 'gửi nhầm' })).body.state).toBe('cancelled');
    expect((await post(`/deliveries/${id}/replay`, { reason: 'x' })).status).toBe(409);
    const actors = gateway.tables.events.filter((e) => e.deliveryId === id && e.name !== 'delivery.created').map((e) => [e.name, e.actor]);
    expect(actors).toEqual([
      ['delivery.held', 'operator:operator'],
      ['delivery.released', 'operator:operator'],
      ['delivery.cancelled', 'operator:operator'],
    ]);
  });

  it('show every attempt, also our own faults, which the sender is not told', async () => {
    const sent = await send({ to: ['P'] });
    const { id } = await firstDelivery();
    const at = new Date();
    gateway.tables.deliveries.get(id)?.attempts.push(
      { id: '00000000-0000-7000-8000-0000000000aa', turn: 1, result: 'fault', detail: 'disk of node 7', startedAt: at, finishedAt: at },
      {
        id: '00000000-0000-7000-8000-0000000000ab',
        turn: 2,
        result: 'unavailable',
        detail: 'HTTP 503',
        httpStatus: 503,
        startedAt: at,
        finishedAt: at,
      },
    );
    expect((await get(`/deliveries/${id}`)).body.attemptList).toMatchObject([{ detail: 'disk of node 7' }, { httpStatus: 503 }]);
    const seen = await request(gateway.url)
      .get(sent.headers['location'] as string)
      .set('Authorization', basic('sender-a'));
    expect(seen.text).not.toContain('disk of node 7');
    expect(seen.body.deliveries[0].attemptList).toMatchObject([{ result: 'fault' }, { detail: 'HTTP 503' }]);
  });
});

describe('packages', () => {
  it('of all agencies are listed, also refused ones, and narrowed by the code of the sender', async () => {
    await send();
    await request(gateway.url).post('/v1/packages').set('Authorization', basic('sender-c')).set('Content-Type', 'text/xml').send('x');
    expect((await get('/packages')).body.packages).toMatchObject([
      { accepted: false, client: 'sender-c' },
      { accepted: true, client: 'sender-a' },
    ]);
    expect((await get(`/packages?sender=${agencies.A.code}`)).body.packages).toHaveLength(1);
    expect((await get('/packages?sender=1.2.3')).body.packages).toEqual([]);
    expect((await get('/packages?accepted=true&limit=1')).body.packages).toHaveLength(1);
  });

  it('show everything that happened', async () => {
    const sent = await send({ to: ['B', 'C'] });
    const id = (sent.headers['location'] as string).split('/').at(-1);
    const { body } = await get(`/packages/${id}`);
    expect(body.events.map((e: { name: string }) => e.name)).toEqual(['package.accepted', 'delivery.created', 'delivery.created']);
    expect(body.deliveries).toMatchObject([{ leased: false, channel: 'inbox' }, { turn: 1 }]);
    expect(body.receipts).toMatchObject([{ kind: 'accepted' }]);
  });

  it('are exported byte for byte, by operators only', async () => {
    const text = packageText();
    const sent = await request(gateway.url)
      .post('/v1/packages')
      .set('Authorization', basic('sender-a'))
      .set('Content-Type', 'text/xml')
      .send(text);
    const path = `/packages/${(sent.headers['location'] as string).split('/').at(-1)}/content`;
    const answer = await get(path, 'operator')
      .buffer(true)
      .parse((res, done) => {
        let all = '';
        res.on('data', (chunk) => (all += chunk));
        res.on('end', () => done(null, all));
      });
    expect(answer.body).toBe(text);
    expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="[0-9a-f-]+\.edxml"$/);
    expect((await get(path, 'auditor')).status).toBe(403);
  });
});

describe('bulk replays', () => {
  it('are forecast, then planned and followed', async () => {
    await send({ to: ['B', 'S', '000.00.99.H61', 'P'] });
    const { id } = await firstDelivery(`?recipient=${agencies.P.code}`);
    await post(`/deliveries/${id}/hold`, { reason: 'x' });
    const filter = { since: '2020-01-01', state: 'held' };
    const forecast = await post('/replays', { filter, dryRun: true });
    expect([forecast.status, forecast.body]).toEqual([
      200,
      { total: 2, byState: { held: 2 }, byRecipient: { [agencies.S.code]: 1, [agencies.P.code]: 1 }, notReplayable: 0 },
    ]);
    expect((await post('/replays', { filter })).status).toBe(422);
    const plan = await post('/replays', { filter, reason: 'mạng đã thông' });
    expect(plan.status).toBe(202);
    expect(plan.body).toMatchObject({
      actor: 'operator:operator',
      total: 2,
      replayed: 0,
      filter: { state: 'held', since: '2020-01-01T00:00:00.000+07:00' },
    });
    const progress = await get((plan.headers['location'] as string).replace('/v1/operator', ''));
    expect(progress.body).toEqual(plan.body);
    expect((await get('/replays/00000000-0000-7000-8000-000000000000')).body.problems).toMatchObject([{ code: 'PLAN_UNKNOWN' }]);
  });
});
