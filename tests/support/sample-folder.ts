import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examine } from '../../src/adapters/edxml/examine.ts';
import { liftFile } from '../../src/adapters/edxml/lift.ts';
import type { ExamineLimits } from '../../src/adapters/edxml/limits.ts';
import { defaultLimits } from '../../src/adapters/edxml/limits.ts';
import type { Examined } from '../../src/routing/package.ts';
import type { AttachmentSpec, PackageSpec, StatusSpec } from './packages.ts';
import { buildPackage, buildStatus } from './packages.ts';

/** The day on which all samples are examined. */
export const SAMPLE_NOW = '2026-03-02T10:00:00+07:00';

/** An attachment in JSON: `content` is the text of the file, `repeat` how often it stands there. */
type WrittenAttachment = Omit<AttachmentSpec, 'bytes'> & { readonly content?: string; readonly repeat?: number };

/** generate.json: what to build, then texts to change in it, then how to encode it. */
interface Recipe {
  readonly document?: Omit<PackageSpec, 'attachments'> & { readonly attachments?: readonly WrittenAttachment[] };
  readonly status?: StatusSpec;
  readonly replace?: readonly (readonly [from: string, to: string])[];
  readonly encoding?: 'utf8' | 'utf16le' | 'latin1';
}

/** The bytes of a sample: `package.edxml` as it is, or built from `generate.json`. */
export function sampleBytes(folder: string): Buffer {
  const file = join(folder, 'package.edxml');
  return existsSync(file) ? readFileSync(file) : generate(JSON.parse(readFileSync(join(folder, 'generate.json'), 'utf8')) as Recipe);
}

/** Lifts and examines bytes as the gateway does with a body. */
export async function examineBytes(bytes: Uint8Array, limits: Partial<ExamineLimits> = {}): Promise<Examined> {
  const folder = mkdtempSync(join(tmpdir(), 'lienthong-sample-'));
  try {
    const path = join(folder, 'body');
    writeFileSync(path, bytes);
    const lifted = await liftFile(path, { packageBytes: 1 << 30, textBytes: 64 << 20 });
    return await examine(lifted, { ...defaultLimits, now: SAMPLE_NOW, ...limits });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function generate(recipe: Recipe): Buffer {
  const built = recipe.status === undefined ? buildPackage(documentSpec(recipe.document ?? {})) : buildStatus(recipe.status);
  const text = (recipe.replace ?? []).reduce((xml, [from, to]) => {
    if (!xml.includes(from)) throw new Error(`generate.json replaces what is not there: ${from}`);
    return xml.replace(from, () => to);
  }, built.toString());
  return Buffer.from(text, recipe.encoding ?? 'utf8');
}

function documentSpec({ attachments, ...rest }: NonNullable<Recipe['document']>): PackageSpec {
  if (attachments === undefined) return rest;
  const files = attachments.map(
    ({ content, repeat, ...file }): AttachmentSpec => ({
      ...file,
      bytes: Buffer.from((content ?? '%PDF-1.7\n%%EOF\n').repeat(repeat ?? 1)),
    }),
  );
  return { ...rest, attachments: files };
}
