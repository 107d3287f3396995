import { addresseeOf, heirsOf, mayActFor } from '../../src/routing/addressee.ts';
import { ended, entry } from '../support/agency-entries.ts';

const travinh = '000.00.23.H59';
const vinhlong = entry('000.00.23.H61');

describe('who receives what is addressed to a code', () => {
  it('is the agency that has it', () => {
    expect(addresseeOf(travinh, entry(travinh))).toMatchObject({ kind: 'agency', agency: { id: travinh } });
  });

  it('is nobody when nobody has it', () => {
    expect(addresseeOf(travinh, undefined)).toEqual({ kind: 'unknown' });
  });

  it('is the one that an ended agency was merged into, step by step', () => {
    const first = ended('000.00.22.H59', [ended(travinh, [vinhlong], { on: '2026-01-01' })], { basis: 'NQ 202/2025/QH15' });
    const middle = { ...first, ending: { ...first.ending, successors: [{ to: { ...ended(travinh, [vinhlong]), code: travinh } }] } };
    expect(addresseeOf('000.00.22.H59', middle as typeof first)).toMatchObject({
      kind: 'successor',
      agency: { id: vinhlong.id },
      steps: [
        { kind: 'merge', on: '2025-07-01', from: '000.00.22.H59', to: travinh, basis: 'NQ 202/2025/QH15' },
        { kind: 'merge', on: '2025-07-01', from: travinh, to: '000.00.23.H61' },
      ],
    });
  });

  it('is the same agency when only its code has run out', () => {
    const recoded = entry(travinh, { code: '000.00.99.H61', codeValid: false });
    expect(addresseeOf(travinh, recoded)).toMatchObject({
      kind: 'successor',
      agency: { id: travinh },
      steps: [{ kind: 'recode', from: travinh, to: '000.00.99.H61' }],
    });
    const { code: _, ...codeless } = recoded;
    expect(addresseeOf(travinh, codeless)).toMatchObject({ kind: 'closed' });
  });

  it('is nobody after a closure, and nobody before the first day of a code', () => {
    expect(addresseeOf(travinh, ended(travinh, []))).toMatchObject({ kind: 'closed' });
    expect(addresseeOf(travinh, ended(travinh, [ended('H61', [])]))).toMatchObject({ kind: 'closed', agency: { id: 'H61' } });
    expect(addresseeOf(travinh, entry(travinh, { status: 'closed' }))).toMatchObject({ kind: 'closed' });
    expect(addresseeOf(travinh, entry(travinh, { codeValid: false, beginsOn: '2027-01-01' }))).toMatchObject({
      kind: 'not-yet',
      beginsOn: '2027-01-01',
    });
  });

  it('stays the successor while that is suspended: what happens then is not for the directory to say', () => {
    const suspended = entry('H61', { status: 'suspended' });
    expect(addresseeOf(travinh, ended(travinh, [suspended]))).toMatchObject({ kind: 'successor', agency: { status: 'suspended' } });
  });
});

describe('after a split', () => {
  const health = entry('000.00.31.H61');
  const schools = entry('000.00.32.H61');
  const rest = entry('000.00.33.H61');
  const byHand = ended(travinh, [health, schools]);

  it('a person chooses among all that follow', () => {
    expect(addresseeOf(travinh, byHand)).toMatchObject({ kind: 'held', candidates: [{ id: health.id }, { id: schools.id }] });
    expect(addresseeOf(travinh, byHand, { subject: 'giáo dục' })).toMatchObject({ kind: 'held' });
  });

  it('the candidates are those that answer today', () => {
    const later = ended(travinh, [ended('H60', [health]), schools, ended('H62', [])]);
    expect(addresseeOf(travinh, later)).toMatchObject({ kind: 'held', candidates: [{ id: health.id }, { id: schools.id }] });
  });

  it('the first rule that holds decides, then the one for everything else', () => {
    const ruled = ended(travinh, [
      [schools, { subject: ['giáo dục', 'trường học'] }],
      [health, { sender: ['G18'], notation: ['BYT', 'SYT'] }],
      [rest, {}],
    ]);
    const to = (subject: string, sender = '000.00.01.H61', notation = 'UBND-VX') => {
      const found = addresseeOf(travinh, ruled, { subject, sender, notation, typeName: '' });
      return found.kind === 'successor' ? found.agency.id : found.kind;
    };
    expect(to('V/v khai giảng TRƯỜNG HỌC mới')).toBe(schools.id);
    expect(to('V/v truong hoc')).toBe(schools.id);
    expect(to('V/v giáo dụcx')).toBe(rest.id);
    expect(to('V/v tiêm chủng', '000.00.05.G18', 'BYT-KHTC')).toBe(health.id);
    expect(to('V/v tiêm chủng', '000.00.05.G18', 'KHTC')).toBe(rest.id);
  });

  it('a person chooses when no rule holds, or when what a rule asks for is not known', () => {
    const ruled = ended(travinh, [
      [schools, { subject: ['giáo dục'] }],
      [health, { typeName: ['Công văn'] }],
    ]);
    expect(addresseeOf(travinh, ruled, { subject: 'khác', typeName: 'Tờ trình' })).toMatchObject({ kind: 'held' });
    const otherwise = ended(travinh, [
      [schools, { subject: ['giáo dục'] }],
      [rest, {}],
    ]);
    expect(addresseeOf(travinh, otherwise, {})).toMatchObject({ kind: 'held' });
    expect(addresseeOf(travinh, otherwise, { subject: '' })).toMatchObject({ kind: 'successor', agency: { id: rest.id } });
  });
});

describe('who may act for an agency', () => {
  const a = entry('A.H61');
  const b = entry('B.H61');

  it('is itself while it exists, then all that follow it, and nobody else', () => {
    expect(heirsOf(a)).toEqual([a]);
    const split = ended('H59', [ended('H58', [a]), b, a]);
    expect(heirsOf(split).map((heir) => heir.id)).toEqual([a.id, b.id]);
    expect(mayActFor(a.id, split)).toBe(true);
    expect(mayActFor('H59', split)).toBe(true);
    expect(mayActFor('H58', split)).toBe(false);
    expect(heirsOf(ended('H59', []))).toEqual([]);
    expect(heirsOf(entry('H59', { status: 'closed' }))).toEqual([]);
  });
});
