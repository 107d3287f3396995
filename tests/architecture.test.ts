import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const src = join(root, 'src');

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.replaceAll('\\', '/'));

function importsOf(file: string): Import[] {
  const text = readFileSync(join(src, file), 'utf8');
  const statements = text.matchAll(/^(?:import|export)\b[^;']*?\bfrom\s+'([^']+)';|^import\s+'([^']+)';|\bimport\('([^']+)'\)/gm);
  const found = [...statements].map(([, from, bare, lazily]) => (from ?? bare ?? lazily) as string);
  return found.map((to) => ({
    from: file,
    to: to.startsWith('.') ? relative(src, resolve(src, dirname(file), to)).replaceAll('\\', '/') : to,
  }));
}

const imports = files.flatMap(importsOf);
const areaOf = (file: string) => (file.startsWith('adapters/') ? file.split('/').slice(0, 2).join('/') : (file.split('/')[0] as string));
const show = (list: readonly Import[]) => list.map((i) => `${i.from} -> ${i.to}`);

/** Where each library may be imported. A library enters through one door; its types stop there. */
const doors: Record<string, readonly string[]> = {
  'libxml2-wasm': ['adapters/edxml', 'adapters/soap'],
  'xml-crypto': ['adapters/edxml'],
  'fast-xml-parser': ['adapters/rest', 'client', 'cli'],
  bullmq: ['queue'],
  ioredis: ['queue'],
  pg: ['adapters/postgres', 'database.ts', 'store.ts'],
  pino: ['adapters/log'],
  'prom-client': ['adapters/metrics'],
  express: ['adapters/rest'],
  helmet: ['adapters/rest'],
  'rate-limiter-flexible': ['adapters/rest'],
  soap: ['adapters/soap'],
  commander: ['cli'],
  '@peculiar/x509': ['adapters/pki'],
  'reflect-metadata': ['adapters/pki'],
  pkijs: ['adapters/pki', 'adapters/pdf'],
  asn1js: ['adapters/pki', 'adapters/pdf'],
  pkcs11js: ['adapters/pki'],
  'write-excel-file': ['cli'],
  '@node-rs/argon2': ['adapters/pki'],
  zod: ['config', 'config.ts', 'adapters/rest', 'client'],
};

describe('architecture', () => {
  it('lets routing know nobody: no library, no I/O, nothing outside itself', () => {
    const outside = imports.filter((i) => areaOf(i.from) === 'routing' && !i.to.startsWith('routing/'));
    expect(show(outside)).toEqual([]);
  });

  it('lets queue and each adapter know only routing', () => {
    const wrong = imports.filter((i) => {
      const from = areaOf(i.from);
      const to = areaOf(i.to);
      const inner = from === 'queue' || from.startsWith('adapters/');
      const local = files.includes(i.to);
      return inner && local && to !== from && to !== 'routing' && to !== 'paths.ts' && i.from !== `${from}.ts`;
    });
    expect(show(wrong)).toEqual([]);
  });

  it('lets every library in through its own door', () => {
    const packages = imports.filter((i) => !files.includes(i.to) && !i.to.startsWith('node:'));
    const wrong = packages.filter((i) => {
      const name = i.to.startsWith('@') ? i.to.split('/').slice(0, 2).join('/') : (i.to.split('/')[0] as string);
      return !(doors[name] ?? []).includes(areaOf(i.from));
    });
    expect(show(wrong)).toEqual([]);
  });

  it('keeps files small enough to read at a sitting', () => {
    const long = files
      .map((file) => ({ file, lines: readFileSync(join(src, file), 'utf8').split('\n').length }))
      .filter(({ file, lines }) => lines > 250 && !file.startsWith('routing/codes/'));
    expect(long).toEqual([]);
  });
});
