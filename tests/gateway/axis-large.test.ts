import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Country, provinces, startCountry } from '../support/country.ts';
import { carry } from '../support/country-load.ts';
import { pdf } from '../support/packages.ts';

const megabyte = 2 ** 20;
const [sender] = provinces.a.units;
const [recipient] = provinces.b.units;
let country: Country;

beforeAll(async () => {
  country = await startCountry('');
}, 300_000);
afterAll(() => country?.close());

async function write(name: string, bytes: number): Promise<string> {
  const path = join(country.a.folder, name);
  const file = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(bytes), Buffer.from('\n%%EOF\n')]);
  const to = [{ code: recipient, name: recipient }];
  await writeFile(path, country.a.agency(sender).document({ to, attachments: [pdf('ban-ve.pdf', { bytes: file })] }));
  return path;
}

it('a package with a file of 60 MB goes up to the axis and comes down from it in memory that does not grow with it', async () => {
  await carry(country, await write('nho.edxml', 5 * megabyte));
  const grown = await carry(country, await write('lon.edxml', 60 * megabyte));
  // The base64 of the file alone is 80 MB.
  expect(Math.max(...Object.values(grown))).toBeLessThan(64 * megabyte);
}, 300_000);
