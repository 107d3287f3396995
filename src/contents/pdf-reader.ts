import { Worker } from 'node:worker_threads';
import type { PdfReading } from '../routing/contents.ts';
import type { Attachment } from '../routing/message.ts';
import type { Lifted } from '../routing/package.ts';

/** Which attachment of a package. */
export type Wanted = Pick<Attachment, 'form' | 'fileSize'> & { readonly ordinal: number };

/** What the thread is asked. */
export interface PdfOrder {
  readonly id: number;
  readonly lifted: Lifted;
  readonly wanted: readonly Wanted[];
}

/** What it answers: readings in the order of `wanted`, or what went wrong on our side. */
export type PdfAnswer = { readonly id: number } & ({ readonly readings: readonly PdfReading[] } | { readonly fault: string });

/** Reads the signatures inside PDF files, in a thread of its own that costs nothing while there are none. */
export interface PdfReader {
  /**
   * Readings in the order of `wanted`. What takes too long or kills the thread is unreadable. Throws an Error when the content could
   * not be read, which is no fault of the file.
   */
  read(lifted: Lifted, wanted: readonly Wanted[]): Promise<readonly PdfReading[]>;
  close(): Promise<void>;
}

type Ended = PdfAnswer | { readonly died: string };

const HEAP_MEGABYTES = 256;

/** `seconds`: longest time for one package, longer for large files: one second more for each 20 MB. `idleSeconds`: then the thread ends. */
export function createPdfReader(settings: { seconds: number; idleSeconds: number }): PdfReader {
  let thread: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let count = 0;
  /** Ends the job under way; does nothing while there is none. */
  let end: (ended: Ended) => void = () => undefined;

  function start(): Worker {
    clearTimeout(idle);
    if (thread !== undefined) return thread;
    const started = new Worker(new URL('./pdf-thread.js', import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES } });
    const unlessReplaced = (what: string) => () => (thread === started ? end({ died: what }) : undefined);
    started.on('message', (answer: PdfAnswer) => end(answer));
    started.on('error', unlessReplaced('it could not be read in the memory allowed'));
    started.on('exit', unlessReplaced('it could not be read'));
    thread = started;
    return started;
  }

  async function stop(): Promise<void> {
    clearTimeout(idle);
    const ending = thread;
    thread = undefined;
    await ending?.terminate();
  }

  function run(order: PdfOrder, within: number): Promise<Ended> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => end({ died: `not read within ${Math.round(within / 1000)} s` }), within);
      end = (ended) => {
        if ('id' in ended && ended.id !== order.id) return;
        clearTimeout(timer);
        end = () => undefined;
        if ('died' in ended) void stop();
        else idle = setTimeout(() => void stop(), settings.idleSeconds * 1000).unref();
        resolve(ended);
      };
      start().postMessage(order);
    });
  }

  return {
    read(lifted, wanted) {
      const order = { id: ++count, lifted: { ...lifted, text: new Uint8Array(lifted.text) }, wanted: wanted.map(onlyWanted) };
      const within = (settings.seconds + wanted.reduce((sum, { fileSize }) => sum + fileSize, 0) / 20e6) * 1000;
      const ended = last.then(() => run(order, within));
      last = ended;
      return ended.then((answer) => readingsOf(answer, wanted.length));
    },
    async close() {
      await last;
      await stop();
    },
  };
}

const onlyWanted = ({ ordinal, form, fileSize }: Wanted): Wanted => ({ ordinal, form, fileSize });

function readingsOf(answer: Ended, count: number): readonly PdfReading[] {
  if ('died' in answer) return Array.from({ length: count }, () => ({ unreadable: answer.died }));
  if ('fault' in answer) throw new Error(answer.fault);
  return answer.readings;
}
