import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { TestGateway } from '../support/gateway.ts';
import { startTestGateway, usual } from '../support/gateway.ts';
import { pdf } from '../support/packages.ts';

const { department } = usual;
const subject = 'V/v phương án Hải đăng 8472';
/** Long enough to be lifted to disk. */
const scan = pdf('Hai-dang-8472.pdf', { bytes: Buffer.from(`%PDF-1.7\n${'Hải đăng 8472 '.repeat(4000)}\n%%EOF\n`) });

let gateway: TestGateway;

beforeAll(async () => {
  const fields = { SphereOfPromulgation: 'word', AttachmentName: 'alone' };
  gateway = await startTestGateway({ env: { LIENTHONG_SECRECY: JSON.stringify({ fields }) } });
});
afterAll(() => gateway?.close());

async function send(spec: Parameters<ReturnType<TestGateway['agency']>['document']>[0]) {
  const body = new Uint8Array(gateway.agency(department).document(spec));
  const answer = await gateway.request('/v1/packages', { as: department, headers: { 'content-type': 'application/xml' }, body });
  return { status: answer.status, text: await answer.text() };
}

/** Every file under the data folder and every text in the database that holds one of the words. */
async function traces(words: readonly string[]): Promise<string[]> {
  const data = gateway.env['LIENTHONG_DATA'] ?? '';
  const entries = await readdir(data, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    entries.filter((one) => one.isFile()).map(async (one) => [one.name, await readFile(join(one.parentPath, one.name), 'utf8')] as const),
  );
  const pool = new pg.Client({ connectionString: gateway.env['DATABASE_URL'] });
  await pool.connect();
  try {
    const tables = await pool.query<{ name: string }>(`select tablename as name from pg_tables where schemaname = 'public'`);
    const rows = await Promise.all(
      tables.rows.map(async ({ name }) =>
        (await pool.query<{ all: string }>(`select x::text as all from "${name}" x`)).rows.map((row) => [name, row.all] as const),
      ),
    );
    return [...files, ...rows.flat()].filter(([, text]) => words.some((one) => text.includes(one))).map(([name]) => name);
  } finally {
    await pool.end();
  }
}

describe('a document marked as a state secret', () => {
  it('is refused with one code that says where, and nothing of it is kept', async () => {
    const { status, text } = await send({ subject, sphere: 'Độ mật: Tối mật', priority: 9, attachments: [scan] });
    expect(status).toBe(422);
    const { problems } = JSON.parse(text) as { problems: { code: string; at: string; vi: string }[] };
    expect(problems.map(({ code }) => code)).toEqual(['STATE_SECRET']);
    expect(problems[0]).toMatchObject({ at: expect.stringContaining('SphereOfPromulgation'), vi: expect.stringContaining('TỐI MẬT') });
    expect(text).not.toContain('8472');
    const base64 = Buffer.from('Hải đăng 8472 '.repeat(6)).toString('base64').slice(0, 40);
    expect(await traces(['Hải đăng', 'Hai-dang', base64])).toEqual([]);
    const { packages } = await gateway.client(department).packages({ accepted: false, limit: 10 });
    expect(packages).toHaveLength(1);
  });

  it('is refused for the fields that the policy adds', async () => {
    const { status, text } = await send({ attachments: [pdf('Bao cao (MẬT).pdf')] });
    expect(status).toBe(422);
    expect(text).toContain('STATE_SECRET');
  });

  it('is told from one that speaks about secrecy', async () => {
    const { status } = await send({ subject: 'V/v bảo vệ bí mật kinh doanh', sphere: 'Công khai' });
    expect(status).toBe(201);
  });
});
