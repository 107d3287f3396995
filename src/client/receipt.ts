import { XMLParser } from 'fast-xml-parser';
import type { ProblemAnswer, ReceiptKind, State } from './answers.ts';

/** What a receipt says. Only its signed XML is evidence. */
export interface ReceiptView {
  readonly id: string;
  readonly kind: ReceiptKind;
  readonly issuedAt: string;
  readonly gateway: string;
  readonly package: {
    readonly id: string;
    readonly sha256: string;
    readonly size: number;
    readonly receivedAt: string;
    readonly sender?: string;
    readonly documentId?: string;
    readonly reference?: string;
  };
  /** How the package was signed; accepted receipts only. */
  readonly signature?: 'valid' | 'weak' | 'absent';
  /** Accepted receipts only. */
  readonly recipients: readonly {
    readonly code: string;
    readonly delivery: string;
    readonly state: State;
    /** The agency that answers for the code today, when that is another one or is known by another code. */
    readonly forwarded?: { readonly to: string; readonly name: string };
    readonly problem?: ProblemAnswer;
  }[];
  /** Receipts about one delivery only. */
  readonly delivery?: { readonly id: string; readonly recipient: string; readonly attempts: number; readonly settledAt: string };
  readonly problems: readonly ProblemAnswer[];
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  isArray: (_, path) => lists.has(String(path)),
});

const lists: ReadonlySet<string> = new Set(['receipt.recipients.recipient', 'receipt.problems.problem']);

interface Node {
  readonly [name: string]: string | Node | readonly Node[] | undefined;
}

/** Reads a receipt of the gateway (schemas/xsd/receipt.xsd). Throws when the text is none. Whether its signature is good is another question. */
export function readReceipt(xml: string): ReceiptView {
  const root = nodeIn(parser.parse(xml) as Node, 'receipt');
  if (root === undefined) throw new Error('this is not a receipt of a gateway');
  const about = nodeIn(root, 'package') ?? {};
  const delivery = nodeIn(root, 'delivery');
  const signature = nodeIn(root, 'signature');
  return {
    id: text(root, 'id'),
    kind: text(root, 'kind') as ReceiptKind,
    issuedAt: text(root, 'issuedAt'),
    gateway: text(root, 'gateway'),
    package: {
      ...some(about, 'sender', 'documentId', 'reference'),
      id: text(about, 'id'),
      sha256: text(about, 'sha256'),
      size: Number(text(about, 'size')),
      receivedAt: text(about, 'receivedAt'),
    },
    ...(signature === undefined ? {} : { signature: text(signature, 'state') as 'valid' | 'weak' | 'absent' }),
    recipients: nodesIn(nodeIn(root, 'recipients'), 'recipient').map(recipientOf),
    ...(delivery === undefined ? {} : { delivery: deliveryOf(delivery) }),
    problems: nodesIn(nodeIn(root, 'problems'), 'problem').map(problemOf),
  };
}

function recipientOf(node: Node): ReceiptView['recipients'][number] {
  const problem = nodeIn(node, 'problem');
  const forwarded = nodeIn(node, 'forwarded');
  return {
    code: text(node, 'code'),
    delivery: text(node, 'deliveryId'),
    state: text(node, 'state') as State,
    ...(forwarded === undefined ? {} : { forwarded: { to: text(forwarded, 'to'), name: text(forwarded, 'name') } }),
    ...(problem === undefined ? {} : { problem: problemOf(problem) }),
  };
}

function deliveryOf(node: Node): NonNullable<ReceiptView['delivery']> {
  const about = { id: text(node, 'id'), recipient: text(node, 'recipient'), settledAt: text(node, 'settledAt') };
  return { ...about, attempts: Number(text(node, 'attempts')) };
}

function problemOf(node: Node): ProblemAnswer {
  const line = some(node, 'line')['line'];
  return {
    code: text(node, 'code'),
    vi: text(node, 'vi'),
    en: text(node, 'en'),
    fixVi: text(node, 'fixVi'),
    fixEn: text(node, 'fixEn'),
    ...some(node, 'at'),
    ...(line === undefined ? {} : { line: Number(line) }),
  };
}

function text(node: Node, name: string): string {
  const value = node[name];
  return typeof value === 'string' ? value : '';
}

function some<N extends string>(node: Node, ...names: readonly N[]): { readonly [K in N]?: string } {
  const found = names.flatMap((name) => (typeof node[name] === 'string' ? [[name, node[name]] as const] : []));
  return Object.fromEntries(found) as { readonly [K in N]?: string };
}

function nodeIn(node: Node | undefined, name: string): Node | undefined {
  const value = node?.[name];
  return typeof value === 'object' && !Array.isArray(value) ? (value as Node) : undefined;
}

function nodesIn(node: Node | undefined, name: string): readonly Node[] {
  const value = node?.[name];
  return Array.isArray(value) ? value : [];
}
