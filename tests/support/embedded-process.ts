import { startEmbedded } from '../../src/adapters/postgres/embedded.ts';

/**
 * A process of its own that starts the embedded server of the folder in its first argument and
 * prints one line of JSON per event on its output. It stops the server on SIGTERM and answers to
 * SIGKILL as any process does.
 */
const [dataDir = '', packageDir] = process.argv.slice(2);
const say = (event: string, fields: object) => process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
const tell = (fields: object, message: string) => say(message, fields);

const waiting = setInterval(() => undefined, 60_000);
try {
  const log = { info: tell, warn: tell, error: tell };
  const embedded = await startEmbedded({ dataDir, log, ...(packageDir ? { packageDir } : {}) });
  process.once('SIGTERM', async () => {
    await embedded.stop();
    say('stopped', {});
    clearInterval(waiting);
  });
  say('ready', { adopted: embedded.adopted, connection: embedded.connection });
} catch (error) {
  say('failed', { message: (error as Error).message });
  process.exitCode = 1;
  clearInterval(waiting);
}
