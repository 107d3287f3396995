import type { XmlSimpleNode } from 'libxml2-wasm';
import { XmlCData, XmlComment, XmlElement, XmlText } from 'libxml2-wasm';
import { DSIG_NAMESPACE, QCVN_NAMESPACE } from './namespaces.ts';

/**
 * One element of the parsed package as plain data, so that readers and rules need neither the parser nor its memory.
 * Prefixes are forgotten on purpose: a name is {namespace, local name} (domain A2).
 */
export interface Element {
  readonly name: string;
  readonly namespace: string;
  /** XPath of local names, with `[n]` where siblings share the name. */
  readonly at: string;
  readonly line: number;
  readonly children: readonly Element[];
  /** Text and CDATA of an element without child elements; empty otherwise. */
  readonly text: string;
  /** True when a comment stands among that text. */
  readonly split: boolean;
}

/** Copies the tree under `node` once. The scan has bounded the depth, so recursion is safe, and refused processing instructions. */
export function snapshot(node: XmlElement): Element {
  return copy(node, node.name, `/${node.name}`);
}

function copy(node: XmlElement, name: string, at: string): Element {
  const uri = node.namespaceUri;
  // One string for all, so that comparing it later costs nothing.
  const namespace = uri === QCVN_NAMESPACE ? QCVN_NAMESPACE : uri;
  const line = node.line;
  // What is inside a signature is the verifier's business alone; no reader may depend on it.
  if (name === 'Signature' && (namespace === DSIG_NAMESPACE || namespace === QCVN_NAMESPACE))
    return { name, namespace, at, line, children: [], text: '', split: false };
  const { elements, texts, comments } = sortChildren(node);
  if (elements.length > 0) return { name, namespace, at, line, children: copyAll(elements, at), text: '', split: false };
  const text = texts.length === 1 ? (texts[0] as XmlSimpleNode).content : texts.map((part) => part.content).join('');
  return { name, namespace, at, line, children: [], text, split: comments && text.trim() !== '' };
}

function sortChildren(node: XmlElement) {
  const elements: XmlElement[] = [];
  const texts: XmlSimpleNode[] = [];
  let comments = false;
  for (let child = node.firstChild; child !== null; child = child.next) {
    if (child instanceof XmlElement) elements.push(child);
    else if (child instanceof XmlText || child instanceof XmlCData) texts.push(child);
    else if (child instanceof XmlComment) comments = true;
  }
  return { elements, texts, comments };
}

function copyAll(nodes: readonly XmlElement[], at: string): Element[] {
  const names = nodes.map((node) => node.name);
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const seen = new Map<string, number>();
  return nodes.map((node, i) => {
    const name = names[i] as string;
    if (counts.get(name) === 1) return copy(node, name, `${at}/${name}`);
    const position = (seen.get(name) ?? 0) + 1;
    seen.set(name, position);
    return copy(node, name, `${at}/${name}[${position}]`);
  });
}
