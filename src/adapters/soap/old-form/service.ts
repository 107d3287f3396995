import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Taken } from '../../../routing/ports.ts';
import { Rejection, reject } from '../../../routing/problem.ts';
import { sendAnswer, sendFault } from '../answer.ts';
import { soap11 } from '../names.ts';
import { packingOf } from '../packing.ts';
import type { Door, Part, SoapPorts, SoapSettings } from '../ports.ts';
import type { SoapService } from '../service.ts';
import type { Wsdl } from '../wsdl.ts';
import { readWsdl } from '../wsdl.ts';
import { converted } from './convert.ts';
import { readOldMessage, wrong } from './message.ts';

const path = '/soap/edoc';

/**
 * The older form of edXML, SOAP 1.1 with MIME parts (CV 512/BTTTT-THH, CV 2803/BTTTT-THH), at `/soap/edoc`: made into a package of
 * QCVN 102 and received like any other. That package carries no signature of its sender, so only agencies whose policy is `optional` can
 * use it. Answers as sendPackage does. Throws when the description can't be read.
 */
export async function createOldFormService(ports: SoapPorts, settings: SoapSettings): Promise<SoapService> {
  const wsdl = await readWsdl(settings.wsdl);
  const mostBytes = Math.ceil(settings.packageLimit * 1.4) + 1024 * 1024;
  return {
    path,
    async answer(req, res, door) {
      try {
        if (req.method !== 'POST') throw reject('METHOD_NOT_ALLOWED', { params: { method: req.method ?? '', allow: 'POST' } });
        const xml = await receiveOld(ports, wsdl, req, res, door, mostBytes);
        await sendAnswer(ports, res, { version: soap11, mtom: false }, xml, undefined);
      } catch (error) {
        sendFault(req, res, error, { version: soap11, loginByHttp: true }, ports.log);
      }
    },
  };
}

async function receiveOld(ports: SoapPorts, wsdl: Wsdl, req: IncomingMessage, res: ServerResponse, door: Door, bytes: number) {
  const client = await door.login(req);
  door.need('sendPackage', client);
  const { version, related } = packingOf(req);
  if (version !== soap11) throw reject('SOAP_VERSION', { params: { namespace: version.namespace } });
  const began = performance.now();
  try {
    return await door.share(client.id, async () => {
      const body = door.body(req, res, bytes);
      const parts = (related === undefined ? only(body) : ports.parts(body, related.contentType, { base64: true }))[Symbol.asyncIterator]();
      const taken = await takeConverted(ports, parts).finally(() => parts.return?.());
      try {
        const { first, receipt } = await ports.receive({ taken, client });
        ports.report.accepted(first, (performance.now() - began) / 1000);
        return wsdl.write('sendPackage', { first, packageId: receipt.packageId, receiptId: receipt.id, receipt: receipt.xml });
      } finally {
        await taken.discard();
      }
    });
  } catch (error) {
    if (error instanceof Rejection) ports.report.rejected(error.problems.map(({ code }) => code));
    throw error;
  }
}

/** The first part is the envelope; the others follow while the package is made. */
async function takeConverted(ports: SoapPorts, parts: AsyncIterator<Part>): Promise<Taken> {
  const first = await parts.next();
  if (first.done === true) throw wrong('there is no envelope');
  const { body, encoding } = first.value;
  const envelope = await ports.spool(encoding === 'base64' ? ports.decodeBase64(body) : body);
  try {
    const message = readOldMessage(envelope.lifted.text);
    const rest = { [Symbol.asyncIterator]: () => ({ next: () => parts.next() }) };
    return await ports.takeIn(converted(ports, message, { envelope: envelope.lifted, parts: rest }));
  } finally {
    await envelope.discard();
  }
}

async function* only(body: AsyncIterable<Uint8Array>): AsyncGenerator<Part, void, undefined> {
  yield { headers: new Map(), body };
}
