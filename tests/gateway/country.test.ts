import { misbehaviours } from '../../src/routing/unkind.ts';
import { actors, freshId } from '../support/acts.ts';
import { type Country, provinces, startCountry } from '../support/country.ts';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { pdf } from '../support/packages.ts';

const rates: Readonly<Record<keyof typeof misbehaviours, number>> = {
  reserialise: 0.7,
  'null-trace': 0.3,
  'attachment-type': 0.3,
  'duplicate-entries': 0.5,
  'forget-status': 0.3,
  'silent-send': 0.08,
  'cut-send': 0.2,
  'lying-fail': 0.2,
  'lying-ok': 0.5,
  'whole-refusal': 0.5,
  'named-refusal': 1,
  unauthorised: 0.15,
  html: 0.1,
};
const unkindness = Object.entries(rates)
  .map(([name, rate]) => `${name}=${rate}`)
  .join(', ');
const [[officeA, communeA], [officeB, wardB]] = [provinces.a.units, provinces.b.units];
let country: Country;

beforeAll(async () => {
  country = await startCountry(unkindness);
});
afterAll(() => country?.close());

const to = (...codes: string[]) => codes.map((code) => ({ code, name: `Đơn vị ${code}` }));

/** What a gateway holds of a document: what it says and its files, its recipients with their states, and how often it is there. */
async function held(gateway: TestGateway, documentId: string) {
  const found = await gateway.rows<{ id: string; sha256: string; said: object; files: string[]; recipients: Record<string, string> }>(
    `select p.id, encode(p.sha256, 'hex') as sha256,
       json_build_array(p.kind, p.action, p.sender_code, p.number, p.notation, p.promulgation_date, p.subject, p.urgency) as said,
       array(select encode(a.file_sha256, 'hex') from attachments a where a.package_id = p.id order by a.ordinal) as files,
       (select json_object_agg(d.recipient, d.state) from deliveries d where d.package_id = p.id) as recipients
     from packages p where p.document_id = $1 and p.accepted and p.action = 'new'`,
    [documentId],
  );
  return { copies: found.length, ...found[0] };
}

async function send(from: TestGateway, code: string, recipients: readonly string[]): Promise<{ documentId: string; id: string }> {
  const documentId = freshId();
  const attachments = [pdf(`${documentId.slice(-6)}.pdf`), pdf('phu-luc.pdf', { zip: true })];
  const { receipt } = await from.client(code).send(from.agency(code).document({ documentId, to: to(...recipients), attachments }));
  return { documentId, id: receipt.package.id };
}

const hasIn = async (gateway: TestGateway, documentId: string) => (await held(gateway, documentId)).copies > 0;

describe('three gateways and an unkind axis between them', () => {
  it('bring every document to each recipient once, saying what its sender said', async () => {
    const { a, axis, b } = country;
    const sent = await Promise.all([
      ...Array.from({ length: 6 }, () => send(a, officeA, [officeB, wardB, communeA])),
      ...Array.from({ length: 2 }, () => send(b, wardB, [officeA])),
    ]);
    for (const [index, { documentId }] of sent.entries()) {
      const [home, away] = index < 6 ? [a, b] : [b, a];
      await eventually(() => hasIn(away, documentId));
      const signed = await held(home, documentId);
      const carried = await held(axis.gateway, documentId);
      const arrived = await held(away, documentId);
      expect([signed.copies, carried.copies, arrived.copies]).toEqual([1, 1, 1]);
      expect(carried.sha256).toBe(signed.sha256);
      expect(arrived.said).toEqual(signed.said);
      expect(arrived.files).toEqual(signed.files);
      expect(arrived.files).toHaveLength(2);
      // those here got theirs here, and not a second time over the axis
      expect(Object.keys(arrived.recipients ?? {}).sort()).toEqual(index < 6 ? [officeB, wardB].sort() : [officeA]);
      await eventually(async () => {
        const { recipients = {} } = await held(home, documentId);
        return Object.entries(recipients).every(([code, state]) => state === (code === communeA ? 'waiting' : 'delivered'));
      });
    }
  });

  it('carry statuses back, each once', async () => {
    const { a, b } = country;
    const { documentId, id } = await send(a, officeA, [wardB]);
    await eventually(() => hasIn(b, documentId));
    for (const status of ['01', '03', '06']) {
      await b.client(wardB).send(b.agency(wardB).status({ status, about: { code: officeA, documentId } }));
    }
    const codes = () =>
      a.rows<{ code: string }>(
        'select s.status_code as code from statuses s join deliveries d on d.id = s.delivery_id where d.package_id = $1 order by 1',
        [id],
      );
    const found = await eventually(async () => {
      const all = await codes();
      return all.length >= 3 && all;
    });
    expect(found.map(({ code }) => code)).toEqual(['01', '03', '06']);
    const packages = await a.rows(`select from packages where kind = 'status' and accepted and route = 'axis'`);
    expect(packages).toHaveLength(3);
  });

  it('carry recalls: unread it vanishes, read it is asked back and the answer returns', async () => {
    const { a, b } = country;
    const [unread, read] = [await send(a, officeA, [wardB]), await send(a, officeA, [officeB])];
    await Promise.all([unread, read].map(({ documentId }) => eventually(() => hasIn(b, documentId))));
    const [atA, atB] = [actors(a), actors(b)];
    await atB.fetch(officeB, (await held(b, read.documentId)).id ?? '');
    const recall = (documentId: string, code: string) =>
      atA.send(officeA, (agency) => agency.document({ action: 'recall', targetId: documentId, documentId, attachments: [], to: to(code) }));
    await recall(unread.documentId, wardB);
    await recall(read.documentId, officeB);
    await eventually(async () => (await held(b, unread.documentId)).recipients?.[wardB] === 'cancelled');
    const asked = await eventually(async () => {
      const [found] = await b.rows<{ id: string }>(
        `select p.id from packages p join deliveries d on d.package_id = p.id
         where p.action = 'recall' and p.accepted and d.recipient = $1 and d.state = 'waiting' and d.gate is null`,
        [officeB],
      );
      return found;
    });
    expect(await atB.inbox(officeB)).toEqual(expect.arrayContaining([asked.id]));
    await b.client(officeB).send(b.agency(officeB).status({ status: '15', about: { code: officeA, documentId: read.documentId } }));
    await eventually(async () => {
      const found = await a.rows(
        `select from statuses s join deliveries d on d.id = s.delivery_id where d.package_id = $1 and s.status_code = '15'`,
        [read.id],
      );
      return found.length === 1;
    });
  });

  // the axis refuses the first for all of its recipients and says not why, the second because of one that it names
  it.each(['H53.99', 'H53.97'])('tell a sender that the axis does not know %s, and bring the document to the others', async (unknown) => {
    const { a, b } = country;
    const { documentId, id } = await send(a, officeA, [wardB, officeB, unknown]);
    await eventually(() => hasIn(b, documentId));
    await eventually(async () => {
      const { recipients = {} } = await held(a, documentId);
      return recipients[unknown] === 'failed' && recipients[wardB] === 'delivered' && recipients[officeB] === 'delivered';
    });
    expect((await held(country.axis.gateway, documentId)).recipients).not.toHaveProperty([unknown]);
    const { deliveries } = await a.operator.operator.package(id);
    const failed = deliveries.find(({ recipient }) => recipient === unknown);
    expect(JSON.stringify(failed?.problem)).toMatch(/18 (NO_RECIPIENT_DELIVERABLE: .*)?RECIPIENT_UNKNOWN/);
  });

  it('tell a sender of whose recipients the axis knows none', async () => {
    const { a } = country;
    const { documentId } = await send(a, officeA, ['H53.98']);
    await eventually(async () => (await held(a, documentId)).recipients?.['H53.98'] === 'failed');
    expect((await held(country.axis.gateway, documentId)).copies).toBe(0);
  });

  it('were lied to in every way there is, and left nothing behind', async () => {
    const { a, axis, b } = country;
    await eventually(async () => {
      const open = await axis.gateway.rows(`select from deliveries where state in ('waiting', 'held')`);
      return open.length === 0;
    });
    for (const gateway of [a, b]) {
      const entries = await gateway.rows<{ state: string }>('select distinct state from upward_entries');
      expect(entries).toEqual([{ state: 'done' }]);
    }
    const lines = (await Promise.all(axis.gateway.processes.map((one) => one.log()))).flat();
    const happened = new Set(lines.filter(({ msg }) => msg === 'axis.misbehaved').map((line) => line['misbehaviour']));
    expect([...happened].sort()).toEqual(Object.keys(misbehaviours).sort());
  });
});
