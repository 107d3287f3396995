import type { LevelOne } from '../../src/routing/level-one.ts';
import { codePath, levelOneOf, levelOneOn } from '../../src/routing/level-one.ts';

const known = new Set(['H37', 'H53', 'H59', 'H61', 'G12']);

describe('the level-1 unit of a code', () => {
  it.each([
    ['000.00.00.H53', 'H53', 'H53'],
    ['000.21.31.H53', 'H53', 'H53 31 21'],
    ['001.01.07.H53', 'H53', 'H53 07 01 001'],
    ['28.22.H53', 'H53', 'H53 22 28'],
    ['H37.02.02', 'H37', 'H37 02 02'],
    ['H37.DN.001', 'H37', 'H37 DN 001'],
    ['G12', 'G12', 'G12'],
  ])('%s: %s, wherever it stands', (code, levelOne, path) => {
    expect(levelOneOf(code, known)).toBe(levelOne);
    expect(codePath(code, known)).toEqual(path.split(' '));
  });

  it.each(['000.00.00.H99', 'vxp.saas.03', 'H37.H53', '0316012345'])('%s: not known, or not one', (code) => {
    expect(levelOneOf(code, known)).toBeUndefined();
    expect(codePath(code, known)).toBeUndefined();
  });

  it('has no path when it stands in the middle: the order of the others is not known', () => {
    expect(levelOneOf('01.H37.02', known)).toBe('H37');
    expect(codePath('01.H37.02', known)).toBeUndefined();
  });
});

describe('who answers for a level-1 code', () => {
  const unit = (code: string, more: Partial<LevelOne> = {}): [string, LevelOne] => [
    code,
    { code, name: code, confirmed: true, source: 'test', ...more },
  ];
  const units = new Map([
    unit('H61'),
    unit('H59', { closedOn: '2025-07-01', successor: 'H61' }),
    unit('G04', { closedOn: '2025-03-01' }),
    unit('X01', { closedOn: '2025-03-01', successor: 'X02' }),
    unit('X02', { closedOn: '2025-03-01', successor: 'X01' }),
  ]);

  it('is itself until the day it is closed, then the one that follows', () => {
    expect(levelOneOn('H59', '2025-06-30', units)?.code).toBe('H59');
    expect(levelOneOn('H59', '2025-07-01', units)?.code).toBe('H61');
    expect(levelOneOn('G04', '2026-01-01', units)).toBeUndefined();
    expect(levelOneOn('H99', '2026-01-01', units)).toBeUndefined();
    expect(() => levelOneOn('X01', '2026-01-01', units)).toThrow('circle');
  });
});
