import { memoryOf, resetPeak } from '../tests/support/process-memory.ts';
import { Connection } from './connection.ts';
import { prepare, prepareLarge, small } from './corpus.ts';
import type { BenchOptions } from './gateway.ts';
import { openGateway } from './gateway.ts';
import type { Judged } from './report.ts';
import { tell } from './report.ts';
import { headersOf, sendAll } from './senders.ts';

const megabyte = 1_000_000;
const sizes = [50, 500];

/** One package of 50 MB and one of 500 MB: speed from the first byte to the receipt, and how much the gateway's memory grows. */
export async function large(options: BenchOptions): Promise<Judged[]> {
  const gateway = await openGateway(options);
  try {
    const sender = gateway.senders[0];
    const to = gateway.inboxes[0];
    if (sender === undefined || to === undefined) throw new Error('nobody to send');
    // warm: code compiled, threads and pools at their usual size
    await sendAll(gateway.url, prepare(small, 500, gateway.senders, gateway.inboxes), gateway.senders, 4);
    const line = await Connection.open(gateway.url);
    await line.post('/v1/packages', headersOf(sender), prepareLarge(5 * megabyte, sender, to, 999_001));
    const figures: Judged[] = [];
    for (const size of sizes) {
      const prepared = prepareLarge(size * megabyte, sender, to, 999_100 + size);
      await resetPeak(gateway.process.pid);
      const before = await memoryOf(gateway.process.pid);
      const { status, milliseconds } = await line.post('/v1/packages', headersOf(sender), prepared);
      if (status !== 201) throw new Error(`answered ${status}`);
      const after = await memoryOf(gateway.process.pid);
      const about = { scenario: 'large', queue: gateway.queue };
      figures.push(
        tell({ ...about, figure: `${size} MB package accepted`, value: prepared.size / megabyte / (milliseconds / 1000), unit: 'MB/s' }),
        tell({
          ...about,
          figure: `${size} MB package, growth of memory`,
          value: (after.peak - before.now) / 2 ** 20,
          unit: 'MiB',
          target: '<= 64',
        }),
      );
    }
    line.close();
    return figures;
  } finally {
    await gateway.remove();
  }
}
