import type { Lifted, Run } from '../../routing/package.ts';
import type { Problem } from '../../routing/problem.ts';
import type { Element } from './element.ts';
import { lineAt } from './markup.ts';
import { QCVN_NAMESPACE } from './namespaces.ts';
import { down, each, spotOf } from './path.ts';

/** Children that may stand more than once in their parent, or once in each of these (domain 4.2 to 4.8). All others are single. */
const repeatable: Readonly<Record<string, readonly string[]>> = {
  MessageHeader: ['To', 'ResponseFor'],
  ToPlaces: ['Place'],
  Appendixes: ['Appendix'],
  ResponseForTask: ['TaskCode'],
  TraceHeaderList: ['TraceHeader'],
  Bussiness: ['BussinessDocumentInfo', 'StaffInfo'],
  ReceiverList: ['Receiver'],
  ReplacementInfoList: ['ReplacementInfo'],
  OrganIdList: ['OrganId'],
  ErrorList: ['Error'],
  edXMLManifest: ['Reference'],
  AttachmentEncoded: ['Attachment'],
};

/**
 * What the schema can't say: elements that stand twice although readers take the first or the last of them (the official library the
 * last, domain 5.1), and text broken by comments, of which some readers see only the first part.
 */
export function checkShape(element: Element): Problem[] {
  const split: Problem[] = element.split
    ? [{ code: 'TEXT_SPLIT', at: element.at, line: element.line, params: { element: element.name } }]
    : [];
  return [...split, ...repeatedIn(element), ...element.children.flatMap(checkShape)];
}

/** Misplaced texts that are looked for in the tree: one search costs as much as reading it. */
const MOST_ASTRAY = 20;

/** The lifted bodies by their token, and where a token stands that is not the whole body of an attachment. */
export function placeRuns(root: Element, lifted: Lifted): { bodies: ReadonlyMap<string, Run>; problems: Problem[] } {
  const files = each(down(spotOf(root), 'AttachmentEncoded'), 'Attachment');
  const texts = new Set(files.map((file) => down(file, 'ContentTransferEncoded').element?.text.trim()));
  const bodies = new Map(lifted.runs.filter((run) => texts.has(run.token)).map((run) => [run.token, run]));
  const astray = lifted.runs.filter((run) => !bodies.has(run.token));
  const problems = astray.slice(0, MOST_ASTRAY).map((run): Problem => {
    const line = lineAt(lifted.text, run.at);
    const holder = findText(root, run.token);
    return { code: 'LONG_TEXT_MISPLACED', ...(holder === undefined ? {} : { at: holder.at }), line };
  });
  return { bodies, problems };
}

function repeatedIn(parent: Element): Problem[] {
  if (parent.children.length < 2) return [];
  const several = repeatable[regular(parent.name)] ?? [];
  const groups = new Map<string, Element[]>();
  for (const child of parent.children) {
    const name = regular(child.name);
    if (child.namespace !== QCVN_NAMESPACE || several.includes(name)) continue;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [child]);
    else group.push(child);
  }
  return [...groups.values()].flatMap((group) => {
    const second = group[1];
    if (second === undefined) return [];
    const params = { element: second.name, parent: parent.name, count: group.length };
    return [{ code: 'ELEMENT_REPEATED' as const, at: second.at, line: second.line, params }];
  });
}

/** Both spellings name the same thing, so one of each is twice. */
function regular(name: string): string {
  return name.startsWith('Business') ? `Bussiness${name.slice('Business'.length)}` : name;
}

function findText(element: Element, text: string): Element | undefined {
  if (element.text.includes(text)) return element;
  for (const child of element.children) {
    const found = findText(child, text);
    if (found !== undefined) return found;
  }
  return undefined;
}
