import { readDay, readTimestamp } from '../../../src/adapters/edxml/calendar.ts';
import { clean, contentId } from '../../../src/adapters/edxml/path.ts';
import { looksLegacy } from '../../../src/adapters/edxml/rules/legacy-text.ts';

describe('days of a packet', () => {
  it.each([
    ['2026/03/02', '2026-03-02'],
    ['2024/02/29', '2024-02-29'],
  ])('%s is a day', (text, day) => expect(readDay(text)).toEqual({ kind: 'day', day }));

  it.each(['2014/02/30', '2025/02/29', '2026/13/01', '2026/00/10', '2026/04/31', '0036/04/11', '0020/01/01'])(
    '%s does not exist',
    (text) => {
      expect(readDay(text)).toEqual({ kind: 'impossible' });
    },
  );

  it.each([
    ['30/10/2020', '2020/10/30'],
    ['3/4/2026', '2026/04/03'],
    ['2026-03-02', '2026/03/02'],
    ['2026/3/2', '2026/03/02'],
    ['2026-03-02T09:15:00+07:00', '2026/03/02'],
    ['2026/03/02 09:15:00', '2026/03/02'],
    ['02.03.2026', '2026/03/02'],
    ['31/02/2026', 'yyyy/MM/dd'],
    ['1761211722949', 'yyyy/MM/dd'],
    ['hôm nay', 'yyyy/MM/dd'],
    ['２０２６/03/02', 'yyyy/MM/dd'],
  ])('%s should be written %s', (text, suggested) => expect(readDay(text)).toEqual({ kind: 'malformed', suggested }));
});

describe('timestamps of a packet', () => {
  it('have no zone and mean Viet Nam time', () => {
    expect(readTimestamp('2026/03/02 00:30:00')?.toISOString()).toBe('2026-03-01T17:30:00.000Z');
  });

  it.each(['2026/03/02', '2026/03/02 24:00:00', '2026/02/30 10:00:00', '2026-03-02T10:00:00', '2026/03/02 10:00'])('%s is none', (text) => {
    expect(readTimestamp(text)).toBeUndefined();
  });
});

describe('content ids', () => {
  it.each(['x', 'cid:x', 'cid:cid:x', 'CID:x', '<x>', 'cid:<x>', '<cid:x>', ' cid: x'])('%s is x', (raw) => {
    expect(contentId(raw)).toBe('x');
  });

  it('keeps what only looks like it inside', () => {
    expect(contentId('acid:x>')).toBe('acid:x>');
  });
});

describe('text for matching', () => {
  it('loses what nobody sees and is composed', () => {
    expect(clean(' huyện\u200b Bến Ca\u0302\u0300u\u00a0')).toBe('huyện Bến Cầu');
    expect(clean('\ufeffA\u202eB')).toBe('AB');
  });
});

describe('old encodings', () => {
  it.each([
    'Cộng hòa xã hội chủ nghĩa Việt Nam',
    'V/v hoà giải, khoẻ mạnh, quần soóc',
    'Báo cáo «quý I» của UBND',
    'Diện tích 12 m² và 5 m³',
    'QĐ-UBND',
    'Müller & Söhne',
    'Công ty TNHH ABC® (Việt Nam)',
    '',
  ])('%s is Unicode', (text) => expect(looksLegacy(text)).toBe(false));

  it.each([
    'Céng hßa x· héi chñ nghÜa ViÖt Nam',
    'TruyÒn h×nh ViÖt Nam ®­îc',
    'Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam',
    'Tröôøng Ñaïi hoïc',
  ])('%s is not', (text) => expect(looksLegacy(text)).toBe(true));
});
