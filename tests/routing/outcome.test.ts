import fc from 'fast-check';
import { shortDetail } from '../../src/routing/outcome.ts';

describe('the text of a stranger', () => {
  it('is kept when it is short and harmless', () => {
    expect(shortDetail('Hệ thống đang bảo trì 🙂')).toBe('Hệ thống đang bảo trì 🙂');
  });

  it('loses what would move a terminal or turn a line around', () => {
    expect(shortDetail('\u001b[2J\u009b31mx\r\n\u202Egpj.exe\u2066y')).toBe('[2J 31mx gpj.exe y');
  });

  it('is cut to 1 KiB, and not in the middle of a character', () => {
    const cut = shortDetail(`${'x'.repeat(319)}🙂${'x'.repeat(5000)}`);
    expect(cut).toBe(`${'x'.repeat(319)}…`);
    expect(shortDetail('x'.repeat(1024))).toHaveLength(1024);
  });

  it('can always be stored as JSON and as XML, and stays the same when it is cut again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), fc.array(fc.integer({ min: 0, max: 0xffff })), (text, units) => {
        const detail = shortDetail(text + String.fromCharCode(...units));
        expect(Buffer.byteLength(detail)).toBeLessThanOrEqual(1024);
        expect(Buffer.from(detail).toString()).toBe(detail);
        expect(detail).not.toMatch(/[\u0000-\u001f\ufffe\uffff]/);
        expect(shortDetail(detail)).toBe(detail);
      }),
      { numRuns: 300 },
    );
  });
});
