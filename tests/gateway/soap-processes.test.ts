import { randomBytes } from 'node:crypto';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { envelope, faultCodes, operation, soapType } from '../support/soap.ts';
import { wsse, wsu } from '../support/wss.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ roles: ['api', 'api'] });
});
afterAll(() => gateway?.close());

function header(nonce: string): string {
  const { id, secret } = gateway.agency(usual.department).client;
  const fields = `<w:Username>${id}</w:Username><w:Password>${secret}</w:Password><w:Nonce>${nonce}</w:Nonce>`;
  const created = `<u:Created>${new Date().toISOString()}</u:Created>`;
  return `<w:Security xmlns:w="${wsse}" xmlns:u="${wsu}"><w:UsernameToken>${fields}${created}</w:UsernameToken></w:Security>`;
}

async function ask(process: number, text: string): Promise<string[]> {
  const url = new URL('/soap', gateway.processes[process]?.url);
  const body = envelope(operation('getAgencies', { search: usual.commune }), '1.1', text);
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': soapType('1.1') }, body });
  return answer.status === 200 ? ['ok'] : faultCodes(await answer.text());
}

const nonce = () => randomBytes(16).toString('base64');

describe('a gateway of two processes', () => {
  it('takes a nonce of WS-Security once, whichever of them gets it', async () => {
    const once = header(nonce());
    expect(await ask(0, once)).toEqual(['ok']);
    expect(await ask(1, once)).toEqual(['WSS_REPLAYED']);
    expect(await ask(0, once)).toEqual(['WSS_REPLAYED']);
    expect(await ask(1, header(nonce()))).toEqual(['ok']);
  });

  it('lets one through of several that come at the same moment', async () => {
    const once = header(nonce());
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => ask(i % 2, once)));
    expect(answers.flat().toSorted()).toEqual([...Array.from({ length: 7 }, () => 'WSS_REPLAYED'), 'ok']);
  });
});
