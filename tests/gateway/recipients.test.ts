import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';

const { department, commune, pushed } = usual;
const unknown = '000.00.99.H61';
const suspended = '000.00.47.H61';
const closed = '000.00.48.H61';
const outside = '000.00.12.G22';
const outdated = '000.00.49.H61';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({
    agencies: [
      { code: suspended, agency: { status: 'suspended' } },
      { code: closed, agency: { status: 'closed' } },
      { code: outdated, agency: { codes: [{ code: outdated, scheme: 'qcvn102', validFrom: '2020-01-01', validTo: '2025-06-30' }] } },
    ],
  });
});
afterAll(() => gateway?.close());

const send = (...codes: string[]) =>
  gateway.client(department).send(gateway.agency(department).document({ to: codes.map((code) => ({ code, name: `Đơn vị ${code}` })) }));
const fates = (recipients: Awaited<ReturnType<typeof send>>['receipt']['recipients']) =>
  Object.fromEntries(recipients.map(({ code, state, problem }) => [code, problem === undefined ? state : `${state} ${problem.code}`]));

describe('the recipients of one package', () => {
  it('each get what they can get, and the receipt says why the others do not', async () => {
    const { receipt } = await send(commune, pushed, unknown, suspended, closed, outside, outdated);
    expect(receipt.kind).toBe('accepted');
    expect(fates(receipt.recipients)).toEqual({
      [commune]: 'waiting',
      [pushed]: 'waiting',
      [unknown]: 'failed RECIPIENT_UNKNOWN',
      [suspended]: 'held RECIPIENT_SUSPENDED',
      [closed]: 'failed RECIPIENT_CLOSED',
      [outside]: 'held NO_ROUTE',
      [outdated]: 'failed RECIPIENT_CLOSED',
    });
    await gateway.receiver.until((pushes) => pushes.some(({ packageId }) => packageId === receipt.package.id));
    const inbox = await gateway.client(commune).inbox();
    expect(inbox.entries.map((entry) => entry.package)).toContain(receipt.package.id);
  });

  it('that failed at once each have a receipt of their own', async () => {
    const { receipt } = await send(commune, unknown, closed);
    const { receipts, deliveries } = await gateway.client(department).package(receipt.package.id);
    const failed = deliveries.filter(({ state }) => state === 'failed').map(({ id }) => id);
    expect(failed).toHaveLength(2);
    expect(
      receipts
        .filter(({ kind }) => kind === 'failed')
        .map(({ delivery }) => delivery)
        .sort(),
    ).toEqual(failed.sort());
  });

  it('make the package rejected when none of them can ever get it', async () => {
    await expect(send(unknown, closed)).rejects.toMatchObject({
      status: 422,
      problems: [
        expect.objectContaining({ code: 'NO_RECIPIENT_DELIVERABLE' }),
        expect.objectContaining({ code: 'RECIPIENT_UNKNOWN' }),
        expect.objectContaining({ code: 'RECIPIENT_CLOSED' }),
      ],
    });
  });

  it('in other provinces wait for a route', async () => {
    const { receipt } = await send(outside);
    expect(fates(receipt.recipients)).toEqual({ [outside]: 'held NO_ROUTE' });
  });
});

describe('a status', () => {
  it('goes to the agency whose document it answers, and to nobody else', async () => {
    const status = gateway.agency(commune).status({ about: { code: department, number: '07/SNV-CCHC' }, status: '03' });
    const { receipt } = await gateway.client(commune).send(status);
    expect(receipt).toMatchObject({ kind: 'accepted', package: { reference: '03' }, recipients: [{ code: department, state: 'waiting' }] });
    const entry = await eventually(async () => {
      const { entries } = await gateway.client(department).inbox({ wait: 5 });
      return entries.find((one) => one.package === receipt.package.id);
    });
    expect(entry).toMatchObject({ kind: 'status', sender: commune, recipient: department });
  });
});
