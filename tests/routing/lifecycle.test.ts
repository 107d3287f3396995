import fc from 'fast-check';
import { chooseTarget, nextLook, referenceKey } from '../../src/routing/acts.ts';
import type { StatusEvent } from '../../src/routing/business.ts';
import { businessState } from '../../src/routing/business.ts';
import type { Copy, Deed, Situation } from '../../src/routing/lifecycle.ts';
import { effectOf } from '../../src/routing/lifecycle.ts';

const fresh: Copy = { received: 'no', underWay: false };
const delivered: Copy = { received: 'yes', underWay: false };
const situation = (copy?: Copy, more: Partial<Situation> = {}): Situation => ({
  ...(copy === undefined ? {} : { copy }),
  addressed: true,
  recalled: false,
  ...more,
});

describe('what an act does for one recipient', () => {
  it.each<[string, Deed, Situation, object]>([
    [
      'a recall of what has not arrived',
      'recall',
      situation(fresh),
      { copy: 'withdraw', notice: { end: 'cancelled', because: 'ACT_BEFORE_DELIVERY' } },
    ],
    ['a recall of what has arrived', 'recall', situation(delivered), { standing: 'recalled', notice: { gate: 'order' } }],
    ['a recall during an attempt', 'recall', situation({ ...fresh, underWay: true }), { copy: 'withdraw', notice: { gate: 'received' } }],
    [
      'a recall of what may have arrived',
      'recall',
      situation({ ...fresh, received: 'maybe' }),
      { copy: 'withdraw', notice: { gate: 'order' } },
    ],
    [
      'the same recall again',
      'recall',
      situation({ ...delivered, standing: 'recalled' }),
      { notice: { end: 'cancelled', because: 'ACT_REPEATED' } },
    ],
    ['a recall again after a 16', 'recall', situation({ ...delivered, standing: 'recalled', answer: '16' }), { notice: { gate: 'order' } }],
    [
      'a recall of a replaced document',
      'recall',
      situation({ ...delivered, standing: 'replaced' }),
      { standing: 'recalled', notice: { gate: 'order' } },
    ],
    ['a recall for a stranger', 'recall', situation(), { notice: { end: 'failed', because: 'ACT_NOT_A_RECIPIENT' } }],
    ['an update', 'amend', situation(fresh), { copy: 'keep', notice: { gate: 'order' } }],
    [
      'an update of a recalled document',
      'amend',
      situation({ ...delivered, standing: 'recalled' }),
      { notice: { end: 'failed', because: 'TARGET_RECALLED' } },
    ],
    [
      'an update of a replaced document',
      'amend',
      situation({ ...delivered, standing: 'replaced' }),
      { notice: { end: 'failed', because: 'TARGET_REPLACED' } },
    ],
    ['a recipient added', 'add', situation(), { copy: 'send', notice: { gate: 'order' } }],
    ['a recipient added that was removed in time', 'add', situation({ ...fresh, standing: 'removed' }), { copy: 'send', standing: null }],
    [
      'a recipient added to a recalled document',
      'add',
      situation(undefined, { recalled: true }),
      { notice: { end: 'failed', because: 'TARGET_RECALLED' } },
    ],
    ['a recipient removed in time', 'remove', situation(fresh), { copy: 'withdraw', standing: 'removed', notice: { end: 'cancelled' } }],
    ['a recipient removed too late', 'remove', situation(delivered), { standing: 'removed', notice: { gate: 'order' } }],
    ['a replacement', 'replace', situation(fresh), { copy: 'keep', standing: 'replaced', notice: { gate: 'order' } }],
    [
      'a replacement of a recalled document',
      'replace',
      situation({ ...delivered, standing: 'recalled' }),
      { copy: 'keep', notice: { gate: 'order' } },
    ],
    ['a replacement for one who never had it', 'replace', situation(), { copy: 'keep', notice: { gate: 'order' } }],
    [
      'a replacement only listed for one who never had it',
      'replace',
      situation(undefined, { addressed: false }),
      { notice: { end: 'failed' } },
    ],
  ])('%s', (_, deed, given, expected) => {
    expect(effectOf(deed, given)).toMatchObject(expected);
  });

  const copies = fc.record(
    {
      received: fc.constantFrom('yes' as const, 'maybe' as const, 'no' as const),
      underWay: fc.boolean(),
      standing: fc.constantFrom('recalled' as const, 'removed' as const, 'replaced' as const),
      answer: fc.constantFrom('15' as const, '16' as const),
    },
    { requiredKeys: ['received', 'underWay'] },
  );
  const deeds = fc.constantFrom<Deed>('recall', 'amend', 'add', 'remove', 'replace');

  it('keeps its promises in every situation', () => {
    fc.assert(
      fc.property(deeds, copies, fc.boolean(), fc.boolean(), (deed, copy, addressed, recalled) => {
        const { copy: done, notice } = effectOf(deed, { copy, addressed, recalled });
        const withdraws = deed === 'recall' || deed === 'remove';
        // only a recall or a removal takes anything back, and it tells everybody who has, or may have, the document
        if (done === 'withdraw') expect(withdraws).toBe(true);
        if (done === 'withdraw' && (copy.received !== 'no' || copy.underWay)) expect(notice).toHaveProperty('gate');
        // who certainly has nothing is told nothing of a recall
        if (withdraws && copy.received === 'no' && !copy.underWay) expect(notice).toHaveProperty('end');
        // nothing is updated where it was taken back, unless the recipient refused to give it back
        if (deed === 'amend' && copy.standing === 'recalled' && copy.answer !== '16') expect(notice).toHaveProperty('end');
      }),
    );
  });

  it('does nothing the second time', () => {
    fc.assert(
      fc.property(fc.constantFrom<Deed>('recall', 'remove'), copies, (deed, copy) => {
        const first = effectOf(deed, situation(copy));
        if (first.standing === undefined || first.standing === null) return;
        const { answer: _, ...unanswered } = copy;
        const second = effectOf(deed, situation({ ...unanswered, standing: first.standing }));
        expect(second).toEqual({ copy: 'keep', notice: { end: 'cancelled', because: 'ACT_REPEATED' } });
      }),
    );
  });
});

describe('the document that is meant', () => {
  const own = (rank: number, packageId: string) => ({ rank, packageId, own: true });

  it('is the only one that the first successful way of naming finds', () => {
    expect(chooseTarget([own(2, 'b'), own(1, 'a'), own(1000, 'c')])).toEqual({ found: 'one', packageId: 'a' });
    expect(chooseTarget([own(1, 'a'), own(1, 'a')])).toEqual({ found: 'one', packageId: 'a' });
  });

  it('is never guessed', () => {
    expect(chooseTarget([own(1, 'b'), own(1, 'a'), own(2, 'c')])).toEqual({ found: 'several', packageIds: ['a', 'b'] });
    expect(chooseTarget([])).toEqual({ found: 'none' });
    expect(chooseTarget([{ rank: 1, packageId: 'a', own: false }])).toEqual({ found: 'foreign' });
  });

  it('is found by number and notation without leading zeros and look-alikes of Đ', () => {
    expect(referenceKey('007/QÐ-UBND')).toBe(referenceKey('7/QĐ-UBND'));
    expect(referenceKey('28/2018/QĐ-TTg')).toBe('28/2018/QĐ-TTg');
  });

  it('is looked for soon at first and then every five minutes', () => {
    const at = new Date('2026-03-02T00:00:00Z');
    const later = (seconds: number) => new Date(at.getTime() + seconds * 1000);
    expect(nextLook(at, at)).toEqual(later(2));
    expect(nextLook(at, later(400))).toEqual(later(500));
    expect(nextLook(at, later(100_000))).toEqual(later(100_300));
  });
});

describe('business statuses', () => {
  const start = new Date('2026-03-02T02:00:00Z').getTime();
  const said = (code: string, stated: number | undefined, received: number): StatusEvent => ({
    packageId: code,
    code,
    ...(stated === undefined ? {} : { statedAt: new Date(start + stated * 1000) }),
    receivedAt: new Date(start + received * 1000),
    description: '',
    staff: {},
    signature: 'valid',
  });

  it.each<[string, StatusEvent[], string | undefined, string[]]>([
    ['in order', [said('01', 1, 1), said('03', 2, 2), said('06', 3, 3)], '06', []],
    ['a late 01 with its own time is no step back', [said('03', 5, 1), said('01', 1, 9)], '03', []],
    ['03 and 05 in the same second', [said('05', 7, 1), said('03', 7, 2)], '05', []],
    ['04 after 05 is flagged and undoes nothing', [said('05', 1, 1), said('04', 2, 2)], '05', ['04']],
    ['06 without 03', [said('06', undefined, 1)], '06', []],
    ['a refusal after acceptance is flagged and stands', [said('03', 1, 1), said('02', 2, 2)], '02', ['02']],
    ['an acceptance after a refusal is flagged and stands', [said('02', 1, 1), said('03', 2, 2)], '03', ['03']],
    ['an answer is not a state', [said('15', 1, 1)], undefined, []],
  ])('%s', (_, events, current, flagged) => {
    const state = businessState(events);
    expect(state.current?.code).toBe(current);
    expect(state.history.filter(({ regression }) => regression).map(({ code }) => code)).toEqual(flagged);
  });

  it('come to the same whatever the order of their arrival', () => {
    const events = ['01', '02', '03', '04', '05', '06', '15'].map((code, i) => said(code, i, i));
    fc.assert(
      fc.property(fc.shuffledSubarray(events), (some) => {
        const sorted = [...some].sort((a, b) => a.code.localeCompare(b.code));
        expect(businessState(some)).toEqual(businessState(sorted));
      }),
    );
  });
});
