import type { IncomingMessage, ServerResponse } from 'node:http';
import type { OutgoingPackage } from '../../routing/outbox.ts';
import { problemText, Rejection, reject } from '../../routing/problem.ts';
import type { Received } from '../../routing/receive.ts';
import { vietnamDay } from '../../routing/time.ts';
import type { Client } from '../../routing/verify.ts';
import type { Door, SoapPorts } from './ports.ts';
import type { SoapRequest } from './read-request.ts';

/** A request from a client that was let in. */
export interface SoapCall {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly client: Client;
  readonly door: Door;
  readonly request: SoapRequest;
}

/** What an operation answers. `content`: the package that goes into the element `package` of the answer. */
export interface SoapAnswer {
  readonly answer: object;
  readonly content?: OutgoingPackage;
}

type Perform = (call: SoapCall) => Promise<SoapAnswer>;

/** The operations of the description, each on the same functions as REST. */
export function createOperations(ports: SoapPorts): Readonly<Record<string, Perform>> {
  return {
    sendPackage: (call) => sendPackage(ports, call),

    async validatePackage({ client, door, request }) {
      door.need('validatePackage', client);
      const warnings = await ports.validate({ taken: carried(request), client });
      return { answer: { valid: true, warnings: warnings.map(problemText) } };
    },

    getInbox: async (call) => ({ answer: await ask(call, 'listInbox', { query: texts(call.request, ['after', 'limit', 'wait']) }) }),

    async getPackage({ client, door, request }) {
      door.need('fetchPackage', client);
      const delivery = needed(request, 'delivery').toLowerCase();
      const found = uuid.test(delivery) ? await ports.mailbox.open(delivery, client.agencyIds, `client:${client.id}`) : null;
      if (found === null) throw reject('DELIVERY_UNKNOWN', { params: { delivery } });
      const { id: packageId, sha256, size } = found;
      return { answer: { delivery, packageId, sha256, size, package: '' }, content: found };
    },

    acknowledge: async (call) => ({
      answer: await ask(call, 'acknowledge', { id: needed(call.request, 'delivery'), body: texts(call.request, ['sha256']) }),
    }),

    refuse: async (call) => ({
      answer: await ask(call, 'refuse', { id: needed(call.request, 'delivery'), body: { reason: needed(call.request, 'reason') } }),
    }),

    getPackageStatus: async (call) => ({ answer: await ask(call, 'showPackage', { id: needed(call.request, 'packageId') }) }),

    getReceipts: async (call) => ({ answer: await ask(call, 'listReceipts', { query: texts(call.request, ['after', 'limit']) }) }),

    getAgencies: async ({ request }) => ({ answer: { agencies: await agencies(ports, request) } }),
  };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const messageId = /^[\x21-\x7e]{1,200}$/;

async function sendPackage(ports: SoapPorts, { client, door, request }: SoapCall): Promise<SoapAnswer> {
  door.need('sendPackage', client);
  const began = performance.now();
  const { messageId: transportId } = texts(request, ['messageId']);
  if (transportId !== undefined && !messageId.test(transportId)) throw wrong('messageId', '1 to 200 visible ASCII characters');
  try {
    const received = await ports.receive({ taken: carried(request), client, ...(transportId === undefined ? {} : { transportId }) });
    ports.report.accepted(received.first, (performance.now() - began) / 1000);
    return { answer: receiptAnswer(received) };
  } catch (error) {
    if (error instanceof Rejection) ports.report.rejected(error.problems.map((p) => p.code));
    throw error;
  }
}

function receiptAnswer({ first, receipt }: Received) {
  return { first, packageId: receipt.packageId, receiptId: receipt.id, receipt: receipt.xml };
}

/** The same as REST, with its words for what is wrong put into ours. */
async function ask({ req, res, client, door }: SoapCall, operation: Parameters<Door['ask']>[0], about: object): Promise<object> {
  try {
    return await door.ask(operation, { req, res, client, ...about });
  } catch (error) {
    const problem = error instanceof Rejection ? error.problems[0] : undefined;
    if (problem?.code !== 'QUERY_INVALID' && problem?.code !== 'JSON_INVALID') throw error;
    const { name = '', detail = '' } = problem.params ?? {};
    throw wrong(String(name), String(detail));
  }
}

async function agencies({ directory, now }: SoapPorts, request: SoapRequest) {
  const { search, under, limit = '100' } = texts(request, ['search', 'under', 'limit']);
  if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > 500) throw wrong('limit', '1 to 500');
  if (search !== undefined && under !== undefined) throw wrong('under', 'not together with search');
  if ((search ?? under ?? '').length > 200) throw wrong(search === undefined ? 'under' : 'search', 'longer than 200 characters');
  const day = vietnamDay(now());
  if (search !== undefined) return directory.search(search, day, Number(limit));
  const [top, ...others] = await directory.tree(under, day, 1);
  const found = under === undefined ? [top, ...others] : (top?.children ?? []);
  return found.filter((one) => one !== undefined).slice(0, Number(limit));
}

function carried({ taken }: SoapRequest) {
  if (taken === undefined) throw wrong('package', 'it is missing');
  return taken;
}

function texts({ parameters }: SoapRequest, names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = parameters.get(name);
    // an empty element is what many tools write for one that is not there
    if (value !== undefined && 'text' in value && value.text.trim() !== '') found[name] = value.text.trim();
  }
  return found;
}

function needed(request: SoapRequest, name: string): string {
  const found = texts(request, [name])[name];
  if (found === undefined) throw wrong(name, 'it is missing');
  return found;
}

function wrong(name: string, detail: string) {
  return reject('SOAP_PARAMETER', { at: name, params: { name, detail } });
}
