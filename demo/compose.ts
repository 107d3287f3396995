import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { liftFile } from '../src/adapters/edxml/lift.ts';
import { type SigningIdentity, signPackage } from '../src/adapters/edxml/sign.ts';
import { splice } from '../src/adapters/edxml/splice.ts';
import { digestOf } from '../src/client/download.ts';
import { productRoot } from '../src/paths.ts';
import type { Lifted } from '../src/routing/package.ts';
import { vietnamTime } from '../src/routing/time.ts';
import { type AgencyId, cast } from './cast.ts';
import type { Letter, LetterId } from './letters.ts';
import { writePdf } from './pdf.ts';
import type { Filled, Values } from './template.ts';
import { fill } from './template.ts';

/** A signed package on disk, ready to be sent. */
export interface Prepared {
  readonly letter: Letter;
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
}

/** What the demo says of a letter beside its number and notation. */
export function referenceOf({ number, notation }: Letter): string {
  return notation === '' ? number : `${number}/${notation}`;
}

/** Signing keys of the agencies. */
export type Identities = ReadonlyMap<AgencyId, SigningIdentity>;

const limits = { packageBytes: 2 ** 32, textBytes: 2 ** 22 };

/** Writes, signs and (if it is that kind of letter) forges every package. */
export async function prepareAll(all: readonly Letter[], identities: Identities, folder: string): Promise<Map<LetterId, Prepared>> {
  const prepared = new Map<LetterId, Prepared>();
  for (const letter of all) prepared.set(letter.id, await prepare(letter, all, identities, folder));
  return prepared;
}

async function prepare(letter: Letter, all: readonly Letter[], identities: Identities, folder: string): Promise<Prepared> {
  const draft = join(folder, `${letter.id}.unsigned.edxml`);
  const pdf = join(folder, `${letter.id}.pdf`);
  const path = join(folder, `${letter.id}.edxml`);
  if (letter.file !== undefined) {
    await writePdf(pdf, { title: `${referenceOf(letter)}: ${letter.subject}`, heading: referenceOf(letter), bytes: letter.file.bytes });
  }
  const template = await readFile(join(productRoot, 'demo', 'templates', `${letter.template}.edxml`), 'utf8');
  await writeFilled(draft, fill(template, valuesOf(letter, all)), pdf);
  const identity = identities.get(letter.from);
  if (identity === undefined) throw new Error(`no key for ${letter.from}`);
  await writeLifted(path, forge(signPackage(await liftFile(draft, limits), identity), letter.forged));
  await rm(draft);
  return { letter, path, ...(await digestOf(path)) };
}

function valuesOf(letter: Letter, all: readonly Letter[]): Values {
  const now = vietnamTime(new Date()).slice(0, 19).replaceAll('-', '/').replace('T', ' ');
  const today = now.slice(0, 10);
  const sender = cast[letter.from];
  const { number, notation, typeName, subject, content, file } = letter;
  const answered = all.find((one) => one.id === letter.answers?.letter);
  const texts = { number, notation, typeName, subject, content, now, today };
  return {
    ...texts,
    ...{ fromCode: sender.code, fromName: sender.name, place: sender.place },
    ...{ competence: sender.competence, position: sender.position, signer: sender.signer },
    to: letter.to.map((id) => ({ code: cast[id].code, name: cast[id].name })),
    documentId: documentIdOf(letter, today),
    typeDetail: String(letter.typeDetail),
    priority: String(letter.priority),
    files: file === undefined ? [] : [{ id: '1', name: file.name, description: file.description }],
    ...(answered === undefined ? {} : aboutOf(answered, today)),
    status: letter.answers?.status ?? '',
  };
}

function aboutOf(answered: Letter, today: string): Values {
  return {
    aboutFromCode: cast[answered.from].code,
    aboutReference: referenceOf(answered),
    aboutDocumentId: documentIdOf(answered, today),
  };
}

/** A recall has the DocumentId of what it recalls, because it has its number. */
function documentIdOf(letter: Letter, today: string): string {
  return `${cast[letter.from].code},${today},${referenceOf(letter)}`;
}

async function writeFilled(path: string, { pieces, gaps }: Filled, pdf: string): Promise<void> {
  await writing(path, async (file) => {
    for (const [at, piece] of pieces.entries()) {
      await file.writeFile(piece);
      if (at < gaps.length) await writeBase64(file, pdf);
    }
  });
}

/** As one long text without line breaks, the way document systems write it. */
async function writeBase64(file: FileHandle, path: string): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 3 * 2 ** 18 }) as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % 3);
    await file.writeFile(bytes.toString('base64', 0, whole));
    rest = bytes.subarray(whole);
  }
  await file.writeFile(rest.toString('base64'));
}

async function writeLifted(path: string, lifted: Lifted): Promise<void> {
  await writing(path, async (file) => {
    for await (const chunk of splice(lifted)) await file.writeFile(chunk);
  });
}

async function writing(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'w');
  await write(file).finally(() => file.close());
}

/** Changes a signed text as somebody between sender and gateway might; runs stay where they are, because the length does. */
function forge(signed: Lifted, change: Letter['forged']): Lifted {
  if (change === undefined) return signed;
  const [from, to] = change;
  const text = Buffer.from(signed.text);
  const at = text.indexOf(from);
  if (at < 0 || Buffer.byteLength(from) !== Buffer.byteLength(to)) throw new Error(`nothing to forge: ${from}`);
  text.set(Buffer.from(to), at);
  return { ...signed, text };
}
