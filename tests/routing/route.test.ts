import type { AgencyEntry } from '../../src/routing/directory.ts';
import type { DocumentMessage } from '../../src/routing/message.ts';
import { Rejection } from '../../src/routing/problem.ts';
import { readdressed } from '../../src/routing/readdress.ts';
import { defaultSchedules } from '../../src/routing/retry.ts';
import { route } from '../../src/routing/route.ts';
import { newId } from '../support/acceptance.ts';
import { ended, entry } from '../support/agency-entries.ts';
import { firstRules } from '../support/route-books.ts';

const basis = { province: ['H59', 'H61'], rules: firstRules, routes: new Map(), groups: new Map() };
const plan = { schedules: defaultSchedules, newId, now: new Date('2026-03-02T02:00:00Z') };

function routed(entries: Readonly<Record<string, AgencyEntry | undefined>>) {
  return routedAs(entries).deliveries;
}

function routedAs(entries: Readonly<Record<string, AgencyEntry | undefined>>) {
  const message: DocumentMessage = {
    kind: 'document',
    action: 'new',
    sender: { code: '000.00.01.H61', name: '' },
    recipients: Object.keys(entries).map((code) => ({ code, name: '' })),
    number: '7',
    notation: 'SNV-CCHC',
    promulgationDate: '2026-03-02',
    typeName: 'Công văn',
    subject: 'V/v giáo dục',
    urgency: 0,
    attachments: [],
  };
  const found = Object.entries(entries).flatMap(([code, one]) => (one === undefined ? [] : [[code, one] as const]));
  return route(message, newId(), { ...basis, agencies: new Map(found) }, plan);
}

const one = entry('000.00.23.H61');
const other = entry('000.00.24.H61', { channel: 'push' });

describe('routing', () => {
  it('forwards to the successor and notes how it came to that', () => {
    const [delivery] = routed({ '000.00.23.H59': ended('000.00.23.H59', [one]) });
    expect(delivery).toMatchObject({
      recipient: '000.00.23.H59',
      agencyId: one.id,
      state: 'waiting',
      forwarded: { to: one.id, name: one.name, steps: [{ kind: 'merge', from: '000.00.23.H59', to: one.id, on: '2025-07-01' }] },
    });
  });

  it('holds what a person must decide, with the candidates', () => {
    const [delivery] = routed({ '000.00.23.H59': ended('000.00.23.H59', [one, other]) });
    expect(delivery).toMatchObject({ state: 'held', problem: { code: 'RECIPIENT_SPLIT' } });
    expect(delivery?.problem?.params?.['candidates']).toBe(`${one.id} ${one.name}; ${other.id} ${other.name}`);
    expect(delivery?.agencyId).toBeUndefined();
  });

  it('asks the rules of a split what the document is about', () => {
    const ruled = ended('000.00.23.H59', [
      [one, { subject: ['giáo dục'] }],
      [other, {}],
    ]);
    expect(routed({ '000.00.23.H59': ruled })[0]).toMatchObject({ state: 'waiting', agencyId: one.id, forwarded: { to: one.id } });
  });

  it('never gives an agency the same package twice', () => {
    const { deliveries, recipients } = routedAs({ [one.id]: one, '000.00.23.H59': ended('000.00.23.H59', [one]), [other.id]: other });
    expect(deliveries.map((d) => [d.recipient, d.state])).toEqual([
      [one.id, 'waiting'],
      [other.id, 'waiting'],
    ]);
    const [direct, followed] = recipients;
    expect(followed).toMatchObject({ code: '000.00.23.H59', delivery: direct?.delivery, forwarded: { to: one.id } });
    expect(direct?.forwarded).toBeUndefined();
  });

  it('refuses a package when every code is closed, unknown or not yet valid, with a reason for each', () => {
    const later = entry('000.00.99.H61', { codeValid: false, beginsOn: '2027-01-01' });
    const work = () => routed({ '000.00.23.H59': ended('000.00.23.H59', []), '000.00.99.H61': later, '000.00.98.H61': undefined });
    expect(work).toThrow(Rejection);
    expect(work).toThrow('NO_RECIPIENT_DELIVERABLE, RECIPIENT_CLOSED, RECIPIENT_NOT_YET, RECIPIENT_UNKNOWN');
  });
});

describe('releasing a held delivery', () => {
  const split = ended('000.00.23.H59', [one, other]);
  const [held] = routed({ '000.00.23.H59': split });
  if (held === undefined) throw new Error('nothing routed');
  const among = (found: AgencyEntry | undefined) => ({ ...basis, agencies: new Map(found === undefined ? [] : [[held.recipient, found]]) });

  it('goes to the successor that a person names, and to no other agency', () => {
    expect(readdressed(held, among(split), {}, other.id)).toMatchObject({ agencyId: other.id, channel: 'push' });
    expect(() => readdressed(held, among(split), {}, '000.00.01.H61')).toThrow('NOT_A_CANDIDATE');
    expect(() => readdressed(held, among(split), {})).toThrow('RECIPIENT_SPLIT');
    expect(() => readdressed(held, among(one), {}, other.id)).toThrow('NOT_A_CANDIDATE');
  });

  it('keeps what was chosen before', () => {
    expect(readdressed({ ...held, agencyId: one.id }, among(split), {})).toMatchObject({ agencyId: one.id, channel: 'inbox' });
  });

  it('says why there is no way', () => {
    expect(() => readdressed(held, among(undefined), {})).toThrow('RECIPIENT_UNKNOWN');
    expect(() => readdressed(held, among(entry('x', { status: 'suspended' })), {})).toThrow('RECIPIENT_SUSPENDED');
    expect(() => readdressed(held, among(ended('x', [])), {})).toThrow('RECIPIENT_CLOSED');
  });
});
