import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { Metrics } from './adapters/metrics/metrics.ts';
import { signRequest } from './adapters/pki/http-signature.ts';
import { createOutbox } from './adapters/postgres/outbox.ts';
import { createOverdue, takeSeat } from './adapters/postgres/overdue.ts';
import { createSubmissions } from './adapters/postgres/submissions.ts';
import type { Log } from './adapters/rest/ports.ts';
import { createPush, defaultPush } from './adapters/senders/push.ts';
import { startLooking } from './contents.ts';
import { startHousekeeping } from './housekeeping.ts';
import { startLifecycle } from './lifecycle.ts';
import type { Parts } from './parts.ts';
import { patientOutbox } from './queue/patience.ts';
import { defaultSweep, startSweeper } from './queue/sweeper.ts';
import { startWorker } from './queue/worker.ts';
import { startRevocationJobs } from './revocation-jobs.ts';
import { createDeliver } from './routing/deliver.ts';
import { createSendUpward, sendBy } from './routing/upward.ts';
import { createUpwardConnectors } from './upward.ts';

/** The way out: worker, sweeper, housekeeping. */
export async function startWorking({ config, store, backend, doorbell, bell, metrics, revocation, log, begin }: Parts): Promise<void> {
  const { pool } = store.database;
  const { now, newId, signReceipt, desk, plans } = store;
  const seat = begin(await takeSeat(pool, (error) => log.warn({ err: error }, 'worker session lost')), (s) => s.release());
  const lease = { worker: seat.number, seconds: config.pushSeconds + 60, secondsPerMb: config.pushSecondsPerMb };
  const outbox = patientOutbox(createOutbox(pool, lease, now), log);
  const time = { seconds: config.pushSeconds, secondsPerMb: config.pushSecondsPerMb };
  const upward = createSendUpward(
    await createUpwardConnectors(config, store),
    createSubmissions(pool, seat.number),
    (ms) => setTimeout(ms),
    time,
  );
  const push = createPush({
    ...defaultPush,
    openContent: store.storage.openPackage,
    signRequest: async (request, created) => {
      const headers = await signRequest(request, store.keys.current(), created);
      return { signatureInput: headers['signature-input'], signature: headers.signature };
    },
    now,
    connectWithin: config.pushConnectSeconds * 1000,
    endWithin: config.pushSeconds * 1000,
    endWithinPerMb: config.pushSecondsPerMb * 1000,
    allow: config.pushAllow,
    ...(config.pushCa === undefined ? {} : { ca: await readFile(config.pushCa, 'utf8') }),
  });
  const deliver = createDeliver(
    { outbox, send: sendBy(push, upward), signReceipt, report: reporter(metrics, log), newId, now, random: Math.random },
    config,
  );
  const concurrency = { urgent: config.urgentConcurrency, ordinary: config.ordinaryConcurrency };
  const worker = await startWorker(backend, { outbox, deliver, ring: doorbell.ring, now, log }, { concurrency });
  begin(worker, async (w) => {
    if (!(await w.close(config.stopSeconds * 1000))) log.warn({ running: w.running() }, 'attempts are given up; they are made again');
  });
  // what this process accepts it delivers itself while it has room: only the rest needs a job
  bell.ring = worker.ring;
  const overdue = createOverdue(pool, seat.number, now);
  const every = config.sweepSeconds * 1000;
  begin(startSweeper({ overdue, plans, desk, ring: doorbell.ring, now, log }, { ...defaultSweep, every }), (s) => s.close());
  begin(startLifecycle(store.lifecycle, every, log), (l) => l.close());
  startLooking({ config, store, metrics, revocation, log, begin });
  begin(startHousekeeping(store, log, metrics.warned), (h) => h.close());
  begin(startRevocationJobs({ config, store, revocation, log }), (jobs) => jobs.close());
}

function reporter(metrics: Metrics, log: Log): Parameters<typeof createDeliver>[0]['report'] {
  return (claim, settlement) => {
    metrics.attempted(claim, settlement);
    const { attempt, move } = settlement;
    log.info(
      {
        delivery: claim.delivery.id,
        package: claim.package.id,
        recipient: claim.delivery.recipient,
        result: attempt.result.kind,
        status: 'httpStatus' in attempt.result ? attempt.result.httpStatus : undefined,
        detail: attempt.result.kind === 'delivered' ? undefined : attempt.result.detail,
        state: move.delivery.state,
        attempts: move.delivery.attempts,
        milliseconds: attempt.finishedAt.getTime() - attempt.startedAt.getTime(),
        due: move.delivery.state === 'waiting' ? move.delivery.dueAt : undefined,
      },
      'delivery.attempted',
    );
  };
}
