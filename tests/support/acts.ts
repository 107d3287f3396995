import { eventually } from './eventually.ts';
import type { TestGateway } from './gateway.ts';
import type { Participant } from './participants.ts';

/** XML of Bussiness for an update that names recipients added and removed. */
export function updateOf(
  target: string,
  { added = [], removed = [], data = false }: { added?: readonly string[]; removed?: readonly string[]; data?: boolean },
) {
  const receiver = (type: string) => (code: string) =>
    `<Receiver><OrganId>${code}</OrganId><ReceiverType>${type}</ReceiverType></Receiver>`;
  const list = [...added.map(receiver('1')), ...removed.map(receiver('0'))].join('');
  return `<Bussiness><DocumentId>${target}</DocumentId><BussinessDocType>2</BussinessDocType>
    <BussinessDocReason>Điều chỉnh nơi nhận</BussinessDocReason><BussinessDocumentInfo><DocumentInfo>${data ? 1 : 0}</DocumentInfo>
    <DocumentReceiver>${list === '' ? 0 : 1}</DocumentReceiver>${list === '' ? '' : `<ReceiverList>${list}</ReceiverList>`}
    </BussinessDocumentInfo></Bussiness>`;
}

/** XML of Bussiness for a replacement of documents, each for some agencies; none: for all. */
export function replacementOf(old: readonly (readonly [id: string, agencies: readonly string[]])[]) {
  const one = ([id, agencies]: readonly [string, readonly string[]]) => {
    const list = agencies.map((code) => `<OrganId>${code}</OrganId>`).join('');
    return `<ReplacementInfo><DocumentId>${id}</DocumentId>${list === '' ? '' : `<OrganIdList>${list}</OrganIdList>`}</ReplacementInfo>`;
  };
  return `<Bussiness><BussinessDocType>3</BussinessDocType><BussinessDocReason>Thay thế</BussinessDocReason>
    <ReplacementInfoList>${old.map(one).join('')}</ReplacementInfoList></Bussiness>`;
}

let made = 0;

/** A DocumentId that no other test uses. */
export function freshId(): string {
  made += 1;
  return `000.00.12.H61,2026/03/02,${made}/LC-${process.pid}`;
}

/** Agencies of a gateway and what happens between them, in a few words. */
export function actors(gateway: TestGateway) {
  const sent = async (from: string, bytes: Buffer) => (await gateway.client(from).send(bytes)).receipt.package.id;
  const deliveryOf = async (from: string, id: string, to: string) => {
    const found = (await gateway.client(from).package(id)).deliveries.find(({ recipient }) => recipient === to);
    if (found === undefined) throw new Error(`package ${id} has no delivery to ${to}`);
    return found;
  };
  return {
    /** Sends as an agency; the id of the package. */
    send: (from: string, make: (participant: Participant) => Buffer) => sent(from, make(gateway.agency(from))),
    deliveryOf,
    /** Waits until a delivery is in a state. */
    settles: (from: string, id: string, to: string, state: string) =>
      eventually(async () => {
        const found = await deliveryOf(from, id, to).catch(() => undefined);
        return found?.state === state ? found : undefined;
      }),
    /** Ids of the packages in an inbox, oldest first. */
    inbox: async (of: string) => (await gateway.client(of).inbox({ limit: 500 })).entries.map((entry) => entry.package),
    /** Fetches a package from an inbox, without acknowledging it. */
    async fetch(of: string, id: string) {
      const entry = (await gateway.client(of).inbox({ limit: 500 })).entries.find((one) => one.package === id);
      if (entry === undefined) throw new Error(`package ${id} is not in the inbox`);
      await (await gateway.request(`/v1/inbox/${entry.delivery}/package`, { as: of })).arrayBuffer();
      return entry;
    },
    /** Fetches a package from an inbox and acknowledges it. */
    async take(of: string, id: string) {
      const entry = await eventually(async () =>
        (await gateway.client(of).inbox({ limit: 500 })).entries.find((one) => one.package === id),
      );
      await (await gateway.request(`/v1/inbox/${entry.delivery}/package`, { as: of })).arrayBuffer();
      await gateway.client(of).ack(entry.delivery);
      return entry;
    },
  };
}
