import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ending } from './ending.ts';
import { type Evidence, examine } from './evidence.ts';
import { keepText } from './keep.ts';
import { readOptions } from './options.ts';
import type { Options } from './options.ts';
import { setStage } from './stage.ts';
import { tellStory } from './story.ts';

const say = (text: string) => void process.stdout.write(`${text}\n`);

/** The whole demo: set the stage, play, prove. Returns the exit code. */
async function demonstrate(options: Options, folder: string, ending: Ending): Promise<number> {
  const stage = await setStage(folder, options.megabytes, ending, say);
  const told = await Promise.race([tellStory(stage), stage.failed]);
  stage.board.end();
  await stage.monitor.stop();
  say('\nKiểm tra / checking');
  const evidence = await examine(stage, told, say);
  const isGood = report(evidence);
  if (options.keep) {
    say(keepText(stage));
    await Promise.race([interrupted, stage.failed]);
  }
  return isGood ? 0 : 1;
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
    const stopped = interrupted.then(() => 130);
    const ended = demonstrate(options, folder, ending);
    ended.catch(() => undefined);
    return await (options.keep ? ended : Promise.race([ended, stopped]));
  } catch (error) {
    process.stderr.write(`\n✗ ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    await ending.run();
  }
}

process.exit(await main());
