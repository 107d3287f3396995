import type { Delivery } from '../../src/routing/delivery.ts';
import type { Acceptance, AcceptedPackage, Extension, Refusal } from '../../src/routing/intake.ts';
import type { Message } from '../../src/routing/message.ts';
import type { SignedReceipt } from '../../src/routing/receipt.ts';
import { acceptanceOf, agencyWith, newId } from '../support/acceptance.ts';
import type { Store } from './stores.ts';
import { deskOver, storeInMemory, storeOnPostgres } from './stores.ts';

const sender = agencyWith('000.00.12.H61');
const inbox = agencyWith('000.00.45.H61');
const senders = new Set([sender.id]);
const recipients = new Set([inbox.id]);
const never = new AbortController().signal;

const makers: [string, () => Store | Promise<Store>][] = [
  ['in memory', () => storeInMemory([sender, inbox])],
  ['on PostgreSQL', () => storeOnPostgres([sender, inbox])],
];

describe.each(makers)('the way in and the feeds %s', (_, make) => {
  let store: Store;
  let desk: ReturnType<typeof deskOver>;
  beforeAll(async () => {
    store = await make();
    desk = deskOver(store);
  });
  afterAll(() => store.close());

  const deliveryOf = (acceptance: Acceptance) => acceptance.deliveries[0]?.id as string;
  const endOfInbox = async () => (await store.mailbox.list(recipients, null, 1000)).at(-1)?.position ?? null;
  async function accepted(more: Parameters<typeof acceptanceOf>[2] = {}): Promise<Acceptance> {
    const acceptance = acceptanceOf(sender, [{ agency: inbox }], more);
    expect(await store.intake.accept(acceptance)).toEqual({ result: 'stored' });
    return acceptance;
  }

  describe('intake', () => {
    it('stores a package once and answers the same package with the first receipt', async () => {
      const first = await accepted({ text: 'same bytes', transportId: 'first' });
      const again = acceptanceOf(sender, [{ agency: inbox }], { text: 'same bytes', transportId: 'first' });
      const { id, kind, xml } = first.receipts[0] as Acceptance['receipts'][number];
      const receipt = { id, kind, packageId: first.packageId, xml };
      expect(await store.intake.accept(again)).toEqual({ result: 'repeated', first: receipt });
      const content = { sha256: first.lifted.sha256, message: first.verified.message };
      expect(await store.intake.findFirst(content, senders)).toEqual(receipt);
      expect(await store.intake.findFirst(content, recipients)).toBeNull();
      expect(await store.intake.accept(acceptanceOf(inbox, [{ agency: sender }], { text: 'same bytes' }))).toEqual({ result: 'stored' });
    });

    it('finds the first receipt of a package that can no longer be read, and of one that names no date', async () => {
      const { packageId, lifted } = await accepted();
      expect(await store.intake.findFirst({ sha256: lifted.sha256 }, senders)).toMatchObject({ packageId });
      const dateless = () => {
        const a = acceptanceOf(sender, [{ agency: inbox }], { text: 'dateless' });
        const { sender: from, recipients: to, urgency } = a.verified.message;
        const message: Message = { kind: 'status', status: '03', sender: from, recipients: to, about: {}, description: '', urgency };
        return { ...a, verified: { ...a.verified, message } };
      };
      const first = dateless();
      expect(await store.intake.accept(first)).toEqual({ result: 'stored' });
      const again = { result: 'repeated', first: { packageId: first.packageId } };
      expect(await store.intake.accept(dateless())).toMatchObject(again);
    });

    it('stores one of 50 concurrent calls for the same package', async () => {
      const text = `storm ${newId()}`;
      const results = await Promise.all(
        Array.from({ length: 50 }, () => store.intake.accept(acceptanceOf(sender, [{ agency: inbox }], { text, transportId: text }))),
      );
      expect(results.filter((r) => r.result === 'stored')).toHaveLength(1);
      const receipts = results.flatMap((r) => (r.result === 'repeated' ? [r.first.id] : []));
      expect(receipts).toHaveLength(49);
      expect(new Set(receipts).size).toBe(1);
    });

    it('refuses other content under a used transport id', async () => {
      const transportId = newId();
      await accepted({ transportId });
      expect(await store.intake.accept(acceptanceOf(sender, [{ agency: inbox }], { transportId }))).toEqual({ result: 'conflict' });
      expect(await store.intake.accept(acceptanceOf(inbox, [{ agency: sender }], { transportId }))).toEqual({ result: 'stored' });
    });

    it('keeps the evidence of a refusal without occupying content or transport id', async () => {
      const acceptance = acceptanceOf(sender, [{ agency: inbox }], { text: `refused ${newId()}`, transportId: newId() });
      const { receivedAt, lifted, transportId } = acceptance;
      const packageId = newId();
      const about = { id: packageId, sha256: lifted.sha256, size: lifted.size, receivedAt };
      const receipt = { ...acceptance.receipts[0], id: newId(), kind: 'rejected', package: about, xml: '<Receipt/>' } as Refusal['receipt'];
      const event = { name: 'package.rejected' as const, at: receivedAt, actor: 'client:client-a', packageId };
      const problems = [{ code: 'SIGNATURE_INVALID' as const, params: { sender: 'x' } }];
      const refused = { packageId, clientId: 'client-a', senderAgencyId: sender.id, transportId: transportId as string, receivedAt };
      await store.intake.refuse({ ...refused, sha256: lifted.sha256, size: lifted.size, problems, receipt, event });
      expect(await store.intake.findFirst({ sha256: lifted.sha256, message: acceptance.verified.message }, senders)).toBeNull();
      expect(await store.intake.accept(acceptance)).toEqual({ result: 'stored' });
      const record = await store.records.package(packageId, 'any');
      expect(record).toMatchObject({ accepted: false, problems, events: [{ name: 'package.rejected' }] });
      expect(await store.receipts.one(receipt.id, senders)).toMatchObject({ kind: 'rejected', packageId });
    });
  });

  describe('an accepted package that comes again', () => {
    /** What a package is given for one more recipient. */
    function oneMore(there: AcceptedPackage, code: string): Extension {
      const at = new Date();
      const { deliveries, receipts } = acceptanceOf(sender, [{ agency: inbox, code }]);
      const [delivery, receipt] = [deliveries[0], receipts[0]] as [Delivery, SignedReceipt];
      const packageId = there.about.id;
      return {
        at,
        added: [{ ...delivery, packageId }],
        resumed: [],
        receipts: [{ ...receipt, package: there.about }],
        events: [{ name: 'package.extended', at, actor: 'client:client-a', packageId }],
      };
    }

    it('is given further deliveries with their receipt and events, and keeps its first receipt', async () => {
      const acceptance = await accepted();
      const id = acceptance.packageId;
      const there = (await store.intake.accepted(id)) as AcceptedPackage;
      expect(there).toMatchObject({ about: { id, sha256: acceptance.lifted.sha256 }, closed: false, provisional: false });
      expect(there.deliveries.map(({ delivery }) => delivery)).toMatchObject(acceptance.deliveries);
      const start = await endOfInbox();
      const written = await store.intake.extend(id, [inbox.id], async (locked) => oneMore(locked, 'H61.9'));
      expect((await store.mailbox.list(recipients, start, 10)).map((one) => one.deliveryId)).toEqual(written.map((one) => one.id));
      expect((await store.intake.accepted(id))?.deliveries.map(({ delivery }) => delivery.recipient)).toEqual(['000.00.45.H61', 'H61.9']);
      expect((await store.intake.findFirst({ sha256: acceptance.lifted.sha256, message: acceptance.verified.message }, senders))?.id).toBe(
        acceptance.receipts[0]?.id,
      );
      const events = (await store.records.package(id, 'any'))?.events.map(({ name }) => name);
      expect(events?.at(-1)).toBe('package.extended');
    });

    it('is given nothing when nothing is decided, or the decision fails; and there is none that was refused', async () => {
      const { packageId } = await accepted();
      expect(await store.intake.extend(packageId, [], async () => null)).toEqual([]);
      await expect(store.intake.extend(packageId, [], async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
      expect((await store.intake.accepted(packageId))?.deliveries).toHaveLength(1);
      expect(await store.intake.accepted(newId())).toBeNull();
      expect(await store.intake.extend(newId(), [], async (there) => oneMore(there, 'H61.9'))).toEqual([]);
    });

    it('goes on under its own id to one that could not be served', async () => {
      const acceptance = acceptanceOf(sender, [{ agency: inbox }, { code: 'H61.8', state: 'failed' }]);
      await store.intake.accept(acceptance);
      const [, failed] = acceptance.deliveries as [Delivery, Delivery];
      const start = await endOfInbox();
      await store.intake.extend(acceptance.packageId, [inbox.id], async (there) => {
        const { added, ...rest } = oneMore(there, 'H61.8');
        return { ...rest, added: [], resumed: added.map((one) => ({ ...one, id: failed.id })) };
      });
      expect((await store.mailbox.list(recipients, start, 10)).map((one) => one.deliveryId)).toEqual([failed.id]);
    });

    it('shows each of 30 concurrent calls what the one before it wrote', async () => {
      const { packageId } = await accepted();
      const codes = Array.from({ length: 30 }, (_, i) => `H61.${100 + (i % 7)}`);
      const written = await Promise.all(
        codes.map((code) =>
          store.intake.extend(packageId, [inbox.id], async (there) =>
            there.deliveries.some(({ delivery }) => delivery.recipient === code) ? null : oneMore(there, code),
          ),
        ),
      );
      expect(
        written
          .flat()
          .map(({ recipient }) => recipient)
          .sort(),
      ).toEqual([...new Set(codes)].sort());
    });
  });

  describe('a mailbox', () => {
    it('lists in order, by pages, only to the recipient', async () => {
      const start = await endOfInbox();
      const ids: string[] = [];
      for (let i = 0; i < 3; i += 1) ids.push(deliveryOf(await accepted()));
      const page = await store.mailbox.list(recipients, start, 2);
      const rest = await store.mailbox.list(recipients, page[1]?.position ?? null, 2);
      expect([...page, ...rest].map((e) => e.deliveryId)).toEqual(ids);
      expect(page[0]).toMatchObject({ recipient: '000.00.45.H61', kind: 'document', action: 'new', subject: 'V/v thử nghiệm', urgency: 0 });
      expect(page[0]).not.toHaveProperty('fetchedAt');
      expect((await store.mailbox.list(senders, null, 1000)).map((e) => e.deliveryId)).not.toContain(ids[0]);
      expect(await store.mailbox.list(new Set(), null, 10)).toEqual([]);
    });

    it('wakes a waiting poll, and ends it in time or when it is aborted', async () => {
      const start = await endOfInbox();
      const waiting = store.mailbox.wait(recipients, start, 60_000, never);
      await accepted();
      await waiting;
      const after = await endOfInbox();
      const begun = performance.now();
      await store.mailbox.wait(recipients, after, 50, never);
      expect(performance.now() - begun).toBeGreaterThan(45);
      const aborting = new AbortController();
      const aborted = store.mailbox.wait(recipients, after, 60_000, aborting.signal);
      aborting.abort();
      await aborted;
      await store.mailbox.wait(recipients, after, 60_000, AbortSignal.abort());
    });

    it('opens a package for its recipient, and notes the first time', async () => {
      const acceptance = await accepted();
      const id = deliveryOf(acceptance);
      expect(await store.mailbox.open(id, senders, 'client:a')).toBeNull();
      expect(await store.mailbox.open(newId(), recipients, 'client:b')).toBeNull();
      for (let i = 0; i < 2; i += 1) {
        const opened = await store.mailbox.open(id, recipients, 'client:b');
        expect(opened).toMatchObject({ id: acceptance.packageId, sha256: acceptance.lifted.sha256, runs: [] });
        expect(Buffer.from(opened?.text ?? []).toString()).toBe(Buffer.from(acceptance.lifted.text).toString());
      }
      const entry = (await store.mailbox.list(recipients, null, 1000)).find((e) => e.deliveryId === id);
      expect(entry?.fetchedAt).toBeInstanceOf(Date);
      const events = (await store.records.package(acceptance.packageId, 'any'))?.events;
      expect(events?.filter(({ name }) => name === 'delivery.fetched')).toHaveLength(1);
    });

    it('leaves an entry until it is acknowledged, and opens it afterwards too', async () => {
      const id = deliveryOf(await accepted());
      const scope = { recipients };
      await expect(desk.acknowledge(id, scope, 'client:b')).rejects.toMatchObject({ problems: [{ code: 'NOT_FETCHED' }] });
      const stranger = desk.acknowledge(id, { recipients: senders }, 'client:b');
      await expect(stranger).rejects.toMatchObject({ problems: [{ code: 'DELIVERY_UNKNOWN' }] });
      await store.mailbox.open(id, recipients, 'client:b');
      expect((await store.mailbox.list(recipients, null, 1000)).map((e) => e.deliveryId)).toContain(id);
      expect((await desk.acknowledge(id, scope, 'client:b')).state).toBe('delivered');
      expect((await desk.acknowledge(id, scope, 'client:b')).attempts).toBe(1);
      expect((await store.mailbox.list(recipients, null, 1000)).map((e) => e.deliveryId)).not.toContain(id);
      expect(await store.mailbox.open(id, recipients, 'client:b')).not.toBeNull();
    });

    it('puts a replayed entry at the end again, as one that nobody fetched', async () => {
      const id = deliveryOf(await accepted());
      await store.mailbox.open(id, recipients, 'client:b');
      const end = await endOfInbox();
      await desk.refuse(id, { recipients }, 'client:b', 'sai thẩm quyền');
      expect(await desk.replay(id, 'cli:root', '')).toMatchObject({ state: 'waiting', turn: 2, attempts: 1, tries: 0 });
      const entries = await store.mailbox.list(recipients, end, 1000);
      expect(entries.map((e) => e.deliveryId)).toEqual([id]);
      expect(entries[0]).not.toHaveProperty('fetchedAt');
    });

    it('never shows a delivery that may not go yet', async () => {
      const acceptance = acceptanceOf(sender, [{ agency: inbox }]);
      const [delivery] = acceptance.deliveries as [Acceptance['deliveries'][number]];
      await store.intake.accept({ ...acceptance, deliveries: [{ ...delivery, gate: 'match' }] });
      expect((await store.mailbox.list(recipients, null, 1000)).map((e) => e.deliveryId)).not.toContain(delivery.id);
      expect(await store.mailbox.open(delivery.id, recipients, 'client:b')).toBeNull();
    });

    it('never skips an entry while many writers are at it', async () => {
      let cursor = await endOfInbox();
      const seen = new Set<string>();
      const written: string[] = [];
      let writing = true;
      const write = async () => {
        for (let i = 0; i < 25; i += 1) written.push(deliveryOf(await accepted()));
      };
      const writers = Promise.all(Array.from({ length: 8 }, write)).finally(() => {
        writing = false;
      });
      for (let last = false; !last; ) {
        last = !writing;
        const page = await store.mailbox.list(recipients, cursor, 1000);
        for (const entry of page) seen.add(entry.deliveryId);
        cursor = page.at(-1)?.position ?? cursor;
        await new Promise((resolve) => setImmediate(resolve));
      }
      await writers;
      expect(written).toHaveLength(200);
      expect(written.filter((id) => !seen.has(id))).toEqual([]);
    });
  });

  describe('a feed of receipts', () => {
    it('gives each receipt once, in order, to the sender alone', async () => {
      const start = (await store.receipts.list(senders, null, 1000)).at(-1)?.position ?? null;
      const acceptance = await accepted();
      const deliveryId = deliveryOf(acceptance);
      await store.mailbox.open(deliveryId, recipients, 'client:b');
      await desk.acknowledge(deliveryId, { recipients }, 'client:b');
      const [first, ...none] = await store.receipts.list(senders, start, 1);
      expect(none).toEqual([]);
      expect(first).toMatchObject({ kind: 'accepted', packageId: acceptance.packageId, xml: acceptance.receipts[0]?.xml });
      expect(first).not.toHaveProperty('deliveryId');
      const rest = await store.receipts.list(senders, first?.position ?? null, 10);
      expect(rest).toMatchObject([{ kind: 'delivered', packageId: acceptance.packageId, deliveryId, xml: '<Receipt/>' }]);
      expect(await store.receipts.list(recipients, start, 10)).toEqual([]);
      expect(await store.receipts.list(new Set(), null, 10)).toEqual([]);
    });

    it('shows one receipt to its sender and to operators', async () => {
      const { receipts } = await accepted();
      const id = receipts[0]?.id as string;
      const seen = await store.receipts.one(id, senders);
      expect(seen).toMatchObject({ id, kind: 'accepted', issuedAt: receipts[0]?.issuedAt });
      expect(await store.receipts.one(id, 'any')).toEqual(seen);
      expect(await store.receipts.one(id, recipients)).toBeNull();
      expect(await store.receipts.one(newId(), 'any')).toBeNull();
    });
  });
});
