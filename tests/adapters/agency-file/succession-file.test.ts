import { readRule, readSuccessionFile } from '../../../src/adapters/agency-file/succession-file.ts';
import { Rejection } from '../../../src/routing/problem.ts';

const read = (text: string) => readSuccessionFile('x.csv', Buffer.from(text)).rows;

function refusal(text: string): string[] {
  try {
    read(text);
  } catch (error) {
    if (error instanceof Rejection) return error.problems.map((one) => `${one.line ?? ''} ${one.code} ${one.params?.['detail'] ?? ''}`);
    throw error;
  }
  throw new Error('not refused');
}

describe('a file of successions', () => {
  it('is read whatever the delimiter and the language of the titles', () => {
    const expected = [{ line: 2, kind: 'merge', from: '000.00.23.H59', to: '000.00.23.H61', on: '2025-07-01', basis: 'NQ 202' }];
    expect(read('kind,from,to,on,basis\nmerge,000.00.23.H59,000.00.23.H61,2025-07-01,NQ 202')).toEqual(expected);
    expect(read('Loại\tMã cũ\tKế thừa\tNgày hiệu lực\tCăn cứ\nMERGE\t 000.00.23.H59\u200b\t000.00.23.H61\t2025/07/01\tNQ 202')).toEqual(
      expected,
    );
  });

  it('gives a new code the scheme of its form', () => {
    expect(read('kind,from,on,code\nrename,H59,2025-07-01,H61.02.03')).toMatchObject([{ code: { code: 'H61.02.03', scheme: 'qd20' } }]);
    expect(read('kind,from,on,code,scheme\nrename,H59,2025-07-01,abc,axis')).toMatchObject([{ code: { code: 'abc', scheme: 'axis' } }]);
  });

  it.each([
    ['merge,H59,,2025-07-01,,,', 'to'],
    ['merge,,H61,2025-07-01,,,', 'from'],
    ['eat,H59,H61,2025-07-01,,,', 'kind: eat'],
    ['close,H59,H61,2025-07-01,,,', 'to'],
    ['merge,H59,H61,2025-02-30,,,', 'on: 2025-02-30'],
    ['merge,H59,H61,01/07/2025,,,', 'on: 01/07/2025'],
    ['rename,H59,,2025-07-01,,,', 'name'],
    ['rename,H59,,2025-07-01,,00.1.H61,', 'code: 00.1.H61'],
    ['rename,H59,,2025-07-01,Së Gi¸o dôc,,', 'TCVN3'],
    ['split,H59,H61,2025-07-01,,,colour=red', 'rule: colour=red'],
    ['merge,H59,H61,2025-07-01,,,*', 'rule'],
    ['merge,H59; drop,H61,2025-07-01,,,', 'from: H59; drop'],
  ])('refuses %s and says why', (row, why) => {
    const [problem = ''] = refusal(`kind,from,to,on,name,code,rule\n${row}`);
    expect(problem).toContain('2 SUCCESSION_ROW_INVALID');
    expect(problem).toContain(why);
  });

  it('names every bad row at once', () => {
    expect(
      refusal('kind,from,to,on\nx,H59,H61,2025-07-01\nmerge,H59,H61,2025-07-01\nmerge,H59,H61,y').map((one) => one.slice(0, 2)),
    ).toEqual(['2 ', '4 ']);
  });

  it.each([
    ['nothing', ''],
    ['titles alone', 'kind,from\n'],
    ['another table', 'organId,name\nH59,x'],
    ['what is not UTF-8', Buffer.from([0x6b, 0xff, 0xfe, 0xfa])],
  ])('refuses %s', (_, text) => {
    expect(() => readSuccessionFile('x', Buffer.from(text as string))).toThrow('SUCCESSION_FILE_MALFORMED');
  });
});

describe('a rule of a split', () => {
  it('is a list of conditions, or a star', () => {
    expect(readRule('subject=giáo dục| y tế ;sender=G22')).toEqual({ subject: ['giáo dục', 'y tế'], sender: ['G22'] });
    expect(readRule(' * ')).toEqual({});
    for (const bad of ['', 'subject', 'subject=', 'subject=a||b', 'x=1', 'type=a;type=b']) expect(readRule(bad)).toBeNull();
  });
});
