import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLevelOneFile } from '../src/adapters/agency-file/level-one-file.ts';
import { readAgencyFile } from '../src/adapters/agency-file/read.ts';
import { readSuccessionFile } from '../src/adapters/agency-file/succession-file.ts';
import { readConfig } from '../src/config.ts';
import { productRoot } from '../src/paths.ts';
import { addresseeOf } from '../src/routing/addressee.ts';
import type { Store } from '../src/store.ts';
import { openStore } from '../src/store.ts';
import type { Judged } from './report.ts';
import { tell } from './report.ts';

const mergedCommunes = 3321;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const day = '2026-03-02';

/** A directory of a country: import, look-ups, search, and the mergers of July 2025. */
export async function directory(): Promise<Judged[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-bench-'));
  const store = await openStore(readConfig({ LIENTHONG_DATA: join(folder, 'data') }), silent);
  try {
    await store.levelOne.load(readLevelOneFile(await readFile(join(productRoot, 'schemas', 'codes', 'level-one.csv'))), 'bench');
    return [...(await importing(store)), ...(await lookingUp(store)), ...(await searching(store)), ...(await merging(store))];
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const provinces = Array.from({ length: 63 }, (_, i) => `H${String(i + 1).padStart(2, '0')}`);
const two = (n: number) => String(n).padStart(2, '0');
const places = ['Đông Thạnh', 'Long Đức', 'Hòa Bình', 'Tân Phú', 'Mỹ Lộc', 'An Thạnh', 'Bình Minh', 'Càng Long', 'Phú Quới', 'Trà Ôn'];
const kinds = ['Ủy ban nhân dân xã', 'Trung tâm Y tế', 'Trường Tiểu học', 'Phòng Tư pháp', 'Chi cục Thuế', 'Đội Quản lý thị trường'];

/** The 121,023 codes of a whole country: a province, 96 agencies right under it, and units under those. */
function codesOfCountry(): string[] {
  const roots = provinces.map((province) => `000.00.00.${province}`);
  const firsts = provinces.flatMap((province) => Array.from({ length: 96 }, (_, i) => `000.00.${two(i + 1)}.${province}`));
  const units = firsts.flatMap((code) => Array.from({ length: 19 }, (_, i) => `000.${two(i + 1)}.${code.slice(7)}`));
  return [...roots, ...firsts, ...units];
}

const codes = codesOfCountry();
const nameOf = (i: number) => `${kinds[i % kinds.length]} ${places[Math.floor(i / 7) % places.length]} ${i}`;

async function importing({ register, newId }: Store): Promise<Judged[]> {
  const text = `organId,name\n${codes.map((code, i) => `${code},${nameOf(i)}\n`).join('')}`;
  const began = performance.now();
  const file = await readAgencyFile(Buffer.from(text), { newId, registered: (all) => register.codesAmong(all) });
  await register.add(file.agencies, 'bench');
  return [figure(`${file.agencies.length} agencies imported`, (performance.now() - began) / 1000, 's', '<= 30')];
}

async function lookingUp(store: Store): Promise<Judged[]> {
  const one = await median(1000, (i) => store.lookUp([codes[(i * 7919) % codes.length] ?? ''], day));
  const batches = Array.from({ length: 9 }, (_, i) => codes.slice(i * 10_000, (i + 1) * 10_000));
  const many = await median(batches.length, (i) => store.lookUp(batches[i] ?? [], day));
  return [figure('look-up of a code', one, 'ms', '<= 1'), figure('10,000 codes looked up at once', many, 'ms', '<= 100')];
}

async function searching({ directory: desk }: Store): Promise<Judged[]> {
  const queries = [
    'dong thanh',
    'Ðông Thạnh',
    'uy ban nhan dan',
    'uy ban nhan dan xa dong',
    'truong tieu hoc long duc 4',
    'xa',
    '000.01.3',
    'y te 77',
  ];
  const times: number[] = [];
  for (const words of queries) times.push(await median(15, () => desk.search(words, day, 20)));
  return [figure(`search, slowest of ${queries.length} queries`, Math.max(...times), 'ms', '<= 50')];
}

/** The 29 provinces that were closed, and so many communes of theirs, each into the same place under the successor. */
async function merging(store: Store): Promise<Judged[]> {
  const closed = (await store.levelOne.list()).filter((one) => one.successor !== undefined && one.code.startsWith('H'));
  const levelOne = closed.map((one) => `merge,000.00.00.${one.code},000.00.00.${one.successor},2025-07-01`);
  const communes = closed.flatMap(({ code, successor }) =>
    Array.from({ length: 120 }, (_, i) => `000.${two((i % 19) + 1)}.${two(Math.floor(i / 19) + 1)}.`).map(
      (unit) => `merge,${unit}${code},${unit}${successor},2025-07-01`,
    ),
  );
  const rows = [...levelOne, ...communes.slice(0, mergedCommunes)];
  const file = readSuccessionFile('merger.csv', Buffer.from(`kind,from,to,on\n${rows.join('\n')}`));
  const timed = async <T>(work: () => Promise<T>) => {
    const began = performance.now();
    const result = await work();
    return { result, seconds: (performance.now() - began) / 1000 };
  };
  const dry = await timed(() => store.successions.apply(file, 'bench', true));
  const applied = await timed(() => store.successions.apply(file, 'bench', false));
  const gone = rows.map((row) => row.split(',')[1] ?? '');
  const resolved = await timed(async () => {
    const entries = await store.lookUp(gone, day);
    return gone.filter((code) => addresseeOf(code, entries.get(code)).kind === 'successor').length;
  });
  if (resolved.result !== rows.length) throw new Error(`only ${resolved.result} of ${rows.length} lead to a successor`);
  const undone = await timed(() => store.successions.undo(applied.result.batch ?? '', 'bench', 'bench'));
  const what = `merger of ${levelOne.length} level-1 codes with ${rows.length - levelOne.length} communes`;
  return [
    figure(`${what}, dry run`, dry.seconds, 's', '<= 30'),
    figure(`${what}, applied`, applied.seconds, 's', '<= 30'),
    figure(`${rows.length} closed codes led to their successors`, resolved.seconds * 1000, 'ms'),
    figure(`${what}, undone`, undone.seconds, 's', '<= 30'),
  ];
}

async function median(rounds: number, work: (round: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < rounds; i += 1) {
    const began = performance.now();
    await work(i);
    times.push(performance.now() - began);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN;
}

function figure(name: string, value: number, unit: string, target?: string): Judged {
  return tell({ scenario: 'directory', figure: name, value, unit, ...(target === undefined ? {} : { target }) });
}
