/** An element of DER. */
export interface DerNode {
  readonly tag: number;
  /** What it holds: elements, or bytes that are none. */
  readonly inside: readonly DerNode[] | Buffer;
}

/** All the bytes as elements one after another, with what is in them, also in octet strings; undefined when they are not. */
export function readDer(bytes: Buffer): readonly DerNode[] | undefined {
  const nodes: DerNode[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [tag, first] = [bytes[at], bytes[at + 1]];
    if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f || first === 0x80) return undefined;
    const octets = first > 0x80 ? first & 0x7f : 0;
    if (octets > 4 || at + 2 + octets > bytes.length) return undefined;
    const length = octets === 0 ? first : bytes.readUIntBE(at + 2, octets);
    const start = at + 2 + octets;
    if (start + length > bytes.length) return undefined;
    const content = bytes.subarray(start, start + length);
    const opaque = (tag & 0x20) === 0 && tag !== 0x04;
    nodes.push({ tag, inside: opaque || content.length === 0 ? content : (readDer(content) ?? content) });
    at = start + length;
  }
  return nodes;
}

/** The bytes of elements, up to 64 KiB each. */
export function writeDer(nodes: readonly DerNode[]): Buffer {
  return Buffer.concat(
    nodes.flatMap(({ tag, inside }) => {
      const content = Buffer.isBuffer(inside) ? inside : writeDer(inside as readonly DerNode[]);
      return [Buffer.from([tag, ...lengthOf(content.length)]), content];
    }),
  );
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}
