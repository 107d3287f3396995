import { receiptView } from '../../../src/adapters/rest/receipt-view.ts';
import { receiptView as receiptShape } from '../../../src/adapters/rest/schemas.ts';
import type { RestGateway } from '../../support/rest-gateway.ts';
import { basic, packageText, startRestGateway } from '../../support/rest-gateway.ts';

let gateway: RestGateway;
beforeEach(async () => {
  gateway = await startRestGateway();
});
afterEach(() => gateway.close());

const send = (text = packageText()) =>
  fetch(`${gateway.url}/v1/packages`, {
    method: 'POST',
    headers: { authorization: basic('sender-a'), 'content-type': 'text/xml' },
    body: text,
  });
const ask = (path: string, headers: Record<string, string> = {}, client = 'sender-a') =>
  fetch(`${gateway.url}/v1/receipts${path}`, { headers: { authorization: basic(client), ...headers } });
interface Feed {
  readonly receipts: {
    readonly id: string;
    readonly kind: string;
    readonly delivery?: string;
    readonly cursor: string;
    readonly xml: string;
  }[];
  readonly next: string | null;
  readonly more: boolean;
}
const feed = async (query = '', client = 'sender-a') => (await (await ask(query, {}, client)).json()) as Feed;

describe('the feed of receipts', () => {
  it('holds every receipt for the agencies of the client, oldest first, with a stable cursor', async () => {
    await send(packageText({ to: ['B', '000.00.99.H61'] }));
    await send(packageText());
    const first = await feed('?limit=2');
    expect(first.receipts.map((r) => r.kind)).toEqual(['accepted', 'failed']);
    expect(first.more).toBe(true);
    const rest = await feed(`?after=${first.next}`);
    expect(rest.receipts.map((r) => r.kind)).toEqual(['accepted']);
    expect(await feed(`?after=${rest.next}`)).toEqual({ receipts: [], next: rest.next, more: false });
    expect((await feed('', 'sender-c')).receipts).toEqual([]);
  });

  it('names the delivery of receipts about one', async () => {
    await send(packageText({ to: ['B', '000.00.99.H61'] }));
    const [accepted, failed] = (await feed()).receipts;
    expect(accepted).not.toHaveProperty('delivery');
    const unknown = [...gateway.tables.deliveries.values()].find(({ delivery }) => delivery.state === 'failed');
    expect(failed?.delivery).toBe(unknown?.delivery.id);
  });

  it('refuses cursors of other lists', async () => {
    const other = Buffer.from('i:7').toString('base64url');
    expect((await ask(`?after=${other}`)).status).toBe(400);
    expect((await ask(`?after=${Buffer.from('r:9223372036854775808').toString('base64url')}`)).status).toBe(400);
    expect((await ask(`?after=${Buffer.from("r:1';").toString('base64url')}`)).status).toBe(400);
  });
});

describe('one receipt', () => {
  it('comes as signed XML, or as its JSON view', async () => {
    await send();
    const [receipt] = (await feed()).receipts;
    const xml = await ask(`/${receipt?.id}`);
    expect([xml.headers.get('content-type'), await xml.text()]).toEqual(['application/xml', receipt?.xml]);
    const json = await ask(`/${receipt?.id}`, { accept: 'application/json' });
    expect(receiptShape.parse(await json.json())).toMatchObject({ id: receipt?.id, kind: 'accepted' });
    expect(json.headers.get('vary')).toBe('Accept');
  });

  it('is shown to its sender and to operators only', async () => {
    await send();
    const id = (await feed()).receipts[0]?.id;
    const statuses = await Promise.all(
      ['sender-a', 'sender-c', 'operator', 'auditor', 'admin'].map(async (c) => (await ask(`/${id}`, {}, c)).status),
    );
    expect(statuses).toEqual([200, 404, 200, 200, 403]);
  });
});

describe('the JSON view', () => {
  it('holds what the receipt says, without the signature of the gateway', () => {
    const view = receiptView(
      `<?xml version="1.0"?><receipt xmlns="urn:lienthong:receipt:1" id="1" kind="accepted"><gateway>g &amp; &lt;h&gt;&#xD;</gateway>` +
        `<package id="2"><size>07</size><sender> x </sender></package><signature state="absent"></signature>` +
        `<recipients><recipient deliveryId="3" state="held"><code>A</code><problem code="NO_ROUTE"><vi>Không</vi><line>4</line></problem></recipient></recipients>` +
        `<problems></problems><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><a/></SignedInfo></Signature></receipt>`,
    );
    expect(view).toEqual({
      id: '1',
      kind: 'accepted',
      gateway: 'g & <h>\r',
      package: { id: '2', size: 7, sender: ' x ' },
      signature: { state: 'absent' },
      recipients: [{ deliveryId: '3', state: 'held', code: 'A', problem: { code: 'NO_ROUTE', vi: 'Không', line: 4 } }],
      problems: [],
    });
  });

  it('lists more than one', () => {
    const one = '<problem code="A"><vi>a</vi></problem>';
    expect(receiptView(`<receipt><problems>${one}${one}</problems></receipt>`)).toEqual({
      problems: [
        { code: 'A', vi: 'a' },
        { code: 'A', vi: 'a' },
      ],
    });
  });
});
