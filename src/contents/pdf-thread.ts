import { parentPort } from 'node:worker_threads';
import { attachmentFile, attachmentSources } from '../adapters/edxml/attachment-files.ts';
import { defaultLimits } from '../adapters/edxml/limits.ts';
import { readSignatures } from '../adapters/pdf/read-signatures.ts';
import type { PdfReading } from '../routing/contents.ts';
import type { PdfAnswer, PdfOrder } from './pdf-reader.ts';

/** Entry of the thread that reads signatures inside PDF files, one order after the other. Started by `createPdfReader` only. */
const port = parentPort;
if (port === null) throw new Error('pdf-thread.ts runs only as a worker thread');

async function answer({ id, lifted, wanted }: PdfOrder): Promise<PdfAnswer> {
  try {
    const sources = attachmentSources(lifted, defaultLimits);
    const readings: PdfReading[] = [];
    for (const { ordinal, form, fileSize } of wanted) {
      const source = sources[ordinal];
      if (source === undefined) throw new Error(`there is no attachment ${ordinal}`);
      readings.push(await readSignatures(() => attachmentFile(source, { form, fileSize })));
    }
    return { id, readings };
  } catch (error) {
    return { id, fault: error instanceof Error ? error.message : String(error) };
  }
}

let last: Promise<void> = Promise.resolve();
port.on('message', (order: PdfOrder) => {
  last = last.then(async () => port.postMessage(await answer(order)));
});
