import type { ErrorDetail } from 'libxml2-wasm';
import { ParseOption, XmlDocument, XmlParseError } from 'libxml2-wasm';
import type { Lifted } from '../../routing/package.ts';
import type { Problem } from '../../routing/problem.ts';
import type { Element } from './element.ts';
import { snapshot } from './element.ts';
import type { MarkupLimits } from './markup.ts';
import { QCVN_NAMESPACE } from './namespaces.ts';
import { declaredOnRoot, isRepairable } from './prefixes.ts';
import { scan } from './scan.ts';

/** A parsed package: the parser's own tree, alive only inside `withTree`, and the same tree as plain data. */
export interface Tree {
  readonly doc: XmlDocument;
  readonly root: Element;
  /** Remarks on what had to be mended before it could be parsed; empty for a well-formed text. */
  readonly repairs: readonly Problem[];
}

/** Bounds of a text, and whether undeclared prefixes are mended that have only one meaning. */
export interface TreeLimits extends MarkupLimits {
  readonly repairsPrefixes?: boolean;
}

/** What `withTree` gives back: the value of `use`, or why there is no tree to use. */
export type Grown<T> = { readonly value: T } | { readonly problems: readonly Problem[] };

const options = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE | ParseOption.XML_PARSE_NO_SYS_CATALOG;

/**
 * Parses the lifted text once and hands the tree to `use`, whose result is returned; the parser's memory is freed whatever happens,
 * so `use` must be synchronous and keep nothing of `doc`. Bytes that are no edXML package of QCVN 102 come back as problems.
 */
export function withTree<T>(lifted: Pick<Lifted, 'text'>, limits: TreeLimits, use: (tree: Tree) => T): Grown<T> {
  const unfit = scan(lifted.text, limits);
  if (unfit !== undefined) return { problems: [unfit] };
  const { doc, repairs } = parsed(lifted.text, limits);
  if (!(doc instanceof XmlDocument)) return { problems: doc };
  try {
    // The scan has refused DOCTYPE already; the parser's own word is asked too, since peers read files for it (domain 5.1).
    if (doc.dtd !== null) return { problems: [{ code: 'DOCTYPE_FORBIDDEN', line: 1 }] };
    const root = snapshot(doc.root);
    const foreign = rootProblem(root);
    return foreign === undefined ? { value: use({ doc, root, repairs }) } : { problems: [foreign] };
  } finally {
    doc.dispose();
  }
}

function parsed(text: Uint8Array, { repairsPrefixes = false }: TreeLimits) {
  const doc = parse(text);
  if (doc instanceof XmlDocument || !repairsPrefixes) return { doc, repairs: [] };
  const prefixes = doc.map(({ params }) => String(params?.['prefix'] ?? ''));
  const mended = prefixes.every(isRepairable) ? declaredOnRoot(text, prefixes) : null;
  if (mended === null) return { doc, repairs: [] };
  const repairs = doc.map(
    ({ line, params = {} }): Problem => ({ code: 'PREFIX_REPAIRED', ...(line === undefined ? {} : { line }), params }),
  );
  return { doc: parse(mended), repairs };
}

function parse(text: Uint8Array): XmlDocument | readonly Problem[] {
  try {
    return XmlDocument.fromBuffer(text, { option: options });
  } catch (error) {
    if (error instanceof XmlParseError) return parseProblems(error);
    throw error;
  }
}

function rootProblem(root: Element): Problem | undefined {
  const place = { at: root.at, line: root.line };
  if (root.name !== 'edXML') return { code: 'ROOT_UNKNOWN', ...place, params: { element: root.name, namespace: root.namespace } };
  if (root.namespace === QCVN_NAMESPACE) return undefined;
  return { code: 'NAMESPACE_WRONG', ...place, params: { element: root.name, found: root.namespace, expected: QCVN_NAMESPACE } };
}

/** Level of a libxml2 error after which nothing more was read. */
const FATAL = 3;

function parseProblems(error: XmlParseError): readonly Problem[] {
  const undeclared = undeclaredPrefixes(error.details);
  const fatal = error.details.find((detail) => detail.level === FATAL);
  const other = fatal ?? (undeclared.length === 0 ? error.details[0] : undefined);
  if (other !== undefined) return [...undeclared, brokenXml(other)];
  return undeclared.length > 0 ? undeclared : [{ code: 'NOT_XML', params: { detail: error.message.trim() } }];
}

const undefinedPrefix = /^Namespace prefix (\S+) (?:for \S+ )?on (\S+) is not defined/;

/** One problem for each prefix, at its first use: a prefix forgotten once is usually used a hundred times. */
function undeclaredPrefixes(details: readonly ErrorDetail[]): Problem[] {
  const first = new Map<string, Problem>();
  for (const { message, line } of details) {
    const [, prefix, name] = undefinedPrefix.exec(message) ?? [];
    if (prefix === undefined || name === undefined || first.has(prefix)) continue;
    const params = { prefix, element: name, namespace: QCVN_NAMESPACE };
    first.set(prefix, { code: prefixCode(prefix), line, params });
  }
  return [...first.values()];
}

/** The official samples leave out just these two declarations, so whoever copies them needs the exact words (domain 5.1). */
function prefixCode(prefix: string): Problem['code'] {
  if (prefix === 'edXML') return 'PREFIX_EDXML_UNDECLARED';
  return prefix === 'xlink' ? 'PREFIX_XLINK_UNDECLARED' : 'PREFIX_UNDECLARED';
}

function brokenXml({ message, line }: ErrorDetail): Problem {
  const mismatch = /^Opening and ending tag mismatch: (\S+) line (\d+) and (\S+)/.exec(message);
  if (mismatch !== null) {
    return { code: 'XML_TAG_MISMATCH', line, params: { open: `${mismatch[1]}`, openLine: `${mismatch[2]}`, close: `${mismatch[3]}` } };
  }
  if (/^Premature end of data|^Couldn't find end of Start Tag|^Comment not terminated|^CData section not/.test(message))
    return { code: 'XML_CUT_SHORT', line };
  if (/^Excessive depth/.test(message)) return { code: 'XML_TOO_DEEP', line, params: { limit: 256 } };
  const entity = /^Entity '([^']*)' not defined/.exec(message)?.[1];
  if (entity !== undefined) return { code: 'XML_ENTITY_UNKNOWN', line, params: { entity: `&${entity};` } };
  if (/^(EntityRef|xmlParseEntityRef)/.test(message)) return { code: 'XML_ENTITY_UNKNOWN', line, params: { entity: '&' } };
  return { code: 'NOT_XML', line, params: { detail: message.trim() } };
}
