import { defaultLimits } from '../../../src/adapters/edxml/limits.ts';
import type { ExaminePool, PoolSettings } from '../../../src/adapters/edxml/pool.ts';
import { startExaminePool } from '../../../src/adapters/edxml/pool.ts';
import { signPackage } from '../../../src/adapters/edxml/sign.ts';
import { verifyClaim } from '../../../src/adapters/pki/verify-claim.ts';
import type { Lifted } from '../../../src/routing/package.ts';
import { Rejection } from '../../../src/routing/problem.ts';
import { identity } from '../../support/certificates.ts';
import { lift, packageXml, scratchFolder } from '../../support/signed-packages.ts';

const stub = new URL('../../support/stub-examiner.js', import.meta.url);
const limits = { ...defaultLimits, now: '2026-03-02T02:15:00.000Z' };
const MEGABYTE = 1 << 20;

/** A package that tells the stub what to do; `size` is what it claims to be. */
function order(text: string, size = text.length): Lifted {
  return { sha256: '', size, text: Buffer.from(text), runs: [] };
}

let pool: ExaminePool;
afterEach(() => pool.close());

const start = async (settings: Partial<PoolSettings> = {}) => {
  pool = await startExaminePool({ threads: 2, entry: stub, ...settings });
};
const examine = (text: string, size?: number) => pool.examine(order(text, size), limits);
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (error instanceof Rejection ? error : Promise.reject(error)),
  );
/** Names of the threads that answered; the stub puts its own into `claimedSender`. */
const answerers = async (jobs: readonly Promise<{ claimedSender?: string }>[]) =>
  new Set((await Promise.all(jobs)).map((one) => one.claimedSender));

describe('the examination pool', () => {
  it('uses all threads, and answers all of many more jobs than threads', async () => {
    await start();
    expect((await answerers(Array.from({ length: 50 }, () => examine('wait 5')))).size).toBe(2);
  });

  it('leaves the second thread asleep while the first has room, and does not wait for a slow first one', async () => {
    await start();
    expect((await answerers(Array.from({ length: 8 }, () => examine('wait 1')))).size).toBe(1);
    expect((await answerers([examine('wait 20', MEGABYTE + 1), examine('wait 1')])).size).toBe(2);
  });

  it('leaves the text of the caller as it was', async () => {
    await start();
    const lifted = order('wait 0');
    await pool.examine(lifted, limits);
    expect(Buffer.from(lifted.text).toString()).toBe('wait 0');
  });

  it('passes a rejection and a fault on to the job that had it', async () => {
    await start();
    expect((await refusal(examine('refuse')))?.problems).toEqual([{ code: 'NOT_XML', params: { detail: 'stub' } }]);
    await expect(examine('throw')).rejects.toThrow('stub fault');
    await expect(examine('wait 0')).resolves.toBeDefined();
  });

  it('ends a job that takes too long and replaces the thread; the job behind it is examined all the same', async () => {
    await start({ threads: 1, timeLimit: 200 });
    const stuck = refusal(examine('loop'));
    const behind = examine('wait 0');
    expect((await stuck)?.problems[0]?.code).toBe('EXAMINE_TIMEOUT');
    expect((await stuck)?.status).toBe(422);
    await expect(behind).resolves.toBeDefined();
  });

  it('counts the time of a job from its own beginning, and gives a larger package more', async () => {
    await start({ threads: 1, timeLimit: 500, timePerMegabyte: 100 });
    await Promise.all([examine('wait 200'), examine('wait 200'), examine('wait 200')]);
    await expect(examine('wait 700', 5 * MEGABYTE)).resolves.toBeDefined();
  });

  it('fails only the job that kills its thread', async () => {
    await start({ threads: 1 });
    const deadly = examine('exit');
    const behind = examine('wait 0');
    await expect(deadly).rejects.toThrow('exited with code 3');
    await expect(behind).resolves.toBeDefined();
  });

  it('replaces a thread whose parser is broken', async () => {
    await start({ threads: 1 });
    const before = await answerers([examine('wait 0')]);
    const broken = examine('break');
    const behind = examine('wait 0');
    await expect(broken).rejects.toThrow('stub fault');
    expect(before).not.toContain((await behind).claimedSender);
  });

  it('replaces a thread after so many jobs, losing none', async () => {
    await start({ threads: 1, jobsPerThread: 10 });
    const names = new Set<string | undefined>();
    for (let i = 0; i < 60; i++) for (const name of await answerers([examine('wait 2'), examine('wait 2')])) names.add(name);
    expect(names.size).toBeGreaterThan(1);
  });

  it('replaces a thread that holds too much memory', async () => {
    await start({ threads: 1, bytesPerThread: 1000 });
    const first = await answerers([examine('grow 2000')]);
    let next = first;
    for (let i = 0; i < 200 && [...next][0] === [...first][0]; i++) next = await answerers([examine('wait 5')]);
    expect(next).not.toEqual(first);
  });

  it('refuses when too many jobs or bytes are waiting, and says when to come again', async () => {
    await start({ threads: 1, waitingJobs: 2 });
    const taken = [examine('wait 100', MEGABYTE + 1), examine('wait 1'), examine('wait 1')];
    const refused = await refusal(examine('wait 1'));
    expect(refused?.problems[0]).toMatchObject({ code: 'OVERLOADED', params: { retryAfter: 1 } });
    expect(refused?.status).toBe(503);
    await Promise.all(taken);
    await pool.close();
    await start({ threads: 1, waitingBytes: 20 });
    const heavy = [examine('wait 100', MEGABYTE + 1), examine(`wait 1 ${'x'.repeat(100)}`)];
    expect((await refusal(examine('wait 1')))?.problems[0]?.code).toBe('OVERLOADED');
    await Promise.all(heavy);
  });

  it('keeps a thread free of big packages, so that small ones do not wait behind them', async () => {
    await start();
    let ended = 0;
    const big = Array.from({ length: 3 }, () => examine('wait 1000', 50 * MEGABYTE).finally(() => (ended += 1)));
    await Promise.all(Array.from({ length: 10 }, () => examine('wait 1')));
    expect(ended).toBe(0);
    await Promise.all(big);
  });

  it('does not let small packages keep a big one from its turn', async () => {
    await start({ threads: 1 });
    let isDone = false;
    const stream = async () => {
      while (!isDone) await examine('wait 1');
    };
    const streams = Array.from({ length: 4 }, stream);
    await examine('wait 1', 50 * MEGABYTE);
    isDone = true;
    await Promise.all(streams);
  });

  it('finishes what was taken when it is closed, and takes nothing more', async () => {
    await start({ threads: 1 });
    const jobs = [examine('wait 20'), examine('wait 20'), examine('wait 20')];
    await pool.close();
    expect((await Promise.all(jobs)).length).toBe(3);
    await expect(examine('wait 1')).rejects.toThrow('closed');
  });

  it('closes although a thread dies while it is closing', async () => {
    await start({ threads: 1 });
    const jobs = Promise.allSettled([examine('wait 20'), examine('exit'), examine('wait 1'), examine('wait 1')]);
    await pool.close();
    expect((await jobs).map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  });

  it('does not start when its threads cannot', async () => {
    await start();
    await expect(startExaminePool({ threads: 2, entry: new URL('./absent.js', import.meta.url) })).rejects.toThrow();
  });
});

describe('the pool with the real examination', () => {
  const scratch = scratchFolder();
  afterAll(() => scratch.remove());

  it('gives back a claim that can be verified, and sees a large attachment in its place', async () => {
    pool = await startExaminePool({ threads: 1 });
    const signer = await identity('p256');
    const attachments = [Buffer.alloc(60_000, '%PDF-1.7 ').toString('base64')];
    const signed = signPackage(await lift(scratch.path, packageXml({ attachments })), signer);
    const { problems, message, signature, claimedSender } = await pool.examine(signed, limits);
    expect(problems).toEqual([]);
    expect(claimedSender).toBe('000.00.12.H61');
    expect(message).toMatchObject({ kind: 'document', attachments: [{ fileSize: 60_000 }] });
    const decision = verifyClaim(signature, [signer.certificate], 'required', new Date('2026-03-02T02:15:00Z'), '000.00.12.H61');
    expect(decision).toMatchObject({ verdict: { state: 'valid', algorithm: 'ecdsa-sha256' } });
  });
});
