import { presentable, Rejection, reject } from '../../src/routing/problem.ts';

describe('a problem', () => {
  it('is cut where a stranger wrote too much', () => {
    const { at, params } = presentable({
      code: 'NOT_XML',
      at: `/${'a'.repeat(10_000)}`,
      params: { detail: 'b'.repeat(10_000), offset: 7 },
    });
    expect(at?.length).toBeLessThan(600);
    expect(String(params?.['detail']).length).toBeLessThan(600);
    expect(params?.['offset']).toBe(7);
  });

  it('holds nothing that XML or the database can’t, or that a terminal would obey', () => {
    const { params } = presentable({ code: 'NOT_XML', params: { detail: 'a\0b\u001b[31mc\u009bd\ufffee\ud800f\tĐ😀' } });
    expect(params?.['detail']).toBe('a\ufffdb\ufffd[31mc\ufffdd\ufffde\ufffdf\tĐ😀');
  });

  it('is so in every rejection', () => {
    expect(reject('NOT_XML', { params: { detail: '\0' } }).problems[0]?.params?.['detail']).toBe('\ufffd');
    expect(new Rejection([{ code: 'NOT_XML', at: '\0' }]).problems[0]?.at).toBe('\ufffd');
  });
});
