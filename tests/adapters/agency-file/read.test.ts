import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readAgencyFile } from '../../../src/adapters/agency-file/read.ts';
import { Rejection } from '../../../src/routing/problem.ts';

const root = resolve(import.meta.dirname, '../../../..');
const sample = join(root, '../shared/samples/agency-codes/tay-ninh-2020_455rows.tsv');

function read(text: string | Uint8Array, registered: readonly string[] = []) {
  let last = 0;
  return readAgencyFile(Buffer.from(text), {
    newId: () => `id-${++last}`,
    registered: async (codes) => new Set(codes.filter((code) => registered.includes(code))),
  });
}

/** What was found, one word for each: `line kind`, with `!` when the row was left out. */
async function findings(text: string | Uint8Array, registered: readonly string[] = []): Promise<string[]> {
  const { dirty } = await read(text, registered);
  return dirty.map((one) => `${one.line} ${one.kind}${one.dropped ? '!' : ''}`);
}

async function names(text: string | Uint8Array): Promise<string[]> {
  return (await read(text)).agencies.map((agency) => agency.name);
}

const head = 'organId,name\n';

describe('layout of agency files', () => {
  it.each([
    ['tabs', 'organId\tname\n000.00.12.H61\tSở Nội vụ\n'],
    ['commas', 'code,name\n000.00.12.H61,Sở Nội vụ\n'],
    ['semicolons', 'Mã định danh;Tên đơn vị\n000.00.12.H61;Sở Nội vụ\n'],
    ['CR LF and a byte order mark', '\ufefforganId,name\r\n000.00.12.H61,Sở Nội vụ\r\n'],
    ['columns in another order', 'Tên cơ quan,Mã đơn vị\nSở Nội vụ,000.00.12.H61\n'],
    ['quotes', 'organId,name\n"000.00.12.H61","Sở Nội vụ"'],
    ['no header', '000.00.12.H61,Sở Nội vụ\n'],
    ['blank lines', '\n\norganId,name\n\n000.00.12.H61,Sở Nội vụ\n\n'],
    ['JSON', '[{"organId": "000.00.12.H61", "name": "Sở Nội vụ"}]'],
    ['JSON in an object', '{"count": 1, "agencies": [{"code": "000.00.12.H61", "name": "Sở Nội vụ"}]}'],
  ])('reads %s', async (_, text) => {
    expect(await read(text)).toMatchObject({
      rows: 1,
      dirty: [],
      agencies: [{ id: 'id-1', name: 'Sở Nội vụ', codes: [{ code: '000.00.12.H61', scheme: 'qcvn102' }] }],
    });
  });

  it("reads Excel's Unicode text", async () => {
    const text = Buffer.from('\ufefforganId\tname\r\n000.00.12.H61\tSở Nội vụ\r\n', 'utf16le');
    expect(await names(text)).toEqual(['Sở Nội vụ']);
  });

  it('reads quotes inside and outside of quoted cells', async () => {
    const text = `${head}000.00.01.H61,"Công ty ""Sao Mai"", Vĩnh Long"\n000.00.02.H61,Công ty "Sao Mai"\n`;
    expect(await names(text)).toEqual(['Công ty "Sao Mai", Vĩnh Long', 'Công ty "Sao Mai"']);
  });

  it('loses one row, not the rest of the file, to a quote that is never closed', async () => {
    const rows = Array.from({ length: 40 }, (_, at) => `000.00.${at + 10}.H61,Đơn vị ${at}`);
    const text = `${head}000.00.01.H61,"Sở Nội vụ\n${rows.join('\n')}`;
    expect(await findings(text)).toEqual(['2 ROW_MALFORMED!']);
    expect(await names(text)).toHaveLength(40);
  });

  it('leaves out a row with more cells than titles', async () => {
    expect(await findings(`${head}000.00.01.H61,Sở Nội vụ, Vĩnh Long\n000.00.02.H61,Sở Tài chính,\n`)).toEqual(['2 ROW_MALFORMED!']);
  });

  it('names columns that mean nothing', async () => {
    expect((await read('code,name,fax\n000.00.01.H61,A,1\n')).ignored).toEqual(['fax']);
    expect((await read('[{"code": "000.00.01.H61", "name": "A", "fax": "1"}]')).ignored).toEqual(['fax']);
  });

  it.each([
    ['an empty file', ''],
    ['a file without codes', 'name,address\nSở Nội vụ,Vĩnh Long\n'],
    ['broken JSON', '[{"code": '],
    ['JSON without a list', '{"code": "000.00.01.H61"}'],
    ['another encoding', Buffer.from('organId,name\n000.00.01.H61,S\xf0 N\xf4i v\xf4\n', 'latin1')],
  ])('refuses %s', async (_, text) => {
    await expect(read(text)).rejects.toThrow(Rejection);
    await expect(read(text)).rejects.toThrow('AGENCY_FILE_MALFORMED');
  });
});

describe('columns of agency files', () => {
  it('reads everything that an agency may have', async () => {
    const text = [
      'organId,name,scheme,validFrom,validTo,status,policy,channel,pushUrl,pushConcurrency',
      'H61.02,Sở A,qd20,2025-07-01,2030/12/31,suspended,legacy,push,https://a.example/in,3',
    ].join('\n');
    expect((await read(text)).agencies).toEqual([
      {
        id: 'id-1',
        name: 'Sở A',
        status: 'suspended',
        signaturePolicy: 'legacy',
        channel: 'push',
        pushUrl: 'https://a.example/in',
        pushConcurrency: 3,
        codes: [{ code: 'H61.02', scheme: 'qd20', validFrom: '2025-07-01', validTo: '2030-12-31' }],
      },
    ]);
  });

  it('reads several codes of one agency from JSON, and the line each agency begins on', async () => {
    const agencies = [
      { name: 'Xã A', codes: ['000.21.31.H59', { code: 'H61.31.21', scheme: 'qd20', validFrom: '2025-07-01' }] },
      { name: 'Xã "B]"', code: 'x..y' },
    ];
    const { agencies: read1, dirty } = await read(JSON.stringify(agencies, null, 2));
    expect(read1[0]?.codes.map((one) => one.code)).toEqual(['000.21.31.H59', 'H61.31.21']);
    expect(dirty).toMatchObject([{ kind: 'CODE_MALFORMED', line: 13 }]);
  });

  it.each([
    ['a scheme', 'scheme', 'tcvn', 'VALUE_UNKNOWN'],
    ['a channel', 'channel', 'fax', 'VALUE_UNKNOWN'],
    ['a policy', 'policy', 'none', 'VALUE_UNKNOWN'],
    ['a concurrency', 'pushConcurrency', '-1', 'VALUE_UNKNOWN'],
    ['a date', 'validFrom', '01/07/2025', 'DATE_MALFORMED'],
    ['a day that does not exist', 'validFrom', '2025-02-30', 'DATE_MALFORMED'],
    ['a push without URL', 'channel', 'push', 'PUSH_URL_MALFORMED'],
    ['a URL', 'pushUrl', 'ftp://a.example', 'PUSH_URL_MALFORMED'],
    ['a URL with a password', 'pushUrl', 'https://u:p@a.example', 'PUSH_URL_MALFORMED'],
  ])('leaves out a row with %s that can not be', async (_, column, value, kind) => {
    expect(await findings(`code,name,${column}\n000.00.01.H61,A,${value}\n`)).toEqual([`2 ${kind}!`]);
  });

  it('is refused as a whole when parents do not exist or lead back, with every line and reason', async () => {
    const rows = ['1.A,X,', '2.A,X,1.A', '3.A,X,9.Z', '4.A,X,5.A', '5.A,X,4.A', '6.A,X,6.A', '7.A,X,4.A'];
    const refused = await read(`code,name,parent\n${rows.join('\n')}\n`).catch((error: unknown) => error);
    expect((refused as Rejection).problems.map(({ line, code }) => [line, code])).toEqual([
      [4, 'AGENCY_UNKNOWN'],
      [5, 'SUCCESSION_CYCLE'],
      [6, 'SUCCESSION_CYCLE'],
      [7, 'SUCCESSION_CYCLE'],
    ]);
  });

  it('leaves out a code that ends before it begins', async () => {
    expect(await findings('code,name,validFrom,validTo\n000.00.01.H61,A,2025-07-01,2025-06-30\n')).toEqual(['2 DATES_REVERSED!']);
  });
});

describe('dirty rows', () => {
  it.each([
    ['ZERO_WIDTH', 'huyện\u200b Bến Cầu', 'huyện Bến Cầu'],
    ['ODD_BLANK', 'Bệnh viện\u00a0Lao', 'Bệnh viện Lao'],
    ['OUTER_BLANK', ' Sở Nội vụ ', 'Sở Nội vụ'],
    ['DOUBLE_BLANK', 'Sở  Nội vụ', 'Sở Nội vụ'],
    ['NOT_NFC', 'Sở Nội vụ'.normalize('NFD'), 'Sở Nội vụ'],
    ['CONFUSABLE', 'Lê Quý Ðôn', 'Lê Quý Đôn'],
  ])('are cleaned and listed: %s', async (kind, name, cleaned) => {
    const { agencies, dirty } = await read(`${head}000.00.01.H61,${name}\n`);
    expect(agencies.map((agency) => agency.name)).toEqual([cleaned]);
    expect(dirty).toMatchObject([{ line: 2, kind, cleaned, dropped: false }]);
    expect(dirty[0]?.what).not.toBe(cleaned);
  });

  it('list everything that was found in one row', async () => {
    const found = await findings(`${head}\u200b000.00.01.H61,  Lê\u00a0 Quý Ðôn\n`);
    expect(found).toEqual(['2 ODD_BLANK', '2 OUTER_BLANK', '2 DOUBLE_BLANK', '2 CONFUSABLE', '2 ZERO_WIDTH']);
  });

  it.each([
    ['CODE_MALFORMED', '000.1137.H53', 'Phòng Y tế'],
    ['CODE_MALFORMED', '000.00.01,H61', 'x'],
    ['CODE_MALFORMED', 'H61..01', 'x'],
    ['CODE_MALFORMED', '000.00.01.Н61', 'Cyrillic'],
    ['CODE_MISSING', '', 'Sở Nội vụ'],
    ['CODE_TOO_LONG', `H61.${'1'.repeat(35)}`, 'x'],
    ['NAME_MISSING', '000.00.01.H61', '\u200b '],
    ['NAME_TOO_LONG', '000.00.01.H61', 'x'.repeat(201)],
    ['LEGACY_FONT', '000.00.01.H61', 'Së Gi¸o dôc'],
  ])('are left out when they can not be cleaned: %s', async (kind, code, name) => {
    const { agencies, dirty } = await read(`organId\tname\n${code}\t${name}\n`);
    expect(agencies).toEqual([]);
    expect(dirty.filter((one) => one.dropped)).toMatchObject([{ line: 2, kind }]);
  });

  it.each(['000.00.23.H59', '28.22.H17', '14.00.W00', 'H37.DN.001', 'vxp.saas.03', '001.00.20.TT2', '000.00.01.A53', 'H61', '1500123456'])(
    'do not include a code that travels: %s',
    async (code) => {
      expect(await findings(`organId,name\n${code},A\n`)).toEqual([]);
    },
  );

  it('leave out a second row of a code, and say whether the name is the same', async () => {
    const text = `${head}000.00.01.H61,Sở Nội vụ\n000.00.01.H61,SỞ NỘI VỤ\n000.00.01.H61,Sở Tài chính\n`;
    expect(await findings(text)).toEqual(['3 ROW_REPEATED!', '4 CODE_REPEATED!']);
    expect(await names(text)).toEqual(['Sở Nội vụ']);
  });

  it('leave out what is registered already', async () => {
    const text = `${head}000.00.01.H61,A\n000.00.02.H61,B\n`;
    expect(await findings(text, ['000.00.02.H61'])).toEqual(['3 CODE_REGISTERED!']);
  });
});

describe('large agency files', () => {
  it('are read whole: 120,000 rows, half of them dirty', async () => {
    const two = (n: number) => String(n % 100).padStart(2, '0');
    const rows = Array.from({ length: 120_000 }, (_, at) => {
      const code = `${String(Math.floor(at / 10_000)).padStart(3, '0')}.${two(Math.floor(at / 100))}.${two(at)}.H61`;
      return `${code},Ủy ban nhân dân${at % 2 === 0 ? '\u200b' : ''} xã ${at}`;
    });
    const bytes = Buffer.from(head + rows.join('\n'));
    const { agencies, dirty } = await read(bytes);
    expect([agencies.length, dirty.length]).toEqual([120_000, 60_000]);
  });
});

(existsSync(sample) ? describe : describe.skip)('a real provincial table of 455 rows', () => {
  it('is imported after cleaning, with everything that was wrong listed', async () => {
    const { rows, agencies, dirty } = await read(readFileSync(sample));
    const count = (kind: string) => dirty.filter((one) => one.kind === kind).length;
    expect(rows).toBe(455);
    expect([count('ZERO_WIDTH'), count('OUTER_BLANK'), count('CODE_REPEATED'), count('CODE_MALFORMED')]).toEqual([185, 8, 7, 1]);
    expect(agencies).toHaveLength(455 - 7 - 1);
    expect(dirty.filter((one) => one.dropped)).toHaveLength(8);
    expect(dirty.find((one) => one.kind === 'CODE_MALFORMED')).toMatchObject({ line: 183, what: '000.1137.H53' });
    for (const { name } of agencies)
      expect(name).toBe(
        name
          .normalize('NFC')
          .replace(/[\p{Cf}\u00a0]/gu, '')
          .trim(),
      );
  });
});
