import { memoryOf, resetPeak } from '../tests/support/process-memory.ts';
import { Connection } from './connection.ts';
import type { Prepared } from './corpus.ts';
import { prepare, prepareLarge, small } from './corpus.ts';
import type { BenchGateway, BenchOptions } from './gateway.ts';
import { openGateway } from './gateway.ts';
import type { Judged } from './report.ts';
import { tell } from './report.ts';
import { headersOf, sendAll } from './senders.ts';

const bytes = 50_000_000;
const rounds = 5;

/** A way to send a package: its request, made beforehand so that only the gateway is measured. */
interface Way {
  readonly name: 'REST' | 'SOAP inline' | 'SOAP MTOM';
  readonly path: string;
  readonly headers: string;
  wrap(prepared: Prepared): Pick<Prepared, 'pieces' | 'size'>;
}

const boundary = 'lienthong-bench';
const envelope = (inside: string) => {
  const call = `<g:sendPackage xmlns:g="urn:lienthong:soap:1"><g:package>${inside}</g:package></g:sendPackage>`;
  return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${call}</s:Body></s:Envelope>`;
};
const [head, tail] = envelope('|').split('|') as [string, string];
const include = envelope('<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:p"/>');
const mtomHead = `--${boundary}\r\nContent-Type: application/xop+xml; type="text/xml"\r\nContent-ID: <e>\r\n\r\n${include}\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-ID: <p>\r\n\r\n`;

const ways: readonly Way[] = [
  { name: 'REST', path: '/v1/packages', headers: '', wrap: (prepared) => prepared },
  {
    name: 'SOAP inline',
    path: '/soap',
    headers: 'Content-Type: text/xml; charset=utf-8\r\n',
    wrap: ({ pieces }) => around(head, inBase64(pieces), tail),
  },
  {
    name: 'SOAP MTOM',
    path: '/soap',
    headers: `Content-Type: multipart/related; type="application/xop+xml"; start-info="text/xml"; boundary=${boundary}\r\n`,
    wrap: ({ pieces }) => around(mtomHead, pieces, `\r\n--${boundary}--\r\n`),
  },
];

/** In base64, piece by piece: the whole may be longer than a string can be. */
function inBase64(pieces: readonly Buffer[]): Buffer[] {
  let left: Buffer = Buffer.alloc(0);
  const encoded = pieces.map((piece) => {
    const bytes = Buffer.concat([left, piece]);
    const whole = bytes.length - (bytes.length % 3);
    left = bytes.subarray(whole);
    return Buffer.from(bytes.toString('base64', 0, whole), 'latin1');
  });
  return [...encoded, Buffer.from(left.toString('base64'), 'latin1')];
}

function around(before: string, pieces: readonly Buffer[], after: string): Pick<Prepared, 'pieces' | 'size'> {
  const all = [Buffer.from(before), ...pieces, Buffer.from(after)];
  return { pieces: all, size: all.reduce((sum, { length }) => sum + length, 0) };
}

/** A package of 50 MB over REST, SOAP inline and MTOM by turns: the median time to the receipt, and how the gateway's memory grows. */
export async function soap(options: BenchOptions): Promise<Judged[]> {
  const gateway = await openGateway(options);
  try {
    await sendAll(gateway.url, prepare(small, 500, gateway.senders, gateway.inboxes), gateway.senders, 4);
    const times = new Map(ways.map(({ name }) => [name, [] as number[]]));
    const growth = new Map(ways.map(({ name }) => [name, 0]));
    // the first round warms
    for (let round = 0; round <= rounds; round++) {
      for (const [i, way] of ways.entries()) {
        const { milliseconds, grown } = await sendOne(gateway, way, 998_000 + round * 10 + i);
        if (round === 0) continue;
        times.get(way.name)?.push(milliseconds);
        growth.set(way.name, Math.max(growth.get(way.name) ?? 0, grown));
      }
    }
    return figures(gateway.queue, times, growth);
  } finally {
    await gateway.remove();
  }
}

async function sendOne({ url, process: { pid }, senders, inboxes }: BenchGateway, { path, headers, wrap }: Way, number: number) {
  const [sender, to] = [senders[0], inboxes[0]];
  if (sender === undefined || to === undefined) throw new Error('nobody to send');
  const wrapped = wrap(prepareLarge(bytes, sender, to, number));
  const login = headersOf(sender).replace(/^Content-Type:.*\r\n/im, headers === '' ? '$&' : '');
  const line = await Connection.open(url);
  await resetPeak(pid);
  const before = await memoryOf(pid);
  const { status, body, milliseconds } = await line.post(path, login + headers, wrapped);
  line.close();
  if (status > 201 || body.includes('Fault>')) throw new Error(`${path} answered ${status} ${body.toString('utf8', 0, 500)}`);
  return { milliseconds, grown: (await memoryOf(pid)).peak - before.now };
}

function figures(queue: BenchGateway['queue'], times: ReadonlyMap<string, number[]>, growth: ReadonlyMap<string, number>): Judged[] {
  const median = (name: string) => (times.get(name) ?? []).toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
  return ways.flatMap(({ name }) => {
    const about = { scenario: 'soap', queue };
    const compared = {
      ...about,
      figure: `50 MB by ${name}, compared with REST`,
      value: median(name) / median('REST'),
      unit: '×',
      target: '<= 1.5',
    };
    return [
      tell({ ...about, figure: `50 MB by ${name}, first byte to receipt`, value: median(name), unit: 'ms' }),
      ...(name === 'REST' ? [] : [tell(compared)]),
      tell({
        ...about,
        figure: `50 MB by ${name}, growth of memory`,
        value: (growth.get(name) ?? 0) / 2 ** 20,
        unit: 'MiB',
        target: '<= 64',
      }),
    ];
  });
}
