import type { XmlDocument } from 'libxml2-wasm';
import { XmlElement } from 'libxml2-wasm';
import type { Element } from './element.ts';
import { DSIG_NAMESPACE, QCVN_NAMESPACE } from './namespaces.ts';

/** Type name of the schema by name of a child element. */
type Content = ReadonlyMap<string, string>;

/** Which element may stand where, as the schema file says it. */
export interface Structure {
  readonly root: Content;
  readonly types: ReadonlyMap<string, Content>;
  /** Every local name that the schema gives to an element. */
  readonly names: ReadonlySet<string>;
}

/** Reads the declarations of our own schema file: named complex types with their local elements. */
export function structureOf(schema: XmlDocument): Structure {
  const types = new Map<string, Content>();
  for (const node of elementsIn(schema.root)) {
    if (node.name === 'complexType') types.set(node.attr('name')?.value ?? '', declared(node));
  }
  const root = new Map(declarations(elementsIn(schema.root)));
  const names = new Set([...root.keys(), ...[...types.values()].flatMap((content) => [...content.keys()])]);
  return { root, types, names };
}

/** An element that may not stand where it stands, or not in that namespace. */
export interface Stranger {
  readonly element: Element;
  readonly parent: Element;
  /** `unknown`: no such name. `misplaced`: a name of the regulation, elsewhere. `lookalike`: the right name in another namespace. */
  readonly kind: 'unknown' | 'misplaced' | 'lookalike';
}

/**
 * All strangers, at their outermost. The validator alone is not enough: it reports only the first in each parent and looks no further
 * into it, and it lets extensions of other namespaces pass by the name of what they stand beside. Peers that ignore namespaces take
 * such a lookalike for the real thing (domain 5.1).
 */
export function strangers(root: Element, structure: Structure): Stranger[] {
  return strangersIn(root, structure.root.get(root.name), structure);
}

function strangersIn(parent: Element, type: string | undefined, structure: Structure): Stranger[] {
  const content = structure.types.get(type ?? '');
  // An element of text has no content model here; the validator says what is wrong inside it.
  if (content === undefined || content.size === 0) return [];
  return parent.children.flatMap((element) => {
    const known = content.has(element.name);
    if (element.namespace === DSIG_NAMESPACE && content.has('Signature')) return [];
    if (element.namespace !== QCVN_NAMESPACE && known) return [{ element, parent, kind: 'lookalike' as const }];
    if (element.namespace !== QCVN_NAMESPACE && element.namespace !== '') return hiddenIn(element);
    if (known) return strangersIn(element, content.get(element.name), structure);
    return [{ element, parent, kind: structure.names.has(element.name) ? ('misplaced' as const) : ('unknown' as const) }];
  });
}

/** Elements of the regulation inside an extension, where no reader of the regulation would look and others would. */
function hiddenIn(extension: Element): Stranger[] {
  return extension.children.flatMap((element) => {
    if (element.namespace !== QCVN_NAMESPACE) return hiddenIn(element);
    return [{ element, parent: extension, kind: 'misplaced' as const }];
  });
}

function declared(type: XmlElement): Content {
  return new Map(elementsIn(type).flatMap((group) => declarations(elementsIn(group))));
}

function declarations(nodes: readonly XmlElement[]): [string, string][] {
  return nodes.filter((node) => node.name === 'element').map((node) => [node.attr('name')?.value ?? '', node.attr('type')?.value ?? '']);
}

function elementsIn(node: XmlElement): XmlElement[] {
  const found: XmlElement[] = [];
  for (let child = node.firstChild; child !== null; child = child.next) {
    if (child instanceof XmlElement) found.push(child);
  }
  return found;
}
