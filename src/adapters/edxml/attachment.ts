import { createHash } from 'node:crypto';
import type { Code } from '../../routing/codes/index.ts';
import type { Attachment } from '../../routing/message.ts';
import type { Run } from '../../routing/package.ts';
import type { Problem } from '../../routing/problem.ts';
import { Rejection, reject } from '../../routing/problem.ts';
import { judgeName, visibleName } from './attachment-name.ts';
import { decodeBase64 } from './base64.ts';
import { ByteCursor } from './byte-cursor.ts';
import { ByteRangeSearch } from './byte-range-search.ts';
import { extensionOf, fitsExtension, fitsType, isDestroyedPdf, isZip, mediaType, sniff } from './file-types.ts';
import { readRunSync } from './splice.ts';
import type { UnpackedFile, ZipLimits } from './zip.ts';
import { isSealed, walkZip } from './zip.ts';
import type { ZipEntry } from './zip-directory.ts';
import { findDirectory, isDangerousName, malformed, readDirectory, unsupported, ZIP_TAIL_BYTES } from './zip-directory.ts';

/** The base64 text of an attachment: as it stands in the XML, or lifted out of it. */
export type AttachmentSource = string | Run;

/** An attachment as the package describes it. `at` and `line` are where problems with it are reported. */
export interface DeclaredAttachment {
  readonly contentId: string;
  readonly name: string;
  readonly type: string;
  readonly at: string;
  readonly line?: number;
}

/** What was found in one attachment. `attachment` is there when its content could be read to the end, even if its name is refused. */
export interface ExaminedAttachment {
  readonly attachment?: Attachment;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Unpacked to packed at most 100:1, and at most 2 GiB in all. */
export const ZIP_LIMITS: ZipLimits = { ratio: 100, fileBytes: 2 ** 31 };

const HEAD_BYTES = 65536;
/** Base64 texts up to this size are looked through for signatures at once; to look through a larger one is work for later. */
const SEARCHED_BYTES = 1 << 20;
/** From so many bytes on `isZip` can tell. */
const ZIP_HEAD_BYTES = 4;
const ZIP_TYPES = ['application/zip', 'application/x-zip', 'application/x-zip-compressed'];
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/**
 * Looks into one attachment: strict base64, size, digest, type by its first bytes, and the one-entry ZIP form of the axis library, which is
 * unpacked once (to nowhere). A ZIP declared `application/zip` is gone through as a whole, since that library unpacks it blindly.
 *
 * Memory does not grow with the attachment; a ZIP is read twice. Whatever is wrong with the content comes back as a problem.
 * Throws an Error only when the run can't be read.
 */
export async function examineAttachment(
  source: AttachmentSource,
  declared: DeclaredAttachment,
  limits: ZipLimits = ZIP_LIMITS,
): Promise<ExaminedAttachment> {
  const findings = new Findings(declared);
  const verdict = judgeName(declared.name);
  if (verdict === 'refused') findings.problem('ATTACHMENT_NAME');
  if (verdict === 'unusual') findings.warning('ATTACHMENT_NAME_UNUSUAL');
  try {
    const body = await survey(source);
    const file = await readForm(source, body, { declared, limits, findings });
    const sniffedType = judgeContent(file, declared, findings);
    const { contentId, name, type: declaredType } = declared;
    const { size, sha256 } = body;
    const unsigned = body.unsigned && file.form === 'plain' && sniffedType === 'application/pdf' ? { unsigned: true as const } : {};
    const facts = { form: file.form, size, sha256, fileSize: file.size, fileSha256: file.sha256, ...unsigned };
    return { attachment: { contentId, name, declaredType, sniffedType, ...facts }, ...findings.all() };
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    for (const { code, params } of error.problems) findings.problem(code, params);
    return findings.all();
  }
}

/** Problems and warnings with the place and the name of the attachment filled in. */
class Findings {
  readonly #declared: DeclaredAttachment;
  readonly #problems: Problem[] = [];
  readonly #warnings: Problem[] = [];

  constructor(declared: DeclaredAttachment) {
    this.#declared = declared;
  }

  problem(code: Code, params?: Problem['params']): void {
    this.#problems.push(this.#placed(code, params));
  }

  warning(code: Code, params?: Problem['params']): void {
    this.#warnings.push(this.#placed(code, params));
  }

  all(): { problems: readonly Problem[]; warnings: readonly Problem[] } {
    return { problems: this.#problems, warnings: this.#warnings };
  }

  #placed(code: Code, params: Problem['params'] = {}): Problem {
    const { at, line, name } = this.#declared;
    return { code, at, ...(line === undefined ? {} : { line }), params: { ...params, name: visibleName(name) } };
  }
}

interface Body extends UnpackedFile {
  /** The end of a ZIP; of anything else it may be empty. */
  readonly tail: Buffer;
  /** No ByteRange stands in it. */
  readonly unsigned: boolean;
}

interface FileFound extends UnpackedFile {
  readonly form: Attachment['form'];
}

interface Task {
  readonly declared: DeclaredAttachment;
  readonly limits: ZipLimits;
  readonly findings: Findings;
}

/** The decoded content, read synchronously. With `reuse` a chunk is valid only until the next one is asked for. */
function decoded(source: AttachmentSource, reuse = false): AsyncGenerator<Buffer, void, undefined> {
  return decodeBase64(typeof source === 'string' ? [Buffer.from(source)] : readRunSync(source), reuse);
}

async function survey(source: AttachmentSource): Promise<Body> {
  const hash = createHash('sha256');
  const search = source.length <= SEARCHED_BYTES ? new ByteRangeSearch() : undefined;
  let head: Buffer = Buffer.alloc(0);
  let size = 0;
  let tail: Buffer = Buffer.alloc(0);
  for await (const chunk of decoded(source, true)) {
    hash.update(chunk);
    search?.add(chunk);
    if (size < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - size)]);
    size += chunk.length;
    if (size < ZIP_HEAD_BYTES || isZip(head)) tail = endOf(tail, chunk);
  }
  if (size === 0) throw reject('ATTACHMENT_EMPTY');
  return { size, sha256: hash.digest('hex'), head, tail, unsigned: search?.found === false };
}

/** The last bytes, as many as the directory of a ZIP may need, of what came before and a chunk. */
function endOf(before: Buffer, chunk: Buffer): Buffer {
  const end = chunk.subarray(-ZIP_TAIL_BYTES);
  return Buffer.concat(end.length === ZIP_TAIL_BYTES ? [end] : [before.subarray(end.length - ZIP_TAIL_BYTES), end]);
}

/** Undoes the one-entry ZIP form, if the body is that; the body itself otherwise. */
async function readForm(source: AttachmentSource, body: Body, task: Task): Promise<FileFound> {
  const plain: FileFound = { ...body, form: 'plain' };
  const declaredZip = ZIP_TYPES.includes(mediaType(task.declared.type));
  if (!isZip(body.head)) {
    if (declaredZip) throw reject('ZIP_EXPECTED');
    return plain;
  }
  const directory = await tryDirectory(source, body);
  if (directory instanceof Rejection) {
    if (declaredZip || isFormName(firstName(body.head), task.declared.name)) throw directory;
    for (const { code, params } of directory.problems) task.findings.warning(code, params);
    return plain;
  }
  const { entries, at } = directory;
  const only = entries.length === 1 ? entries[0] : undefined;
  const isForm = only !== undefined && isFormName(only.names[0] ?? '', task.declared.name);
  const dangerous = entries.flatMap((entry) => (entry.symlink ? entry.names : entry.names.filter(isDangerousName)))[0];
  if (!isForm && !declaredZip) {
    if (dangerous !== undefined) task.findings.warning('ZIP_ENTRY_NAME', { entry: visibleName(dangerous) });
    return plain;
  }
  if (dangerous !== undefined) throw reject('ZIP_ENTRY_NAME', { params: { entry: visibleName(dangerous) } });
  if (entries.length === 0) throw malformed('it has no entries');
  if (isForm && isSealed(only)) throw unsupported('password or unknown packing method');
  const file = await walkZip(decoded(source), entries, at, task.limits);
  if (!isForm || file === undefined) return plain;
  if (file.size === 0) throw reject('ATTACHMENT_EMPTY');
  if (!declaredZip) task.findings.warning('TYPE_MISMATCH', { declared: task.declared.type, sniffed: 'application/zip' });
  return { ...file, form: 'zip' };
}

async function tryDirectory(source: AttachmentSource, body: Body): Promise<{ entries: ZipEntry[]; at: number } | Rejection> {
  try {
    const place = findDirectory(body.tail, body.size);
    const inTail = place.at - (body.size - body.tail.length);
    const bytes = inTail >= 0 ? body.tail.subarray(inTail, inTail + place.size) : await rangeOf(source, place.at, place.size);
    return { entries: readDirectory(bytes, place), at: place.at };
  } catch (error) {
    if (error instanceof Rejection) return error;
    throw error;
  }
}

async function rangeOf(source: AttachmentSource, at: number, size: number): Promise<Buffer> {
  const cursor = new ByteCursor(decoded(source));
  try {
    await cursor.skipTo(at);
    return await cursor.take(size);
  } finally {
    await cursor.close();
  }
}

/** The name in the first header of a ZIP. */
function firstName(head: Buffer): string {
  return head.length < 30 ? '' : head.toString('utf8', 30, 30 + head.readUInt16LE(26));
}

/** The axis library packs a file as `<UUID>.<extension of its name>`. */
function isFormName(entryName: string, attachmentName: string): boolean {
  const dot = entryName.lastIndexOf('.');
  const base = dot < 0 ? entryName : entryName.slice(0, dot);
  return UUID.test(base) && extensionOf(entryName) === extensionOf(attachmentName);
}

/** Returns the type of the file itself. */
function judgeContent(file: FileFound, declared: DeclaredAttachment, findings: Findings): string {
  if (isDestroyedPdf(file.head)) throw reject('PDF_DESTROYED');
  const sniffed = sniff(file.head);
  const typeFits = file.form === 'zip' || fitsType(declared.type, sniffed);
  if (!typeFits) findings.warning('TYPE_MISMATCH', { declared: declared.type, sniffed });
  else if (!fitsExtension(declared.name, sniffed))
    findings.warning('TYPE_MISMATCH', { declared: `.${extensionOf(declared.name)}`, sniffed });
  return sniffed;
}
