import { crc32, deflateRawSync } from 'node:zlib';

/** General-purpose flags of the official library: sizes follow the data, names are UTF-8. */
const FLAGS = 0x808;
const LOCAL = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;

/** A ZIP as the official library packs an attachment: one entry, named by a UUID and the file's extension, unless `entry` names it. */
export function oneFileZip(name: string, bytes: Uint8Array, entry = `5b6b7c1e-2f60-4f0e-9d52-6f4a1d0c9e21${extensionOf(name)}`): Buffer {
  const packed = deflateRawSync(bytes);
  const title = Buffer.from(entry);
  const sums = numbers([crc32(bytes), 4], [packed.length, 4], [bytes.length, 4]);
  const head = numbers([20, 2], [FLAGS, 2], [8, 2], [0, 4]);
  const local = Buffer.concat([numbers([LOCAL, 4]), head, Buffer.alloc(12), numbers([title.length, 2], [0, 2]), title]);
  const descriptor = Buffer.concat([numbers([DESCRIPTOR, 4]), sums]);
  const central = Buffer.concat([numbers([CENTRAL, 4], [20, 2]), head, sums, numbers([title.length, 2]), Buffer.alloc(16), title]);
  const start = local.length + packed.length + descriptor.length;
  const end = numbers([END, 4], [0, 4], [1, 2], [1, 2], [central.length, 4], [start, 4], [0, 2]);
  return Buffer.concat([local, packed, descriptor, central, end]);
}

function extensionOf(name: string): string {
  return name.includes('.') ? name.slice(name.lastIndexOf('.')) : '';
}

function numbers(...fields: readonly (readonly [value: number, bytes: number])[]): Buffer {
  const out = Buffer.alloc(fields.reduce((sum, [, bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [value, bytes] of fields) at = out.writeUIntLE(value >>> 0, at, bytes);
  return out;
}
