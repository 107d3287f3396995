import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ending } from './ending.ts';
import { type Evidence, examine } from './evidence.ts';
import { keepText } from './keep.ts';
import type { Options } from './options.ts';
import { readOptions } from './options.ts';
import type { Stage } from './stage.ts';
import { setStage } from './stage.ts';
import { tellStory } from './story.ts';

const say = (text: string) => void process.stdout.write(`${text}\n`);

/** The whole demo: set the stage, play, prove. */
async function demonstrate(options: Options, folder: string, ending: Ending): Promise<{ readonly stage: Stage; readonly isGood: boolean }> {
  const stage = await setStage(folder, options.megabytes, ending, say);
  const told = await Promise.race([tellStory(stage), stage.failed]);
  await stage.monitor.stop();
  stage.board.end();
  say('Kiểm tra / checking');
  return { stage, isGood: report(await examine(stage, told, say)) };
}

/** The country demo: two provinces, an axis between them. */
async function demonstrateCountry(
  { megabytes }: Options,
  folder: string,
  ending: Ending,
): Promise<{ readonly isGood: boolean; readonly stage?: Stage }> {
  const { setCountryStage } = await import('./country/stage.ts');
  const { tellCountryStory } = await import('./country/story.ts');
  const { examineCountry } = await import('./country/evidence.ts');
  const stage = await setCountryStage(folder, megabytes, ending, say);
  const posted = await Promise.race([tellCountryStory(stage), stage.failed]);
  for (const monitor of Object.values(stage.monitors)) await monitor.stop();
  stage.board.end();
  say('Kiểm tra / checking');
  return { isGood: report(await examineCountry(stage, posted, say)) };
}

function report({ packages, deliveries, receipts, lost, doubled, altered, faults }: Evidence): boolean {
  for (const fault of faults) say(`  ✗ ${fault}`);
  say(
    `demo: ${packages} packages, ${deliveries} deliveries, ${receipts} receipts verified, ${lost} lost, ${doubled} doubled, ${altered} altered`,
  );
  return faults.length === 0;
}

const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
});

/** Leaves the stage to whoever wants to play on, until Ctrl-C. */
async function keep(stage: Stage): Promise<void> {
  await stage.stopReaders();
  say(keepText(stage));
  await Promise.race([interrupted, stage.gateway.failed]);
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if ('usage' in options) {
    process.stderr.write(options.usage);
    return options.wrong ? 2 : 0;
  }
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-demo-'));
  // PostgreSQL, which never runs as root, must be able to pass through to its own folder.
  await chmod(folder, 0o711);
  const ending = new Ending();
  if (!options.keep) ending.add(() => rm(folder, { recursive: true, force: true }));
  try {
    const ended: Promise<{ readonly isGood: boolean; readonly stage?: Stage }> = options.country
      ? demonstrateCountry(options, folder, ending)
      : demonstrate(options, folder, ending);
    ended.catch(() => undefined);
    const shown = await Promise.race([ended, interrupted]);
    if (shown === undefined) return 130;
    if (options.keep && shown.stage !== undefined) await keep(shown.stage);
    return shown.isGood ? 0 : 1;
  } catch (error) {
    process.stderr.write(`\n✗ ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    await ending.run();
  }
}

process.exit(await main());
