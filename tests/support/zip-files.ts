import { crc32, deflateRawSync } from 'node:zlib';

/** One entry to be written, well-formed unless told otherwise. */
export interface EntryToPack {
  readonly name: string;
  readonly content: Buffer;
  readonly stored?: boolean;
  /** General-purpose flags; 0x808 (sizes behind the content, UTF-8 names) as the axis library writes them. */
  readonly flags?: number;
  /** The name in the entry's own header, when it differs from the one in the directory. */
  readonly headerName?: string;
  /** What the directory says, when it is not true. */
  readonly stated?: { readonly size?: number; readonly packedSize?: number; readonly crc?: number; readonly method?: number };
  /** Bytes behind the packed content that the directory counts to it, or not. */
  readonly hidden?: Buffer;
  readonly gap?: Buffer;
  readonly extra?: Buffer;
  readonly unixMode?: number;
}

/** A ZIP file of these entries. */
export function zipOf(entries: readonly EntryToPack[], comment = ''): Buffer {
  const body: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const written = writeEntry(entry, at);
    body.push(written.bytes);
    directory.push(written.record);
    at += written.bytes.length;
  }
  const records = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(records.length, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...body, records, end, Buffer.from(comment)]);
}

function writeEntry(entry: EntryToPack, at: number): { bytes: Buffer; record: Buffer } {
  const packed = Buffer.concat([entry.stored === true ? entry.content : deflateRawSync(entry.content), entry.hidden ?? Buffer.alloc(0)]);
  const flags = entry.flags ?? 0x808;
  const later = (flags & 8) !== 0;
  const facts = Buffer.alloc(12);
  facts.writeUInt32LE(entry.stated?.crc ?? crc32(entry.content), 0);
  facts.writeUInt32LE(entry.stated?.packedSize ?? packed.length, 4);
  facts.writeUInt32LE(entry.stated?.size ?? entry.content.length, 8);
  const method = entry.stated?.method ?? (entry.stored === true ? 0 : 8);
  const headerName = Buffer.from(entry.headerName ?? entry.name);
  const extra = entry.extra ?? Buffer.alloc(0);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt16LE(method, 8);
  if (!later) facts.copy(header, 14);
  header.writeUInt16LE(headerName.length, 26);
  header.writeUInt16LE(extra.length, 28);
  const descriptor = later ? Buffer.concat([Buffer.from('PK\x07\x08', 'latin1'), facts]) : Buffer.alloc(0);
  const record = Buffer.alloc(46);
  record.writeUInt32LE(0x02014b50, 0);
  record.writeUInt16LE(entry.unixMode === undefined ? 20 : 0x0314, 4);
  record.writeUInt16LE(20, 6);
  record.writeUInt16LE(flags, 8);
  record.writeUInt16LE(method, 10);
  facts.copy(record, 16);
  record.writeUInt16LE(Buffer.byteLength(entry.name), 28);
  record.writeUInt16LE(extra.length, 30);
  record.writeUInt32LE(((entry.unixMode ?? 0) << 16) >>> 0, 38);
  record.writeUInt32LE(at, 42);
  return {
    bytes: Buffer.concat([header, headerName, extra, packed, descriptor, entry.gap ?? Buffer.alloc(0)]),
    record: Buffer.concat([record, Buffer.from(entry.name), extra]),
  };
}
