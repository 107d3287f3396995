import { execSync, spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { contentDigest, signRequest } from '../src/adapters/pki/http-signature.ts';
import { loadGatewayKey } from '../src/adapters/pki/key-source.ts';
import { productRoot } from '../src/paths.ts';
import { identity } from './support/certificates.ts';
import { codeBlocks, regenerated } from './support/code-table.ts';
import { judge, lift, packageXml } from './support/signed-packages.ts';

const pages = [
  'README.md',
  'CHANGELOG.md',
  'docs/integration.md',
  'docs/integration-soap.md',
  'docs/integration-profiles.md',
  'docs/operations.md',
  'docs/documents.md',
  'docs/architecture.md',
  'docs/decisions.md',
  'docs/trust.md',
  'docs/directory.md',
  'docs/security.md',
  'docs/attacks.md',
  'docs/axis.md',
  'docs/routing.md',
];

interface Push {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sha256: string;
}

interface Example {
  isFromGateway(push: Push, certificatePem: string, now?: number): boolean;
}

describe('the documentation', () => {
  // UPDATE_DOCS=1 writes the tables anew.
  it('has the tables that the source gives', () => {
    for (const page of pages) {
      const path = join(productRoot, page);
      const text = readFileSync(path, 'utf8');
      if (process.env['UPDATE_DOCS'] === '1') writeFileSync(path, regenerated(text));
      else expect(regenerated(text)).toBe(text);
    }
  });

  it('links to files and headings that exist', () => {
    const broken = pages.flatMap((page) =>
      linksOf(page)
        .filter((link) => !leadsSomewhere(page, link))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('shows a check of the signature of pushes that takes what the gateway sends, and nothing else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lienthong-docs-'));
    try {
      const { isFromGateway } = await example(folder);
      const now = new Date();
      const key = await loadGatewayKey({ folder, name: 'docs', now });
      const digest = createHash('sha256').update('<edXML/>');
      const [hex, base64] = [digest.copy().digest('hex'), digest.digest('base64')];
      const url = 'https://qlvb.example/van-ban-den';
      const named = { 'content-digest': contentDigest(hex), 'lienthong-delivery': randomUUID(), 'lienthong-package': randomUUID() };
      const signed = await signRequest({ method: 'POST', targetUri: url, headers: named }, key, now);
      const push = { url, headers: { ...named, ...signed }, sha256: base64 };
      const check = (change: Partial<Push>, at = now.getTime()) => isFromGateway({ ...push, ...change }, key.certificatePem, at);
      expect(check({})).toBe(true);
      expect(check({ url: `${url}/khac` })).toBe(false);
      expect(check({ sha256: createHash('sha256').update('<other/>').digest('base64') })).toBe(false);
      expect(check({ headers: { ...push.headers, 'lienthong-delivery': randomUUID() } })).toBe(false);
      expect(check({ headers: named })).toBe(false);
      expect(check({}, now.getTime() + 3_600_000)).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  const withXmlsec = spawnSync('xmlsec1', ['--version']).error === undefined ? it : it.skip;
  withXmlsec('shows how to sign with xmlsec1 so that the gateway accepts it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lienthong-docs-'));
    try {
      const { keyPem, certificate } = await identity('rsa-2048');
      writeFileSync(join(folder, 'key.pem'), keyPem);
      writeFileSync(join(folder, 'unsigned.edxml'), packageXml({ signature: shown('<SignatureValue/>') }));
      execSync(shown('xmlsec1 --sign'), { cwd: folder });
      expect(judge(await lift(folder, readFileSync(join(folder, 'signed.edxml'))), [certificate])).toEqual({ says: 'valid', detail: '' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** A block of docs/integration.md. */
function shown(words: string): string {
  return codeBlocks('docs/integration.md').find((block) => block.includes(words)) ?? '';
}

/** The module that docs/integration.md shows. */
async function example(folder: string): Promise<Example> {
  const path = join(folder, 'example.mjs');
  writeFileSync(path, shown('isFromGateway'));
  return (await import(pathToFileURL(path).href)) as Example;
}

function linksOf(page: string): string[] {
  const text = readFileSync(join(productRoot, page), 'utf8').replace(/```.*?```/gs, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => !/^https?:/.test(link));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [file = '', anchor] = link.split('#');
  const path = file === '' ? join(productRoot, page) : join(productRoot, dirname(page), file);
  if (!existsSync(path)) return false;
  return anchor === undefined || headingsOf(path).includes(anchor);
}

/** Anchors as GitHub makes them. */
function headingsOf(path: string): string[] {
  const headings = [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title);
  return headings.map((title) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
