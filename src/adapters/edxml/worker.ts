import { getHeapStatistics } from 'node:v8';
import { parentPort } from 'node:worker_threads';
import type { Lifted } from '../../routing/package.ts';
import { Rejection } from '../../routing/problem.ts';
import { examine } from './examine.ts';
import type { Answer, Order } from './examine-messages.ts';
import { packExamined } from './examine-messages.ts';
import { defaultLimits } from './limits.ts';
import { QCVN_NAMESPACE } from './namespaces.ts';
import { settleNodeClasses } from './settle-classes.ts';

/** Entry of an examination thread: answers orders one after the other. Started by ExamineThread only. */
const port = parentPort;
if (port === null) throw new Error('worker.ts runs only as a worker thread');

const reply = (answer: Answer, transfer: ArrayBuffer[] = []) => port.postMessage(answer, transfer);

async function answer(order: Order): Promise<void> {
  try {
    const { examined, transfer } = packExamined(await examine(order.lifted, order.limits));
    reply({ kind: 'examined', id: order.id, examined, memory: getHeapStatistics().external_memory }, transfer);
  } catch (error) {
    reply(failure(order.id, error));
  }
}

function failure(id: number, error: unknown): Answer {
  if (error instanceof Rejection) return { kind: 'refused', id, problems: error.problems };
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { kind: 'fault', id, message, stack: stack ?? '', broken: name === 'RuntimeError' };
}

/** A first examination before the first order: it compiles the schema and wakes the compiler. */
async function warmUp(): Promise<void> {
  settleNodeClasses();
  const text = Buffer.from(`<edXML xmlns="${QCVN_NAMESPACE}"/>`);
  const nothing: Lifted = { sha256: '', size: text.length, text, runs: [] };
  await examine(nothing, { ...defaultLimits, now: new Date().toISOString() });
}

let last: Promise<void> = warmUp().then(() => reply({ kind: 'ready' }));
port.on('message', (order: Order) => {
  last = last.then(() => answer(order));
});
