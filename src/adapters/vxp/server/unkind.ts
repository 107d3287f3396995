import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OutgoingPackage } from '../../../routing/outbox.ts';
import { Rejection, reject } from '../../../routing/problem.ts';
import type { Arrival } from '../../../routing/receive.ts';
import { vietnamDay, vietnamTime } from '../../../routing/time.ts';
import type { Happens } from '../../../routing/unkind.ts';
import { answerText, type OperationName, success } from '../wire.ts';
import { sendAnswer } from './answers.ts';
import type { AxisPorts } from './ports.ts';
import { refusalAnswer } from './refusal.ts';
import type { AxisService } from './service.ts';
import { operationIn } from './service.ts';

/** Writes a package anew, as `inAxisForm` of the edXML adapter does. */
export type Rewrite = (
  bytes: Uint8Array,
  form: { readonly rewritten: boolean; readonly trace?: string; readonly attachmentType?: string },
  at: string,
) => Uint8Array;

/** How a test axis names itself in trace headers. */
const ownTrace = '000.00.00.G22';
const wrongType = 'text/plain';

/** The ports of an axis that alters what it gives out. Altered packages are held in memory. */
export function unkindPorts(ports: AxisPorts, happens: Happens, rewrite: Rewrite): AxisPorts {
  const altered = new WeakMap<OutgoingPackage, Uint8Array>();

  async function alter(found: OutgoingPackage): Promise<OutgoingPackage> {
    const [rewritten, isNull, mistyped] = [happens('reserialise'), happens('null-trace'), happens('attachment-type')];
    if (!rewritten && !isNull && !mistyped) return found;
    const pieces: Uint8Array[] = [];
    for await (const piece of ports.readContent(found)) pieces.push(piece);
    const trace = isNull ? { trace: 'null' } : rewritten ? { trace: ownTrace } : {};
    const form = { rewritten, ...trace, ...(mistyped ? { attachmentType: wrongType } : {}) };
    const bytes = rewrite(Buffer.concat(pieces), form, shownTime(ports.now()));
    const copy = { ...found, size: bytes.length };
    altered.set(copy, bytes);
    return copy;
  }

  /** Why a submission is refused for all because of some; null: it is not. */
  async function refusalOf({ only = [] }: Arrival): Promise<Rejection | null> {
    const found = await ports.lookUp(only, vietnamDay(ports.now()));
    const bad = only.filter((code) => found.get(code)?.status !== 'active');
    if (bad.length === 0 || bad.length === only.length) return null;
    const unnamed = happens('whole-refusal');
    if (!unnamed && !happens('named-refusal')) return null;
    const because = (code: string) => (found.has(code) ? 'RECIPIENT_LOCKED' : 'RECIPIENT_UNKNOWN');
    return new Rejection(bad.map((code) => ({ code: because(code), params: { recipient: unnamed ? '?' : code } })));
  }

  return {
    ...ports,
    async receive(arrival) {
      const refusal = await refusalOf(arrival);
      if (refusal === null) return ports.receive(arrival);
      await arrival.taken.discard();
      throw refusal;
    },
    mailbox: {
      async open(...asked) {
        const found = await ports.mailbox.open(...asked);
        return found === null ? null : alter(found);
      },
    },
    async *readContent(found) {
      const bytes = altered.get(found);
      if (bytes === undefined) yield* ports.readContent(found);
      else yield bytes;
    },
    lists: {
      ...ports.lists,
      async received(query) {
        const entries = await ports.lists.received(query);
        return happens('duplicate-entries') ? entries.flatMap((one) => [one, one]) : entries;
      },
    },
  };
}

const shownTime = (at: Date) => vietnamTime(at).slice(0, 19).replaceAll('-', '/').replace('T', ' ');

/** A service that now and then answers otherwise than it acted, or acts otherwise than it answers. */
export function unkindService(service: AxisService, happens: Happens): AxisService {
  return async (req, res, door) => {
    const name = operationIn(req.url?.split('?', 1)[0] ?? '');
    if (name === null || !pretends(name, happens, req, res)) {
      if (name !== null) overrule(name, happens, res);
      await service(req, res, door);
    }
  };
}

/** Answers without acting; false when this call is to be carried out. */
function pretends(name: OperationName, happens: Happens, req: IncomingMessage, res: ServerResponse): boolean {
  if (happens('unauthorised')) sendAnswer(res, 401, refusalAnswer(reject('AXIS_SIGNATURE'), name, undefined));
  else if (happens('html')) res.writeHead(200, { 'Content-Type': 'text/html' }).end('<html><body>Bad gateway</body></html>');
  else if (name === 'updateStatus' && happens('forget-status')) sendAnswer(res, 200, success);
  else return false;
  req.resume();
  return true;
}

/** Stands between the service and the answer of a call that is carried out. */
function overrule(name: OperationName, happens: Happens, res: ServerResponse): void {
  const end = res.end.bind(res);
  const instead = (status: number, answer: object) => {
    const content = answerText(answer);
    res.statusCode = status;
    res.setHeader('Content-Length', Buffer.byteLength(content));
    return end(content);
  };
  res.end = (content?: unknown) => {
    const answer = typeof content === 'string' && !res.headersSent ? (JSON.parse(content) as Record<string, unknown>) : undefined;
    if (answer === undefined) return end(content as string);
    if (answer['status'] !== 'OK')
      return happens('lying-ok') ? instead(200, { ...answer, status: 'OK', success: true }) : end(content as string);
    if (name !== 'sendEdoc') return end(content as string);
    if (happens('silent-send')) return res;
    if (happens('cut-send')) return res.destroy();
    if (happens('lying-fail')) return instead(200, { status: 'FAIL', ErrorCode: '20', ErrorDesc: 'Loi he thong', DocId: '' });
    return end(content as string);
  };
}
