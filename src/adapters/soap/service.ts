import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Taken } from '../../routing/ports.ts';
import { reject } from '../../routing/problem.ts';
import type { Client } from '../../routing/verify.ts';
import { createAdmit } from './admit.ts';
import { sendAnswer, sendFault } from './answer.ts';
import type { SoapVersion } from './names.ts';
import { soap11, soap12 } from './names.ts';
import type { SoapAnswer, SoapCall } from './operations.ts';
import { createOperations } from './operations.ts';
import { packingOf } from './packing.ts';
import type { Door, SoapPorts, SoapSettings } from './ports.ts';
import type { SoapRequest } from './read-request.ts';
import { readRequest } from './read-request.ts';
import type { Wsdl } from './wsdl.ts';
import { readWsdl } from './wsdl.ts';

export type { SoapPorts } from './ports.ts';

/** The service as the HTTP server mounts it. */
export interface SoapService {
  readonly path: string;
  answer(req: IncomingMessage, res: ServerResponse, door: Door): Promise<void>;
}

/** Bodies up to so many bytes need no room among the uploads. */
const smallBody = 64 * 1024;
const path = '/soap';

/** SOAP 1.1 and 1.2 at `/soap`, described at `/soap?wsdl`, on the functions that REST has. Throws when the description can't be read. */
export async function createSoapService(ports: SoapPorts, settings: SoapSettings): Promise<SoapService> {
  const wsdl = await readWsdl(settings.wsdl);
  const operations = createOperations(ports);
  const admit = createAdmit(ports, settings);
  // base64 with line ends after 64 characters, and the envelope around it
  const mostBytes = Math.ceil(settings.packageLimit * 1.4) + 1024 * 1024;

  async function serve(req: IncomingMessage, res: ServerResponse, door: Door, noteSecurity: () => void): Promise<void> {
    // whoever logs in by HTTP is known before anything is read; others say who they are in the header of the envelope
    const byHttp = (await door.hasLogin(req)) ? await door.login(req) : undefined;
    const packing = packingOf(req);
    let client = byHttp;
    const perform = (request: SoapRequest) => operation(operations, wsdl, { req, res, client: client as Client, door, request });
    const read = async () => {
      const request = await readRequest(ports, door.body(req, res, mostBytes), packing, async (security) => {
        if (security !== undefined) noteSecurity();
        const admitted = await admit(req, door, byHttp, security);
        client = admitted.client;
        return admitted;
      });
      // what takes a package in keeps its room until the end; who waits for an inbox does not
      return request.taken === undefined ? { request } : { done: await perform(request) };
    };
    const came = isSmall(req) ? await read() : await door.share(byHttp?.id ?? `address ${req.socket.remoteAddress}`, read);
    const answer = 'done' in came ? came.done : await perform(came.request);
    await sendAnswer(ports, res, { version: packing.version, mtom: packing.wantsMtom }, answer.xml, answer.content);
  }

  return {
    path,
    async answer(req, res, door) {
      let loginByHttp = true;
      try {
        if (req.method === 'GET' || req.method === 'HEAD') return sendDescription(req, res, wsdl, settings);
        if (req.method !== 'POST') throw reject('METHOD_NOT_ALLOWED', { params: { method: req.method ?? '', allow: 'GET, HEAD, POST' } });
        await serve(req, res, door, () => {
          loginByHttp = false;
        });
      } catch (error) {
        sendFault(req, res, error, { version: versionFor(req), loginByHttp }, ports.log);
      }
    },
  };
}

async function operation(operations: ReturnType<typeof createOperations>, wsdl: Wsdl, call: SoapCall) {
  const { operation: name, parameters, taken } = call.request;
  try {
    const perform = operations[name];
    const elements = wsdl.elementsOf(name);
    if (perform === undefined || elements === undefined) {
      throw reject('SOAP_OPERATION_UNKNOWN', { params: { operation: name, operations: wsdl.operations.join(', ') } });
    }
    const strange = [...parameters.keys()].find((parameter) => !elements.includes(parameter));
    if (strange !== undefined)
      throw reject('SOAP_PARAMETER', { at: strange, params: { name: strange, detail: `${name} has no such element` } });
    const { answer, content }: SoapAnswer = await perform(call);
    return { xml: wsdl.write(name, answer), content };
  } finally {
    await discard(taken);
  }
}

/** What was received is kept by then, and this does nothing. */
async function discard(taken: Taken | undefined): Promise<void> {
  await taken?.discard();
}

function isSmall(req: IncomingMessage): boolean {
  return Number(req.headers['content-length'] ?? Number.POSITIVE_INFINITY) <= smallBody;
}

function sendDescription(req: IncomingMessage, res: ServerResponse, wsdl: Wsdl, { publicUrl }: SoapSettings): void {
  if (!/^[^?]*\?wsdl$/i.test(req.url ?? '')) throw reject('METHOD_NOT_ALLOWED', { params: { method: 'GET', allow: 'POST' } });
  const scheme = 'encrypted' in req.socket ? 'https' : 'http';
  const content = wsdl.text(`${publicUrl ?? `${scheme}://${req.headers.host ?? 'localhost'}`}${path}`);
  res.setHeader('Content-Type', 'text/xml; charset=utf-8');
  res.setHeader('Content-Length', Buffer.byteLength(content));
  res.end(content);
}

/** In what the client is told of a mistake, whatever else is wrong with the request. */
function versionFor(req: IncomingMessage): SoapVersion {
  return /application\/soap\+xml/i.test(req.headers['content-type'] ?? '') ? soap12 : soap11;
}
