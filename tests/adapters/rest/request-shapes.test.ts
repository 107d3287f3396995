import { exchangeRaw, openRaw } from '../../support/raw-http.ts';
import type { RestGateway, RestGatewayOptions } from '../../support/rest-gateway.ts';
import { basic, packageText, startRestGateway } from '../../support/rest-gateway.ts';

let gateway: RestGateway;
const start = async (options: RestGatewayOptions = {}) => {
  gateway = await startRestGateway(options);
};
afterEach(() => gateway.close());

const login = `Authorization: ${basic('sender-a')}\r\n`;
const head = (more: string, target = '/v1/packages') => `POST ${target} HTTP/1.1\r\nHost: gateway\r\n${more}\r\n`;
const nothingLeft = () => expect([gateway.tables.packages.size, gateway.seen.open]).toEqual([0, 0]);

describe('requests that two readers could understand differently', () => {
  const text = packageText();
  it.each([
    ['Content-Length beside Transfer-Encoding', `Content-Length: 4\r\nTransfer-Encoding: chunked\r\n`],
    ['two lengths', `Content-Length: 4\r\nContent-Length: 5\r\n`],
    ['a list of lengths', `Content-Length: 4, 4\r\n`],
    ['a signed length', `Content-Length: +4\r\n`],
    ['an unknown transfer coding at the end', `Transfer-Encoding: chunked, gzip\r\n`],
    ['a blank before the colon', `Transfer-Encoding : chunked\r\n`],
    ['a folded header', `Transfer-Encoding:\r\n chunked\r\nX: 1\r\nContent-Length: 4\r\n`],
    ['a bare carriage return', `X: a\rContent-Length: 4\r\n`],
    ['two types', `Content-Type: text/xml\r\nContent-Type: multipart/related; boundary=x\r\nContent-Length: 4\r\n`],
    ['two logins', `Authorization: ${basic('operator')}\r\nContent-Length: 4\r\n`],
    ['two hosts', `Host: other\r\nContent-Length: 4\r\n`],
    ['two transport ids', `Idempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: 4\r\n`],
  ])('are refused: %s', async (_, headers) => {
    await start();
    const raw = await openRaw(gateway.port);
    raw.send(`${head(login + headers)}${text}`);
    expect(await raw.closed()).toMatch(/^HTTP\/1\.1 400 /);
    nothingLeft();
  });

  it('are refused: no Host', async () => {
    await start();
    expect(await exchangeRaw(gateway.port, `GET /healthz HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('are refused: a gzip transfer coding before chunked', async () => {
    await start();
    const answer = await exchangeRaw(gateway.port, `${head(`${login}Transfer-Encoding: gzip, chunked\r\n`)}4\r\nabcd\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 4(00|15) /);
    nothingLeft();
  });

  it('are refused: headers of more than 16 KiB', async () => {
    await start();
    expect(await exchangeRaw(gateway.port, head(`${login}X: ${'x'.repeat(17_000)}\r\n`))).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('take the absolute form of the address, whose host is never used', async () => {
    await start();
    const answer = await exchangeRaw(
      gateway.port,
      `${head(`${login}Connection: close\r\nContent-Length: ${text.length}\r\n`, 'http://evil.example/v1/packages')}${text}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 201 /);
    expect(answer).not.toContain('evil.example');
  });

  it('never carry a second request inside a body', async () => {
    await start();
    const inside = `GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n`;
    const answer = await exchangeRaw(gateway.port, `${head(`${login}Connection: close\r\nContent-Length: ${inside.length}\r\n`)}${inside}`);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(answer).toMatch(/^HTTP\/1\.1 422 /);
  });
});

describe('slow clients', () => {
  it('have a time in which all headers must have come', async () => {
    await start({ server: { headersSeconds: 0.3 } });
    const raw = await openRaw(gateway.port);
    raw.send('POST /v1/packages HTTP/1.1\r\nHost: gateway\r\nX: ');
    const drip = setInterval(() => raw.send('x'), 50);
    try {
      expect(await raw.closed()).toMatch(/^HTTP\/1\.1 408 /);
    } finally {
      clearInterval(drip);
    }
  });

  it('are cut off when they go on with a body that nobody wants', async () => {
    await start();
    const raw = await openRaw(gateway.port);
    raw.send('GET /healthz HTTP/1.1\r\nHost: gateway\r\nContent-Length: 1000000\r\n\r\n');
    const drip = setInterval(() => raw.send('x'), 50);
    try {
      expect(await raw.closed()).toMatch(/^HTTP\/1\.1 200 /);
    } finally {
      clearInterval(drip);
    }
  });

  it('keep their connection when the refused body was already there', async () => {
    await start();
    const raw = await openRaw(gateway.port);
    raw.send(`${head('Content-Length: 4\r\n')}abcd`);
    await raw.until(/UNAUTHENTICATED/);
    await new Promise((resolve) => setTimeout(resolve, 400));
    raw.send('GET /healthz HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n');
    expect(await raw.closed()).toMatch(/HTTP\/1\.1 401 .*HTTP\/1\.1 200 /s);
  });
});

describe('JSON bodies', () => {
  const replay = (body: string, type: string | null = 'application/json') =>
    fetch(`${gateway.url}/v1/operator/replays`, {
      method: 'POST',
      headers: { authorization: basic('operator'), ...(type === null ? {} : { 'content-type': type }) },
      body: Buffer.from(body, 'latin1'),
    });
  it.each([
    ['not JSON', '{', 400, 'JSON_INVALID'],
    ['not UTF-8', '{"reason":"\xff"}', 400, 'JSON_INVALID'],
    ['an unknown field', '{"filter":{"state":"failed"},"dryrun":true}', 400, 'JSON_INVALID'],
    ['a prototype', '{"filter":{"state":"failed"},"__proto__":{"dryRun":true}}', 400, 'JSON_INVALID'],
    ['a control character', '{"filter":{"state":"failed"},"reason":"a\\u0000"}', 400, 'JSON_INVALID'],
    ['an empty filter', '{"filter":{},"dryRun":true}', 400, 'JSON_INVALID'],
    ['nothing', '', 400, 'JSON_INVALID'],
    ['an array', '[]', 400, 'JSON_INVALID'],
    ['too much', `{"reason":"${'x'.repeat(70_000)}"}`, 413, 'JSON_TOO_LARGE'],
  ])('are refused with %s', async (_, body, status, code) => {
    await start();
    const answer = await replay(body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ type: `urn:lienthong:problem:${code}` });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', null])(
    'are refused with the type %s',
    async (type) => {
      await start();
      expect((await replay('{"filter":{"state":"failed"},"dryRun":true}', type)).status).toBe(415);
    },
  );
});
