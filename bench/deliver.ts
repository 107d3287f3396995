import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { costFigures } from './accept.ts';
import { prepare, small } from './corpus.ts';
import type { BenchOptions } from './gateway.ts';
import { openGateway } from './gateway.ts';
import { perPackage } from './processor-time.ts';
import type { Judged } from './report.ts';
import { tell } from './report.ts';
import { percentile, sendAll, sendPaced } from './senders.ts';

const connections = 16;
const warmUp = 1500;
const count = 4000;
const paced = { rate: 100, count: 1000 };

/** A recipient that takes everything, and notes when. */
interface Receiver {
  readonly url: string;
  /** When each package (by our id) came for the first time, on the clock of `performance.now`. */
  readonly arrived: Map<string, number>;
  /** Resolves when so many different packages have come. */
  waitFor(packages: number): Promise<void>;
  close(): void;
}

/** End to end: posted, accepted, pushed to a local recipient. First as fast as it goes, then at a pace that leaves room. */
export async function deliver(options: BenchOptions): Promise<Judged[]> {
  const receiver = await openReceiver();
  const gateway = await openGateway({ ...options, pushTo: receiver.url });
  try {
    const about = { scenario: 'deliver', queue: gateway.queue };
    const warm = await sendAll(gateway.url, prepare(small, warmUp, gateway.senders, gateway.pushed), gateway.senders, connections, 20);
    await receiver.waitFor(warm.count);
    const before = await gateway.processorTime();
    const began = performance.now();
    const run = await sendAll(
      gateway.url,
      prepare(small, count, gateway.senders, gateway.pushed, warmUp),
      gateway.senders,
      connections,
      30,
    );
    await receiver.waitFor(warm.count + run.count);
    const seconds = (performance.now() - began) / 1000;
    const cost = perPackage(before, await gateway.processorTime(), run.count);
    const calm = await atPace(gateway, receiver, warm.count + run.count);
    return [
      tell({ ...about, figure: 'packages delivered end to end', value: run.count / seconds, unit: '/s', target: '>= 250' }),
      tell({ ...about, figure: 'p50 of accepting, at full speed', value: percentile(run.latencies, 50), unit: 'ms' }),
      tell({ ...about, figure: 'p99 of accepting, at full speed', value: percentile(run.latencies, 99), unit: 'ms' }),
      ...costFigures(about, cost),
      ...(['p50', 'p99'] as const).flatMap((name) => [
        tell({
          ...about,
          figure: `${name} of accepting, at ${paced.rate}/s`,
          value: percentile(calm.accepted, Number(name.slice(1))),
          unit: 'ms',
        }),
        tell({
          ...about,
          figure: `${name} from post to recipient, at ${paced.rate}/s`,
          value: percentile(calm.delivered, Number(name.slice(1))),
          unit: 'ms',
        }),
      ]),
    ];
  } finally {
    await gateway.remove();
    receiver.close();
  }
}

/** `before`: so many packages have come already. */
async function atPace(gateway: Awaited<ReturnType<typeof openGateway>>, receiver: Receiver, before: number) {
  const accepted = new Map<string, number>();
  const packages = prepare(small, paced.count, gateway.senders, gateway.pushed, warmUp + count);
  const run = await sendPaced(gateway.url, packages, gateway.senders, { rate: paced.rate, connections }, (_, { body, milliseconds }) => {
    const id = /<package id="([0-9a-f-]{36})"/.exec(body.toString())?.[1] ?? '';
    accepted.set(id, performance.now() - milliseconds);
  });
  await receiver.waitFor(before + run.count);
  const delivered = [...accepted].map(([id, posted]) => (receiver.arrived.get(id) ?? Number.NaN) - posted);
  return { accepted: run.latencies, delivered: Float64Array.from(delivered).sort() };
}

async function openReceiver(): Promise<Receiver> {
  const arrived = new Map<string, number>();
  let wake: () => void = () => undefined;
  const server = createServer((req, res) => {
    req.resume();
    req.on('end', () => {
      const id = String(req.headers['lienthong-package']);
      if (!arrived.has(id)) arrived.set(id, performance.now());
      res.writeHead(204).end();
      wake();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/nhan`,
    arrived,
    async waitFor(packages) {
      while (arrived.size < packages) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
