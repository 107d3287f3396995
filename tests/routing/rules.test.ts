import type { AgencyEntry } from '../../src/routing/directory.ts';
import { Rejection } from '../../src/routing/problem.ts';
import { defaultSchedules } from '../../src/routing/retry.ts';
import type { RoutePlan } from '../../src/routing/route.ts';
import { route } from '../../src/routing/route.ts';
import { readRules, ruleText } from '../../src/routing/rule-text.ts';
import type { RoutingWorld } from '../../src/routing/rules.ts';
import { decide, fitsPattern } from '../../src/routing/rules.ts';
import { newId } from '../support/acceptance.ts';
import { firstRules } from '../support/route-books.ts';

function agency(id: string, more: Partial<AgencyEntry> = {}): AgencyEntry {
  return { id, name: id, status: 'active', codeValid: true, channel: 'inbox', signaturePolicy: 'required', certificates: [], ...more };
}

const axis = { name: 'axis', agencyId: 'carrier', kind: 'folder' };

function world(more: Partial<RoutingWorld> = {}): RoutingWorld {
  const agencies = new Map([
    ['000.00.12.H61', agency('department')],
    ['H61.12', agency('department')],
    ['000.00.45.H61', agency('commune')],
    ['G12.01', agency('tax', { channel: 'upward' })],
  ]);
  return { province: ['H61'], rules: firstRules, routes: new Map([['axis', axis]]), agencies, groups: new Map(), ...more };
}

const plan: RoutePlan = { schedules: defaultSchedules, newId, now: new Date() };

function sent(to: readonly string[], among: RoutingWorld, more: Partial<RoutePlan> = {}) {
  const message = {
    kind: 'document',
    action: 'new',
    sender: { code: '000.00.01.H61', name: 'UBND' },
    recipients: to.map((code) => ({ code, name: code })),
    number: '01',
    notation: 'UBND',
    promulgationDate: '2026-03-02',
    typeName: 'Công văn',
    subject: 'x',
    urgency: 0,
    attachments: [],
  } as const;
  return route(message, newId(), among, { ...plan, ...more });
}

const states = (routed: ReturnType<typeof sent>) =>
  routed.deliveries.map((d) => [d.recipient, d.state, d.channel, d.route ?? d.problem?.code ?? d.agencyId]);

describe('routing rules', () => {
  it('sends own codes by their channel and those of others upward, and refuses unknown codes of the province', () => {
    expect(states(sent(['000.00.12.H61', '000.00.00.H57', 'G12.01', '000.00.99.H61'], world()))).toEqual([
      ['000.00.12.H61', 'waiting', 'inbox', 'department'],
      ['000.00.00.H57', 'waiting', 'upward', 'axis'],
      ['G12.01', 'waiting', 'upward', 'axis'],
      ['000.00.99.H61', 'failed', undefined, 'RECIPIENT_UNKNOWN'],
    ]);
  });

  it('holds what goes elsewhere until there is a route', () => {
    expect(states(sent(['000.00.00.H57'], world({ routes: new Map() })))).toEqual([['000.00.00.H57', 'held', undefined, 'NO_ROUTE']]);
  });

  it('puts carriers and routes on what goes upward', () => {
    const [delivery] = sent(['000.00.00.H57'], world()).deliveries;
    expect(delivery).toMatchObject({ agencyId: 'carrier', channel: 'upward', route: 'axis', turn: 1 });
  });

  it('makes one delivery for an agency that is named by two codes and by a group', () => {
    const among = world({ groups: new Map([['tat-ca', ['H61.12', '000.00.45.H61']]]) });
    const routed = sent(['000.00.12.H61', 'tat-ca', 'H61.12'], among);
    expect(routed.deliveries.map((d) => [d.recipient, d.namedAs])).toEqual([
      ['000.00.12.H61', undefined],
      ['000.00.45.H61', 'tat-ca'],
    ]);
    expect(routed.recipients.map((r) => [r.code, r.delivery.recipient])).toEqual([
      ['000.00.12.H61', '000.00.12.H61'],
      ['H61.12', '000.00.12.H61'],
      ['000.00.45.H61', '000.00.45.H61'],
      ['H61.12', '000.00.12.H61'],
    ]);
  });

  it('holds a group without members, and a group inside a group', () => {
    const groups = new Map([
      ['trong', []],
      ['ngoai', ['trong']],
    ]);
    expect(states(sent(['trong'], world({ groups })))).toEqual([['trong', 'held', undefined, 'GROUP_EMPTY']]);
    expect(states(sent(['ngoai'], world({ groups })))).toEqual([['trong', 'held', undefined, 'GROUP_EMPTY']]);
  });

  it('never sends upward what came from there, with or without a route', () => {
    for (const routes of [new Map([['axis', axis]]), new Map()]) {
      const routed = sent(['000.00.12.H61', '000.00.00.H57', 'G12.01'], world({ routes }), { from: 'axis' });
      expect(states(routed)).toEqual([['000.00.12.H61', 'waiting', 'inbox', 'department']]);
      expect(() => sent(['000.00.00.H57'], world({ routes }), { from: 'axis' })).toThrow(new Rejection([{ code: 'NO_RECIPIENT_HERE' }]));
    }
  });

  it('tries rules by their place and says which fitted', () => {
    const rules = readRules([
      { name: 'late', place: 9, condition: 'any', action: 'hold' },
      { name: 'tax', place: 2, condition: 'codes:G12.*,*.G12', action: 'upward:tax' },
      { name: 'south', place: 1, condition: 'level-one:H57', action: 'hold' },
    ]);
    const { trials, decision } = decide('000.00.01.G12', world({ rules, routes: new Map([['tax', { ...axis, name: 'tax' }]]) }));
    expect(trials.map(({ rule, fits }) => [rule.name, fits])).toEqual([
      ['south', false],
      ['tax', true],
    ]);
    expect(decision).toMatchObject({ kind: 'upward', route: { name: 'tax' } });
  });

  it('holds what no rule decides', () => {
    expect(decide('X1', world({ rules: [] })).decision).toMatchObject({ kind: 'held', problem: { code: 'NO_ROUTE' } });
  });

  it.each([
    ['G12.*', 'G12.01', true],
    ['G12.*', 'G12.01.02', true],
    ['G12.*', 'G12', false],
    ['*.G12', '000.00.01.G12', true],
    ['*.G12', 'G12.01', false],
    ['H61.*.02', 'H61.01.02', true],
    ['H61.*.02', 'H61.02', false],
    ['H61.02', 'H61.02', true],
    ['G1*', 'G12', false],
  ])('fits %s to %s: %s', (pattern, code, fits) => expect(fitsPattern(pattern, code)).toBe(fits));

  it('writes rules as it reads them', () => {
    const texts = [
      { name: 'a', place: 1, condition: 'level-one:G01,G02', action: 'upward:axis' },
      { name: 'b', place: 2, condition: 'own', action: 'channel' },
    ];
    expect(readRules(texts).map(ruleText)).toEqual(texts);
  });

  it.each([
    [{ name: 'A', place: 1, condition: 'own', action: 'channel' }],
    [{ name: 'a', place: 0, condition: 'own', action: 'channel' }],
    [{ name: 'a', place: 1, condition: 'mine', action: 'channel' }],
    [{ name: 'a', place: 1, condition: 'own:x', action: 'channel' }],
    [{ name: 'a', place: 1, condition: 'level-one:h61', action: 'channel' }],
    [{ name: 'a', place: 1, condition: 'codes:*.x.*', action: 'channel' }],
    [{ name: 'a', place: 1, condition: 'any', action: 'upward' }],
    [{ name: 'a', place: 1, condition: 'any', action: 'upward:No Such' }],
  ])('refuses the malformed rule %j and names its line', (text) => {
    const fine = { name: 'fine', place: 5, condition: 'any', action: 'hold' };
    try {
      readRules([fine, text]);
    } catch (error) {
      expect((error as Rejection).problems).toMatchObject([{ code: 'RULE_MALFORMED', line: 2 }]);
      return;
    }
    throw new Error('was not refused');
  });
});
