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
const until = async (done: () => boolean) => {
  for (let i = 0; i < 100 && !done(); i++) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(done()).toBe(true);
};
const nothingLeft = () => expect([gateway.tables.packages.size, gateway.seen.open]).toEqual([0, 0]);

describe('a body that does not come', () => {
  it.each(['Content-Length: 1000\r\n', 'Transfer-Encoding: chunked\r\n'])(
    'leaves nothing when it stops in the middle (%j)',
    async (framing) => {
      await start();
      const raw = await openRaw(gateway.port);
      raw.send(`${head(login + framing)}64\r\n${'x'.repeat(50)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      raw.socket.destroy();
      await until(() => gateway.seen.rejected.length === 1);
      expect(gateway.seen.rejected).toEqual([['BODY_INCOMPLETE']]);
      nothingLeft();
    },
  );

  it('is given up after the idle time, with an answer', async () => {
    await start({ settings: { bodyIdleSeconds: 0.2 } });
    const raw = await openRaw(gateway.port);
    raw.send(`${head(`${login}Content-Length: 1000\r\n`)}<package`);
    const answer = await raw.until(/BODY_INCOMPLETE.*\}$/s);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    await raw.closed();
    nothingLeft();
  });

  it('is given up when it only drips', async () => {
    await start({ settings: { bodyIdleSeconds: 0.3 } });
    const raw = await openRaw(gateway.port);
    raw.send(head(`${login}Content-Length: 100000\r\n`));
    const drip = setInterval(() => raw.send('x'), 50);
    try {
      expect(await raw.until(/BODY_INCOMPLETE/)).toContain('slower than');
    } finally {
      clearInterval(drip);
    }
    nothingLeft();
  });

  it('may come slowly while it comes', async () => {
    await start({ settings: { bodyIdleSeconds: 0.3 } });
    const raw = await openRaw(gateway.port);
    const text = packageText({ filler: 20_000 });
    raw.send(head(`${login}Connection: close\r\nContent-Length: ${text.length}\r\n`));
    for (let at = 0; at < text.length; at += 2500) {
      raw.send(text.slice(at, at + 2500));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await raw.closed()).toMatch(/^HTTP\/1\.1 201 /);
  });

  it('does not count the time that storing it takes', async () => {
    await start({
      settings: { bodyIdleSeconds: 0.2 },
      ports: (ports) => ({
        takeIn: (body) =>
          ports.takeIn(
            (async function* () {
              for await (const chunk of body) {
                await new Promise((resolve) => setTimeout(resolve, 250));
                yield chunk;
              }
            })(),
          ),
      }),
    });
    const raw = await openRaw(gateway.port);
    const text = packageText({ filler: 150_000 });
    raw.send(head(`${login}Connection: close\r\nContent-Length: ${text.length}\r\n`) + text);
    expect(await raw.closed(8000)).toMatch(/^HTTP\/1\.1 201 /);
  });
});

describe('a body over the limit', () => {
  it('is answered with 413 also when its length was not announced, and the connection is cut', async () => {
    await start();
    const raw = await openRaw(gateway.port);
    raw.send(head(`${login}Transfer-Encoding: chunked\r\n`));
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const flood = setInterval(() => raw.send(chunk), 5);
    try {
      expect(await raw.until(/PACKAGE_TOO_LARGE/)).toMatch(/^HTTP\/1\.1 413 /);
      await raw.closed();
    } finally {
      clearInterval(flood);
    }
    nothingLeft();
  });

  it('is refused before it is sent when the client waits to be told', async () => {
    await start();
    const raw = await openRaw(gateway.port);
    raw.send(head(`${login}Expect: 100-continue\r\nContent-Length: 99999999\r\n`));
    const answer = await raw.until(/PACKAGE_TOO_LARGE/);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).not.toContain('100 Continue');
  });
});

describe('Expect: 100-continue', () => {
  it('is answered when login and headers are right', async () => {
    await start();
    const raw = await openRaw(gateway.port);
    const text = packageText();
    raw.send(head(`${login}Expect: 100-continue\r\nConnection: close\r\nContent-Length: ${text.length}\r\n`));
    await raw.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    raw.send(text);
    expect(await raw.closed()).toMatch(/100 Continue.*HTTP\/1\.1 201 /s);
  });

  it.each([
    ['no login', '', 401],
    ['a wrong login', `Authorization: ${basic('sender-a', 'no')}\r\n`, 401],
    ['no right to send', `Authorization: ${basic('box-b')}\r\n`, 403],
    ['a wrong type', `${login}Content-Type: application/pdf\r\n`, 415],
    ['a wrong transport id', `${login}Idempotency-Key: a b\r\n`, 400],
  ])('is not answered with %s, and the body is not waited for', async (_, headers, status) => {
    await start();
    const raw = await openRaw(gateway.port);
    raw.send(head(`${headers}Expect: 100-continue\r\nContent-Length: 1000\r\n`));
    const answer = await raw.closed();
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).not.toContain('100 Continue');
  });

  it('is answered for small JSON bodies too', async () => {
    await start();
    const raw = await openRaw(gateway.port);
    const operator = `Authorization: ${basic('operator')}\r\nContent-Type: application/json\r\n`;
    raw.send(head(`${operator}Expect: 100-continue\r\nContent-Length: 40\r\nConnection: close\r\n`, '/v1/operator/replays'));
    await raw.until(/100 Continue/);
    raw.send('{"filter":{"state":"failed"},"dryRun":1}'.padEnd(40));
    expect(await raw.closed()).toMatch(/HTTP\/1\.1 400 .*dryRun/s);
  });

  it('with anything else is refused', async () => {
    await start();
    expect(await exchangeRaw(gateway.port, head(`${login}Expect: 200-ok\r\nConnection: close\r\nContent-Length: 0\r\n`))).toMatch(
      /^HTTP\/1\.1 417 /,
    );
  });
});
