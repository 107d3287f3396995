import { createLog } from '../../../src/adapters/log/pino.ts';

function logged(write: (log: ReturnType<typeof createLog>) => void): { lines: Record<string, unknown>[]; text: string } {
  const lines: string[] = [];
  write(createLog('info', { write: (line) => void lines.push(line) }));
  return { lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>), text: lines.join('') };
}

describe('the log', () => {
  it('writes one JSON line for each event, with level and time', () => {
    const { lines } = logged((log) => {
      log.info({ delivery: 'd', at: new Date(0), list: [1, { a: null }] }, 'delivery.attempted');
      log.debug({}, 'not shown');
      log.warn('only words');
    });
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'info',
        msg: 'delivery.attempted',
        delivery: 'd',
        at: '1970-01-01T00:00:00.000Z',
        list: [1, { a: null }],
      }),
      expect.objectContaining({ level: 'warn', msg: 'only words', time: expect.stringMatching(/^\d{4}-.*Z$/) }),
    ]);
  });

  it('hides credentials wherever they stand', () => {
    const { text, lines } = logged((log) => {
      log.info(
        {
          Authorization: 's3cret',
          request: { headers: { cookie: 's3cret', 'Set-Cookie': 's3cret' } },
          clients: [{ secret: 's3cret', hashes: ['s3cret'] }],
        },
        'x',
      );
    });
    expect(text).not.toContain('s3cret');
    expect(lines[0]).toMatchObject({ Authorization: '[hidden]', clients: [{ secret: '[hidden]' }] });
  });

  it('logs of an error what happened and where, not the request it may hold', () => {
    const cause = Object.assign(new Error('connect postgres://gateway:s3cret@db/x failed'), { code: 'ECONNREFUSED' });
    const error = Object.assign(new TypeError('no', { cause }), { config: { headers: { Authorization: 's3cret' } } });
    const { text, lines } = logged((log) => {
      log.error({ err: error }, 'request failed');
      log.error(error);
    });
    expect(text).not.toContain('s3cret');
    const shown = {
      type: 'TypeError',
      message: 'no',
      stack: expect.stringContaining('pino.test'),
      cause: expect.objectContaining({ code: 'ECONNREFUSED' }),
    };
    expect(lines).toMatchObject([{ err: shown }, { err: shown, msg: 'no' }]);
  });

  it('does not follow objects for ever', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(() => logged((log) => log.info({ loop }, 'x'))).not.toThrow();
  });
});
