import request from 'supertest';
import { reject } from '../../../src/routing/problem.ts';
import type { RestGateway } from '../../support/rest-gateway.ts';
import { agencies, basic, packageText, startRestGateway } from '../../support/rest-gateway.ts';

let gateway: RestGateway;
beforeEach(async () => {
  gateway = await startRestGateway();
});
afterEach(() => gateway.close());

const post = (text: string, type: string | null = 'application/xml', path = '/v1/packages') => {
  const call = request(gateway.url).post(path).set('Authorization', basic('sender-a'));
  return (type === null ? call : call.set('Content-Type', type)).send(text);
};

describe('sending a package', () => {
  it('answers the first time with 201, the signed receipt and where to look', async () => {
    const answer = await post(packageText());
    expect(answer.status).toBe(201);
    expect(answer.headers['content-type']).toBe('application/xml');
    expect(answer.text).toMatch(/^<\?xml .*<receipt xmlns="urn:lienthong:receipt:1" .*kind="accepted"/s);
    const [id] = gateway.tables.packages.keys();
    expect(answer.headers['location']).toBe(`/v1/packages/${id}`);
    expect(answer.headers['lienthong-request']).toMatch(/^[0-9a-f-]{36}$/);
    expect(gateway.seen).toMatchObject({ open: 0, kept: 1, accepted: [true] });
  });

  it('answers the same package again with 200 and the first receipt', async () => {
    const text = packageText();
    const first = await post(text);
    const again = await post(text);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.text).toBe(first.text);
  });

  it('stores the same package once under 50 posts at the same time', async () => {
    const text = packageText();
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(text)));
    expect(answers.map((a) => a.status).sort()).toEqual([...Array<number>(49).fill(200), 201]);
    expect(new Set(answers.map((a) => a.text)).size).toBe(1);
    expect(gateway.tables.packages.size).toBe(1);
  });

  it('refuses other content under a used id with 409', async () => {
    const send = () => post(packageText()).set('Idempotency-Key', 'lot-7/1');
    expect((await send()).status).toBe(201);
    const second = await send();
    expect(second.status).toBe(409);
    expect(second.body).toMatchObject({ type: 'urn:lienthong:problem:MESSAGE_ID_REUSED', problems: [{ code: 'MESSAGE_ID_REUSED' }] });
  });

  it.each(['', ' ', 'có dấu', 'a b', 'x'.repeat(201)])('refuses the transport id %j', async (key) => {
    const bytes = Buffer.from(key).toString('latin1');
    const answer = await fetch(`${gateway.url}/v1/packages`, {
      method: 'POST',
      headers: { authorization: basic('sender-a'), 'idempotency-key': bytes, 'content-type': 'text/xml' },
      body: packageText(),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ problems: [{ code: 'HEADER_INVALID', at: 'Idempotency-Key' }] });
    expect(gateway.tables.packages.size).toBe(0);
  });

  it.each([
    ['application/json', 'json'],
    ['application/json;q=0.5, application/xml', 'xml'],
    ['application/xml;q=0.1, application/*', 'json'],
    ['text/html', 'xml'],
  ])('answers Accept: %s with %s', async (accept, form) => {
    const answer = await post(packageText()).set('Accept', accept);
    expect(answer.status).toBe(201);
    expect(answer.headers['content-type']).toBe(`application/${form}`);
    if (form === 'json')
      expect(answer.body).toMatchObject({ kind: 'accepted', package: { sender: agencies.A.code }, recipients: [{ state: 'waiting' }] });
  });

  it.each(['application/xml', 'text/xml; charset=utf-8', 'application/octet-stream', 'Application/XML;charset="UTF-8"'])(
    'takes the type %s',
    async (type) => {
      expect((await post(packageText(), type)).status).toBe(201);
    },
  );

  it('takes a body without a type', async () => {
    const answer = await fetch(`${gateway.url}/v1/packages`, {
      method: 'POST',
      headers: { authorization: basic('sender-a') },
      body: Buffer.from(packageText()),
    });
    expect(answer.status).toBe(201);
  });

  it.each(['application/json', 'text/xml; charset=utf-16', 'multipart/mixed; boundary=x', 'application/x-www-form-urlencoded'])(
    'refuses the type %s',
    async (type) => {
      const answer = await post(packageText(), type);
      expect(answer.status).toBe(415);
      expect(answer.body.problems).toMatchObject([{ code: 'CONTENT_TYPE_UNSUPPORTED', at: 'Content-Type' }]);
    },
  );

  it('refuses compressed bodies and says which encoding is taken', async () => {
    const answer = await post(packageText()).set('Content-Encoding', 'gzip');
    expect(answer.status).toBe(415);
    expect(answer.headers['accept-encoding']).toBe('identity');
    expect((await post(packageText()).set('Content-Encoding', 'identity')).status).toBe(201);
  });

  it('hands multipart bodies over with their Content-Type', async () => {
    const types: string[] = [];
    const other = await startRestGateway({
      ports: () => ({
        packagePart(body, contentType) {
          types.push(contentType);
          return body;
        },
      }),
    });
    const send = (type: string) =>
      request(other.url).post('/v1/packages').set('Authorization', basic('sender-a')).set('Content-Type', type).send(packageText());
    expect((await send('multipart/form-data; boundary="a b"')).status).toBe(201);
    expect((await send('Multipart/Related; boundary=x; start="<root>"')).status).toBe(201);
    expect(types).toEqual(['multipart/form-data; boundary="a b"', 'Multipart/Related; boundary=x; start="<root>"']);
    await other.close();
  });

  it('takes the package out of a multipart body, byte for byte', async () => {
    const text = packageText();
    const answer = await request(gateway.url)
      .post('/v1/packages')
      .set('Authorization', basic('sender-a'))
      .attach('package', Buffer.from(text), 'a.edxml');
    expect(answer.status).toBe(201);
    const [stored] = gateway.tables.packages.values();
    expect(Buffer.from(stored?.acceptance?.lifted.text ?? []).toString()).toBe(text);
  });

  it('asks to come back when the database is away', async () => {
    const away = await startRestGateway({
      ports: () => ({
        async clientForLogin() {
          throw reject('STORE_UNAVAILABLE');
        },
      }),
    });
    const answer = await request(away.url)
      .post('/v1/packages')
      .set('Authorization', basic('sender-a'))
      .set('Content-Type', 'text/xml')
      .send('x');
    expect([answer.status, answer.headers['retry-after'], answer.body.problems[0].code]).toEqual([503, '10', 'STORE_UNAVAILABLE']);
    await away.close();
  });

  it('says no with 413 and the limit before it reads a body that is announced too large', async () => {
    const answer = await post('x'.repeat(200_001));
    expect(answer.status).toBe(413);
    expect(answer.body.detail).toContain('200000 bytes');
    expect(gateway.seen.rejected).toEqual([['PACKAGE_TOO_LARGE']]);
  });

  it('lists every violation at once with both languages, place and line', async () => {
    const answer = await post('not a package');
    expect(answer.status).toBe(422);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.body).toMatchObject({
      type: 'urn:lienthong:problem:NOT_XML',
      title: 'Nội dung không phải là XML hợp lệ: no package',
      detail: 'The content is not well-formed XML: no package',
      status: 422,
      instance: answer.headers['lienthong-request'],
      problems: [
        { code: 'NOT_XML', line: 1, fixVi: expect.any(String), fixEn: expect.any(String) },
        { code: 'SENDER_UNKNOWN', at: '/package/@from' },
      ],
    });
    expect(gateway.seen.rejected).toEqual([['NOT_XML', 'SENDER_UNKNOWN']]);
    expect(gateway.seen.open).toBe(0);
  });

  it('sends for the agencies of the client only', async () => {
    const answer = await post(packageText({ from: 'B' }));
    expect(answer.status).toBe(403);
    expect(answer.body.problems).toMatchObject([{ code: 'SENDER_NOT_YOURS' }]);
  });

  it('tells a client to come back when too many bodies are under way', async () => {
    const busy = await startRestGateway({ settings: { uploads: 0 } });
    const answer = await request(busy.url)
      .post('/v1/packages')
      .set('Authorization', basic('sender-a'))
      .set('Content-Type', 'text/xml')
      .send(packageText());
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
    await busy.close();
  });

  it('answers faults of its own with 500 and nothing but the id; the log has all', async () => {
    const broken = await startRestGateway({
      ports: () => ({
        receive: async () => {
          throw new Error('secret of the house');
        },
      }),
    });
    const answer = await request(broken.url)
      .post('/v1/packages')
      .set('Authorization', basic('sender-a'))
      .set('Content-Type', 'text/xml')
      .send(packageText());
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('secret of the house');
    expect(answer.body.problems).toMatchObject([{ code: 'INTERNAL' }]);
    const logged = broken.seen.log.find(({ level }) => level === 'error');
    expect(logged?.fields).toMatchObject({ request: answer.body.instance, path: '/v1/packages' });
    expect(String(logged?.fields['err'])).toContain('secret of the house');
    await broken.close();
  });
});

describe('validating a package', () => {
  it('answers with the warnings and stores nothing', async () => {
    const answer = await post(packageText({ to: ['B', 'S'] }), 'application/xml', '/v1/packages/validate');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ valid: true, warnings: [{ code: 'RECIPIENT_SUSPENDED' }] });
    expect([gateway.tables.packages.size, gateway.seen.open, gateway.seen.accepted.length]).toEqual([0, 0, 0]);
  });

  it('answers with the same 422 as sending would', async () => {
    const answer = await post('nothing', 'application/xml', '/v1/packages/validate');
    expect(answer.status).toBe(422);
    expect(answer.body.problems).toHaveLength(2);
    expect(gateway.tables.packages.size).toBe(0);
  });
});
