import { XMLParser } from 'fast-xml-parser';

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  // without it numeric references stay as they are
  htmlEntities: true,
});

type Node = string | { readonly [name: string]: Node } | readonly Node[];

/** Elements that hold a list, with the name of what they hold. */
const lists: Readonly<Record<string, string>> = { recipients: 'recipient', problems: 'problem', steps: 'step' };
const numbers = new Set(['size', 'attempts', 'line']);
/** Not part of what a receipt says. `signature` in small letters is: the verdict on the package. */
const left = new Set(['Signature', '#text']);

/**
 * The JSON view of a receipt of ours: its elements and attributes by name, without the gateway's own signature.
 * For trusted, small XML only. The XML stays what counts as evidence.
 */
export function receiptView(xml: string): Readonly<Record<string, unknown>> {
  const [root] = Object.values(parser.parse(xml) as Record<string, Node>);
  return viewOf('receipt', root ?? {}) as Record<string, unknown>;
}

function viewOf(name: string, node: Node): unknown {
  if (typeof node === 'string') return numbers.has(name) ? Number(node) : node;
  const view: Record<string, unknown> = {};
  for (const [child, value] of Object.entries(node)) {
    if (left.has(child) || child.startsWith('xmlns')) continue;
    view[child] = child in lists ? listOf(lists[child] as string, value) : viewOf(child, value);
  }
  return view;
}

function listOf(item: string, node: Node): unknown[] {
  const held = typeof node === 'string' ? undefined : (node as Readonly<Record<string, Node>>)[item];
  if (held === undefined) return [];
  return [held].flat().map((one) => viewOf(item, one as Node));
}
