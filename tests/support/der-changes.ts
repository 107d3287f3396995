import fc from 'fast-check';
import type { DerNode } from './der-tree.ts';
import { readDer, writeDer } from './der-tree.ts';

/** DER with one or two of its elements changed and all lengths right again, so that readers get far; or with bytes changed at random. */
export function changedDer(der: Uint8Array): fc.Arbitrary<Buffer> {
  const tree = readDer(Buffer.from(der)) as readonly DerNode[];
  const structured = fc.array(fc.tuple(fc.nat(), fc.nat(5), fc.nat(255), fc.uint8Array({ maxLength: 40 })), { minLength: 1, maxLength: 2 });
  const loose = fc.array(fc.tuple(fc.nat(der.length), fc.nat(255)), { minLength: 1, maxLength: 3 });
  return fc.oneof(
    { weight: 4, arbitrary: structured.map((changes) => changes.reduce(changeOne, tree)).map(writeDer) },
    { weight: 1, arbitrary: loose.map((changes) => changes.reduce(flip, Buffer.from(der))) },
    { weight: 1, arbitrary: fc.nat(der.length).map((length) => Buffer.from(der.subarray(0, length))) },
  );
}

/** The `which`-th element, counted from the outside, is taken away, doubled, given another tag or other content, or put into itself. */
function changeOne(tree: readonly DerNode[], [which, how, tag, bytes]: readonly [number, number, number, Uint8Array]): readonly DerNode[] {
  let left = which % Math.max(1, count(tree));
  const walk = (nodes: readonly DerNode[]): readonly DerNode[] =>
    nodes.flatMap((node): DerNode[] => {
      if (left-- === 0) return changes(node, tag, Buffer.from(bytes))[how] as DerNode[];
      return [Buffer.isBuffer(node.inside) ? node : { ...node, inside: walk(node.inside as readonly DerNode[]) }];
    });
  return walk(tree);
}

function changes(node: DerNode, tag: number, bytes: Buffer): readonly (readonly DerNode[])[] {
  return [
    [],
    [node, node],
    [{ ...node, tag }],
    [{ ...node, inside: bytes }],
    [{ ...node, inside: [node] }],
    [{ tag: node.tag, inside: Buffer.alloc(0) }],
  ];
}

function count(nodes: readonly DerNode[]): number {
  return nodes.reduce((sum, { inside }) => sum + 1 + (Buffer.isBuffer(inside) ? 0 : count(inside as readonly DerNode[])), 0);
}

function flip(bytes: Buffer, [at, value]: readonly [number, number]): Buffer {
  if (at < bytes.length) bytes[at] = value;
  return bytes;
}
