import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import type { Answer, Order } from '../../src/adapters/edxml/examine-messages.ts';
import type { Examined } from '../../src/routing/package.ts';

/**
 * Runs in the place of worker.ts: does what the text of the package says. `wait 50`: answers after 50 ms; `loop`: never comes back;
 * `exit`: kills the thread; `throw`, `break`: a fault, with the parser unusable; `refuse`: a rejection; `grow`: holds much memory.
 */
const port = parentPort;
if (port === null) throw new Error('runs only as a worker thread');
const thread = Math.random().toString(36).slice(2);
const nothing: Examined = { problems: [], warnings: [], signature: { state: 'absent' }, claimedSender: thread };

async function obey({ id, lifted }: Order): Promise<Answer> {
  const [word, value] = Buffer.from(lifted.text).toString().split(' ');
  if (word === 'wait') await sleep(Number(value));
  if (word === 'loop') for (;;);
  if (word === 'exit') process.exit(3);
  if (word === 'throw' || word === 'break') return { kind: 'fault', id, message: 'stub fault', stack: '', broken: word === 'break' };
  if (word === 'refuse') return { kind: 'refused', id, problems: [{ code: 'NOT_XML', params: { detail: 'stub' } }] };
  return { kind: 'examined', id, examined: nothing, memory: word === 'grow' ? Number(value) : 0 };
}

let last: Promise<unknown> = Promise.resolve(port.postMessage({ kind: 'ready' } satisfies Answer));
port.on('message', (order: Order) => {
  last = last.then(() => obey(order)).then((answer) => port.postMessage(answer));
});
