import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorDetail } from 'libxml2-wasm';
import { XmlDocument, XmlValidateError, XsdValidator } from 'libxml2-wasm';
import { productRoot } from '../../paths.ts';
import type { Problem } from '../../routing/problem.ts';
import type { Element } from './element.ts';
import { QCVN_NAMESPACE } from './namespaces.ts';
import type { Stranger, Structure } from './structure.ts';
import { strangers, structureOf } from './structure.ts';
import type { Tree } from './tree.ts';

interface Schema {
  readonly validator: XsdValidator;
  readonly structure: Structure;
}

let compiled: Schema | undefined;

/** The schema, compiled at the first use and kept for the life of the thread. Throws an Error when the file is missing or wrong. */
function schema(): Schema {
  compiled ??= compile();
  return compiled;
}

function compile(): Schema {
  const doc = XmlDocument.fromBuffer(readFileSync(join(productRoot, 'schemas/xsd/edxml.xsd')));
  try {
    return { validator: XsdValidator.fromDoc(doc), structure: structureOf(doc) };
  } finally {
    doc.dispose();
  }
}

/** Everything about the tree that the schema does not allow, each element named once. More than `most` are not looked for. */
export function checkSchema(tree: Tree, most: number): Problem[] {
  const { validator, structure } = schema();
  const unknown = strangers(tree.root, structure).map(strangerProblem);
  if (unknown.length >= most) return unknown;
  const details = validate(validator, tree.doc).filter(({ message }) => unknown.length === 0 || !notExpected.test(message));
  return [...unknown, ...details.slice(0, most).flatMap((detail) => explain(detail, tree.root))];
}

/** What the validator says of a stranger, which has been named already. */
const notExpected = /This element is not expected/;

function validate(validator: XsdValidator, doc: XmlDocument): readonly ErrorDetail[] {
  try {
    validator.validate(doc);
    return [];
  } catch (error) {
    if (error instanceof XmlValidateError) return error.details;
    throw error;
  }
}

function strangerProblem({ element, parent, kind }: Stranger): Problem {
  const place = { at: element.at, line: element.line };
  if (kind === 'lookalike') {
    return { code: 'NAMESPACE_WRONG', ...place, params: { element: element.name, found: element.namespace, expected: QCVN_NAMESPACE } };
  }
  const code = kind === 'misplaced' ? 'ELEMENT_MISPLACED' : 'ELEMENT_UNKNOWN';
  return { code, ...place, params: { element: element.name, parent: parent.name } };
}

/** The validator's sentence without its quoted namespaces; its two common ones have texts of their own. */
function explain(detail: ErrorDetail, root: Element): Problem[] {
  const element = detail.xpath === undefined ? undefined : find(root, detail.xpath);
  const place = element === undefined ? { line: detail.line } : { at: element.at, line: detail.line };
  const name = element?.name ?? '';
  // .NET writes xsi:nil="true" where it has no value, and empty is absent.
  if (/The element is not 'nillable'/.test(detail.message) && element !== undefined && isEmpty(element)) return [];
  if (/content type is 'element-only'/.test(detail.message)) return [{ code: 'TEXT_NOT_ALLOWED', ...place, params: { element: name } }];
  if (/^Element '[^']*': Element content is not allowed/.test(detail.message)) {
    return [{ code: 'ELEMENTS_NOT_ALLOWED', ...place, params: { element: name } }];
  }
  return [
    {
      code: 'SCHEMA_INVALID',
      ...place,
      params: {
        detail: detail.message
          .slice(0, 500)
          .replaceAll(/\{[^}]*\}/g, '')
          .trim(),
      },
    },
  ];
}

function isEmpty(element: Element): boolean {
  return element.children.length === 0 && element.text.trim() === '';
}

/**
 * The element that a node path of libxml2 leads to. Steps are `name`, `prefix:name` or, in a default namespace, `*`, each with `[n]`
 * where it would be ambiguous; `n` counts among all elements for `*`, else among those of the same name, however prefixed.
 */
function find(root: Element, path: string): Element | undefined {
  const steps = path.split('/').slice(2);
  return steps.reduce<Element | undefined>((parent, step) => parent && childAt(parent, step), root);
}

function childAt(parent: Element, step: string): Element | undefined {
  const [, name, position] = /^(?:[^:[]*:)?([^:[]+)(?:\[(\d+)\])?$/.exec(step) ?? [];
  if (name === undefined) return undefined;
  const same = name === '*' ? parent.children : parent.children.filter((child) => child.name === name);
  return same[Number(position ?? 1) - 1];
}
