import type { Delivery } from '../../src/routing/delivery.ts';
import { additionsTo, leavesOut } from '../../src/routing/extend.ts';
import type { AcceptedDelivery, AcceptedPackage } from '../../src/routing/intake.ts';
import { Rejection } from '../../src/routing/problem.ts';
import type { Routed } from '../../src/routing/route.ts';

const at = new Date('2026-03-02T02:00:00Z');

function delivery(recipient: string, more: Partial<Delivery> = {}): Delivery {
  const made = { id: `to ${recipient}`, packageId: 'first', recipient, agencyId: `agency of ${recipient}`, channel: 'inbox' as const };
  const counts = { turn: 1, attempts: 0, tries: 0, faults: 0 };
  return { ...made, urgency: 0, state: 'waiting', ...counts, dueAt: at, deadlineAt: at, ...more };
}

const lockedOut = { state: 'failed', turn: 0, problem: { code: 'RECIPIENT_LOCKED' } } as const;

function there(deliveries: readonly AcceptedDelivery[], more: Partial<AcceptedPackage> = {}): AcceptedPackage {
  const about = { id: 'first', sha256: 'ab', size: 1, receivedAt: at };
  return { about, signature: { state: 'absent' }, deliveries, closed: false, provisional: false, ...more };
}

function wanted(...deliveries: Delivery[]): Routed {
  const again = deliveries.map((one) => ({ ...one, id: `again ${one.recipient}`, packageId: 'again' }));
  return { deliveries: again, recipients: again.map((one) => ({ code: one.recipient, delivery: one })) };
}

const said = ({ deliveries }: Routed) => deliveries.map(({ id, packageId, state, turn }) => `${id} of ${packageId}: ${state} ${turn}`);

function refusalOf(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof Rejection) return error.problems.map(({ code }) => code);
  }
  throw new Error('it was not refused');
}

describe('what a package that comes again is given', () => {
  it.each<[string, Partial<Delivery>]>([
    ['waits', {}],
    ['is delivered', { state: 'delivered' }],
    ['was sent back', { state: 'failed', problem: { code: 'REFUSED_BY_RECIPIENT' } }],
    ['expired', { state: 'expired', problem: { code: 'DEADLINE_PASSED' } }],
    ['was cancelled', { state: 'cancelled', problem: { code: 'RECALLED_BY_SENDER' } }],
  ])('is nothing for a recipient whose delivery %s, and a new one for another', (_, state) => {
    const found = there([{ delivery: delivery('A', state) }]);
    expect(said(additionsTo(found, wanted(delivery('A'), delivery('B'))))).toEqual(['again B of first: waiting 1']);
    expect(additionsTo(found, wanted(delivery('A'))).deliveries).toEqual([]);
  });

  it('knows an agency by whatever code it is named', () => {
    const found = there([{ delivery: delivery('A') }]);
    expect(additionsTo(found, wanted(delivery('A2', { agencyId: 'agency of A' }))).deliveries).toEqual([]);
    expect(leavesOut(found, [{ recipient: 'A2', agencyId: 'agency of A' }])).toBe(false);
  });

  it('lets one that could not be served go on under its id once it can be, and never one that was taken back', () => {
    const found = there([{ delivery: delivery('A', lockedOut) }, { delivery: delivery('B', lockedOut), standing: 'recalled' }]);
    expect(leavesOut(found, [{ recipient: 'A' }])).toBe(true);
    expect(said(additionsTo(found, wanted(delivery('A'), delivery('B'))))).toEqual(['to A of first: waiting 1']);
    expect(refusalOf(() => additionsTo(found, wanted(delivery('B'))))).toEqual(['NO_RECIPIENT_DELIVERABLE', 'RECIPIENT_LOCKED']);
    expect(refusalOf(() => additionsTo(found, wanted(delivery('A', lockedOut))))).toEqual(['NO_RECIPIENT_DELIVERABLE', 'RECIPIENT_LOCKED']);
  });

  it('has the failure of one beside the delivery of another', () => {
    const routed = wanted(delivery('B'), delivery('C', { ...lockedOut, problem: { code: 'RECIPIENT_UNKNOWN' } }));
    expect(said(additionsTo(there([{ delivery: delivery('A') }]), routed))).toEqual([
      'again B of first: waiting 1',
      'again C of first: failed 0',
    ]);
  });

  it('is refused for further recipients when the package was recalled from all, or is closed', () => {
    const recalled = there([{ delivery: delivery('A', { state: 'cancelled' }), standing: 'recalled' }]);
    const closed = there([{ delivery: delivery('A') }], { closed: true });
    expect(refusalOf(() => additionsTo(recalled, wanted(delivery('B'))))).toEqual(['NO_RECIPIENT_DELIVERABLE', 'TARGET_RECALLED']);
    expect(refusalOf(() => additionsTo(closed, wanted(delivery('B', { gate: 'match' }))))).toEqual([
      'NO_RECIPIENT_DELIVERABLE',
      'RECIPIENT_LEFT_OUT',
    ]);
    const [beside] = additionsTo(closed, wanted(delivery('A'), delivery('B', { gate: 'match' }))).deliveries;
    expect(beside).toMatchObject({ state: 'failed', turn: 0, problem: { code: 'RECIPIENT_LEFT_OUT', params: { recipient: 'B' } } });
    expect(beside).not.toHaveProperty('gate');
  });

  it('is held with the package while nobody knows of its certificate, but for urgencies that go anyway', () => {
    const found = there([{ delivery: delivery('A') }], { provisional: true });
    expect(said(additionsTo(found, wanted(delivery('B'))))).toEqual(['again B of first: held 0']);
    expect(said(additionsTo(found, wanted(delivery('B', { urgency: 3 })), [3]))).toEqual(['again B of first: waiting 1']);
  });
});
