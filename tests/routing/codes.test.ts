import { codes } from '../../src/routing/codes/index.ts';
import { problemText } from '../../src/routing/problem.ts';

const rows = Object.entries(codes);
/** Names of the values in a text; `whyVi` is `why` in Vietnamese. */
const placeholders = (text: string) => [...text.matchAll(/\{(\w+?)(?:Vi)?\}/g)].map((match) => match[1]).toSorted();

describe('the table of codes', () => {
  it.each(rows)('%s says in both languages what is wrong and what to do', (_, { vi, en, fixVi, fixEn }) => {
    for (const text of [vi, en, fixVi, fixEn]) expect(text.trim().length).toBeGreaterThan(5);
    for (const text of [vi, fixVi]) expect(text).toMatch(/[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]/i);
    for (const text of [vi, fixVi]) expect(text).toBe(text.normalize('NFC'));
  });

  it.each(rows)('%s names the same values in both languages', (_, { vi, en, fixVi, fixEn }) => {
    expect(placeholders(en)).toEqual(placeholders(vi));
    expect(placeholders(fixEn)).toEqual(placeholders(fixVi));
  });

  it.each(rows)('%s is a word in capitals with a status of HTTP', (code, { status }) => {
    expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
    expect(status >= 400 && status < 600).toBe(true);
  });

  it('cuts what strangers wrote', () => {
    const { vi, en } = problemText({ code: 'NOT_XML', params: { detail: 'x'.repeat(5000) } });
    expect(vi.length).toBeLessThan(300);
    expect(en).toContain('…');
  });
});
