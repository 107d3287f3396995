import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { agencyWith } from '../tests/support/acceptance.ts';
import { Connection } from './connection.ts';
import { prepare, prepareLarge, small } from './corpus.ts';
import type { BenchGateway, BenchOptions } from './gateway.ts';
import { openGateway } from './gateway.ts';
import type { Judged } from './report.ts';
import { tell } from './report.ts';
import { headersOf, sendAll } from './senders.ts';

const recipients = 1000;
const bytes = 80_000_000;
const rounds = 3;

/** One package of 80 MB to 1,000 recipients: how long after its last byte it is accepted, and how much of the disk it takes. */
export async function fanOut(options: BenchOptions): Promise<Judged[]> {
  const gateway = await openGateway(options);
  try {
    const sender = gateway.senders[0];
    if (sender === undefined) throw new Error('nobody to send');
    const codes = Array.from({ length: recipients }, (_, i) => `000.${String(i).padStart(3, '0')}.40.H61`);
    await gateway.withStore(({ register }) =>
      register.add(
        codes.map((code) => agencyWith(code)),
        'bench',
      ),
    );
    // warm: code compiled, threads and pools at their usual size
    await sendAll(gateway.url, prepare(small, 500, gateway.senders, gateway.inboxes), gateway.senders, 4);
    const line = await Connection.open(gateway.url);
    const times: number[] = [];
    const stored: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const prepared = prepareLarge(bytes, sender, codes, 999_300 + round);
      const before = await contentOf(gateway);
      const { status, body, afterLastByte } = await line.post('/v1/packages', headersOf(sender), prepared);
      if (status !== 201) throw new Error(`answered ${status}: ${body.toString().slice(0, 1000)}`);
      times.push(afterLastByte / 1000);
      stored.push(((await contentOf(gateway)) - before) / prepared.size);
    }
    line.close();
    const about = { scenario: 'fan-out', queue: gateway.queue };
    const what = `80 MB package to ${await deliveriesOfLast(gateway)} recipients`;
    return [
      tell({
        ...about,
        figure: `${what}, accepted after its last byte, slowest of ${rounds}`,
        value: Math.max(...times),
        unit: 's',
        target: '<= 3',
      }),
      tell({ ...about, figure: `${what}, disk taken by its content`, value: Math.max(...stored), unit: 'of its size', target: '<= 1' }),
    ];
  } finally {
    await gateway.remove();
  }
}

/** Deliveries that wait for the recipients of the newest package; throws when they are not all there. */
async function deliveriesOfLast(gateway: BenchGateway): Promise<number> {
  const found = await gateway.withStore(async ({ records }) => {
    const [last] = await records.packages({ limit: 1 });
    return last === undefined ? null : records.package(last.id, 'any');
  });
  const waiting = found?.deliveries.filter(({ state }) => state === 'waiting').length ?? 0;
  if (waiting !== recipients) throw new Error(`${waiting} deliveries wait`);
  return waiting;
}

/** Bytes of the content store, the database left out. */
async function contentOf({ data }: BenchGateway): Promise<number> {
  const entries = await readdir(data, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.startsWith(join(data, 'postgres')));
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(file.parentPath, file.name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
