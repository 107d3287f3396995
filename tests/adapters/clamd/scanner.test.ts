import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ScannerSettings } from '../../../src/adapters/clamd/scanner.ts';
import { createScanner } from '../../../src/adapters/clamd/scanner.ts';
import type { TestClamd } from '../../support/clamd.ts';
import { hasClamd, startClamd, VIRUS } from '../../support/clamd.ts';
import { scratchFolder } from '../../support/signed-packages.ts';

const timing = { connections: 2, connectWithin: 500, idleWithin: 500, answerWithin: 1000 };

async function* bytesOf(...pieces: readonly (string | Buffer)[]) {
  for (const piece of pieces) yield Buffer.from(piece);
}

async function* many(megabytes: number, read: { bytes: number } = { bytes: 0 }) {
  const block = Buffer.alloc(1 << 20, 0x61);
  for (let i = 0; i < megabytes; i++) {
    read.bytes += block.length;
    yield block;
  }
}

const withClamd = hasClamd() ? describe : describe.skip;

withClamd('a scan by clamd', () => {
  let clamd: TestClamd;
  let scan: ReturnType<typeof createScanner>;

  beforeAll(async () => {
    clamd = await startClamd();
    scan = createScanner({ ...timing, address: { path: clamd.socket }, answerWithin: 20_000 });
  });
  afterAll(() => clamd?.remove());

  it('finds nothing in a clean file, and in an empty one', async () => {
    expect(await scan(bytesOf('Kính gửi: Sở Nội vụ'))).toEqual({ verdict: 'clean' });
    expect(await scan(bytesOf())).toEqual({ verdict: 'clean' });
  });

  it('names the virus, also when it is cut in two by the stream', async () => {
    expect(await scan(bytesOf(`%PDF-1.7 ${VIRUS}`))).toEqual({ verdict: 'infected', signature: 'Lienthong.Test.Virus.UNOFFICIAL' });
    expect(await scan(bytesOf(VIRUS.slice(0, 9), VIRUS.slice(9)))).toMatchObject({ verdict: 'infected' });
  });

  it('tells a stream that is too long from an absent scanner, without sending all of it', async () => {
    const read = { bytes: 0 };
    expect(await scan(many(300, read))).toEqual({ verdict: 'too-large' });
    expect(read.bytes).toBeLessThan(100 << 20);
    expect(await scan(many(1))).toEqual({ verdict: 'clean' });
  });

  it('takes turns when there are more scans than connections', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => scan(bytesOf(i % 2 === 0 ? 'sạch' : VIRUS))));
    expect(answers.map(({ verdict }) => verdict)).toEqual(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 'clean' : 'infected')));
  });

  it('throws on what the file itself is wrong with', async () => {
    async function* broken() {
      yield Buffer.from('a');
      throw new Error('the file is gone');
    }
    await expect(scan(broken())).rejects.toThrow('the file is gone');
  });
});

describe('a scanner that does not behave', () => {
  let server: Server;
  const sockets = new Set<Socket>();
  const folder = scratchFolder();
  const path = join(folder.path, 'clamd.sock');
  let behave: (socket: Socket) => void = () => undefined;

  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      behave(socket);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    folder.remove();
  });

  const scan = (more: Partial<ScannerSettings> = {}, megabytes = 1) =>
    createScanner({ ...timing, address: { path }, ...more })(many(megabytes));

  it.each<[string, (socket: Socket) => void, RegExp]>([
    ['is silent', (socket) => socket.resume(), /does not answer within 1 s/],
    ['closes at once', (socket) => socket.end(), /^clamd/],
    ['speaks of something else', (socket) => socket.resume().write('UNKNOWN COMMAND\0'), /answered "UNKNOWN COMMAND"/],
    ['has no database', (socket) => socket.resume().write("stream: Can't load database ERROR\0"), /answered "stream: Can't/],
  ])('and %s is away', async (_what, does, words) => {
    behave = does;
    await expect(scan()).rejects.toThrow(words);
    await expect(scan()).rejects.toMatchObject({ name: 'ScannerAway' });
  });

  it('and takes no bytes is away, with few bytes read for it', async () => {
    behave = (socket) => socket.pause();
    const read = { bytes: 0 };
    await expect(createScanner({ ...timing, address: { path } })(many(300, read))).rejects.toThrow(/takes no more bytes/);
    expect(read.bytes).toBeLessThan(32 << 20);
  });

  /** Hangs up without a word once so many bytes of a stream have come; does what it is told for a ping, or a stream that is only announced. */
  const hangsUp = (socket: Socket, announced: string) => {
    let came = 0;
    socket.on('data', (data) => {
      came += data.length;
      if (data.toString('latin1').startsWith('zPING')) socket.write('PONG\0');
      else if (came > 1 << 16) socket.destroy();
      else if (came === 14) socket.end(announced);
    });
  };

  it('and hangs up in the middle of a stream is away, though it answers a ping and takes other streams', async () => {
    for (const announced of ['', 'stream: OK\0']) {
      behave = (socket) => hangsUp(socket, announced);
      await expect(scan({}, 4)).rejects.toMatchObject({ name: 'ScannerAway' });
    }
  });

  it('and hangs up is believed to find a stream too long only when it says so of its length', async () => {
    behave = (socket) => hangsUp(socket, 'INSTREAM size limit exceeded. ERROR\0');
    expect(await scan({}, 4)).toEqual({ verdict: 'too-large' });
  });

  it('and is not there is away', async () => {
    await expect(scan({ address: { path: join(folder.path, 'none') } })).rejects.toMatchObject({ name: 'ScannerAway' });
    await expect(scan({ address: { host: '127.0.0.1', port: 1 } })).rejects.toMatchObject({ name: 'ScannerAway' });
  });
});
