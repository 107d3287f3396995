import type { Rejection } from '../../routing/problem.ts';
import { reject } from '../../routing/problem.ts';

/** Bytes from the end of a ZIP that surely hold its end record (22 bytes and a comment of at most 65,535). */
export const ZIP_TAIL_BYTES = 22 + 65535;

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const ZIP64_LOCATOR_SIGNATURE = 0x07064b50;
const DIRECTORY_BYTES_MAX = 1 << 20;
const UNICODE_PATH = 0x7075;

/** Where the central directory of a ZIP is. */
export interface DirectoryPlace {
  readonly at: number;
  readonly size: number;
  readonly entries: number;
}

/** One entry as the central directory describes it. `names`: the name, and the other one in its Unicode Path field if it has that. */
export interface ZipEntry {
  readonly rawName: Buffer;
  readonly names: readonly string[];
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  readonly headerAt: number;
  readonly symlink: boolean;
}

/**
 * Finds the central directory. `tail` is the end of a file of `total` bytes, ZIP_TAIL_BYTES long or all of it.
 * Throws Rejection ZIP_MALFORMED; ZIP_UNSUPPORTED for ZIP64, split archives and directories over 1 MiB.
 */
export function findDirectory(tail: Buffer, total: number): DirectoryPlace {
  const end = findEnd(tail);
  const endAt = total - tail.length + end;
  const entries = tail.readUInt16LE(end + 10);
  const size = tail.readUInt32LE(end + 12);
  const at = tail.readUInt32LE(end + 16);
  const locator = end >= 20 && tail.readUInt32LE(end - 20) === ZIP64_LOCATOR_SIGNATURE;
  if (locator || entries === 0xffff || size === 0xffffffff || at === 0xffffffff) throw unsupported('ZIP64');
  const disks = tail.readUInt32LE(end + 4);
  if (disks !== 0 || tail.readUInt16LE(end + 8) !== entries) throw unsupported('split archive');
  if (size > DIRECTORY_BYTES_MAX) throw unsupported('directory over 1 MiB');
  if (at + size !== endAt) throw malformed('directory is not where the end record says');
  return { at, size, entries };
}

function findEnd(tail: Buffer): number {
  for (let at = tail.length - 22; at >= 0; at--) {
    if (tail.readUInt32LE(at) === END_SIGNATURE && at + 22 + tail.readUInt16LE(at + 20) === tail.length) return at;
  }
  throw malformed('it has no end record');
}

/** Reads the entries. Throws Rejection ZIP_MALFORMED; ZIP_UNSUPPORTED when an entry is of ZIP64 or on another disk. */
export function readDirectory(bytes: Buffer, place: DirectoryPlace): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== ENTRY_SIGNATURE) throw malformed('directory is broken');
    const extraAt = at + 46 + bytes.readUInt16LE(at + 28);
    const commentAt = extraAt + bytes.readUInt16LE(at + 30);
    const next = commentAt + bytes.readUInt16LE(at + 32);
    if (next > bytes.length) throw malformed('directory is cut');
    entries.push(readEntry(bytes.subarray(at, extraAt), bytes.subarray(extraAt, commentAt)));
    at = next;
  }
  if (entries.length !== place.entries) throw malformed('directory does not hold as many entries as it says');
  return entries;
}

function readEntry(record: Buffer, extra: Buffer): ZipEntry {
  const packedSize = record.readUInt32LE(20);
  const size = record.readUInt32LE(24);
  const headerAt = record.readUInt32LE(42);
  if (packedSize === 0xffffffff || size === 0xffffffff || headerAt === 0xffffffff) throw unsupported('ZIP64');
  if (record.readUInt16LE(34) !== 0) throw unsupported('split archive');
  const rawName = record.subarray(46);
  const madeOnUnix = record.readUInt8(5) === 3;
  return {
    rawName,
    names: namesOf(rawName, extra),
    flags: record.readUInt16LE(8),
    method: record.readUInt16LE(10),
    crc: record.readUInt32LE(16),
    packedSize,
    size,
    headerAt,
    symlink: madeOnUnix && record.readUInt16LE(40) >>> 12 === 0o12,
  };
}

/** All names that some program might give the file of a header: the one in it and the one in the Unicode Path field. */
export function namesOf(rawName: Buffer, extra: Buffer): string[] {
  const names = [rawName.toString('utf8')];
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    const field = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    if (extra.readUInt16LE(at) === UNICODE_PATH) names.push(field.toString('utf8', Math.min(5, field.length)));
  }
  return names;
}

/** True for a name that could write outside the folder it is unpacked to: absolute, with `..`, a backslash, a drive letter or control characters. */
export function isDangerousName(name: string): boolean {
  return name === '' || /^\/|^[A-Za-z]:|\\|[\x00-\x1f\x7f]|(^|\/)\.\.(\/|$)/.test(name);
}

export function malformed(detail: string): Rejection {
  return reject('ZIP_MALFORMED', { params: { detail } });
}

export function unsupported(detail: string): Rejection {
  return reject('ZIP_UNSUPPORTED', { params: { detail } });
}
