import { UsageFault } from '../../src/cli/failure.ts';
import { readMoment, shownMoment } from '../../src/cli/moment.ts';
import { shownSize } from '../../src/cli/sizes.ts';
import { displayWidth, facts, oneLine, table } from '../../src/cli/table.ts';

describe('a table', () => {
  it('is aligned by what a terminal shows, not by how letters are encoded', () => {
    const columns = [
      { vi: 'Tên', en: 'Name' },
      { vi: 'Số', en: 'Count', right: true },
    ];
    const text = table(columns, [
      ['Sở Nội vụ', '7'],
      ['Sở Nội vụ'.normalize('NFD'), '12'],
      ['東京', '3'],
    ]);
    const widths = text.trimEnd().split('\n').map(displayWidth);
    expect(new Set(widths)).toEqual(new Set([9 + 2 + 5]));
  });

  it('shows nothing of what could move the cursor or turn the writing around', () => {
    expect(oneLine('a\u001b[31m\nb\u202ec\tđ')).toBe('a [31m b c đ');
    expect(table([{ vi: 'x', en: 'x' }], [['\u001b[2J']])).not.toContain('\u001b');
    expect(facts([['a', 'x\ny']])).toBe('a  x y\n');
  });

  it('leaves out what is not known', () => {
    expect(
      facts([
        ['a', undefined],
        ['bc', 'd'],
      ]),
    ).toBe('bc  d\n');
  });
});

describe('a moment on the command line', () => {
  const now = new Date('2026-03-02T10:00:00Z');

  it.each([
    ['2h', 'since', '2026-03-02T08:00:00.000Z'],
    ['30s', 'since', '2026-03-02T09:59:30.000Z'],
    ['1w', 'until', '2026-02-23T10:00:00.000Z'],
    ['2026-03-02', 'since', '2026-03-01T17:00:00.000Z'],
    ['2026-03-02', 'until', '2026-03-02T17:00:00.000Z'],
    ['2026-03-02T09:15:00+07:00', 'since', '2026-03-02T02:15:00.000Z'],
    ['2026-03-02T02:15Z', 'since', '2026-03-02T02:15:00.000Z'],
  ] as const)('%s as %s is %s', (text, end, moment) => {
    expect(readMoment(text, now, end).toISOString()).toBe(moment);
  });

  it.each(['yesterday', '2026-13-01', '02/03/2026', '2026-03-02T09:15:00', '-2h', ''])('is not %j', (text) => {
    expect(() => readMoment(text, now, 'since')).toThrow(UsageFault);
  });

  it('is shown in Viet Nam time', () => {
    expect(shownMoment(new Date('2026-03-02T20:00:00Z'))).toBe('2026-03-03 03:00:00');
    expect(shownMoment('2026-03-02T09:15:00.000+07:00')).toBe('2026-03-02 09:15:00');
  });
});

describe('a size', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 KB'],
    [403_776, '403.8 KB'],
    [500_000_000, '500.0 MB'],
    [2 ** 41, '2.2 TB'],
  ])('of %d is %s', (bytes, text) => {
    expect(shownSize(bytes)).toBe(text);
  });
});
