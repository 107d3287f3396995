import type { Code } from './codes/index.ts';
import { codes } from './codes/index.ts';

/**
 * One thing that is wrong with what somebody sent: a stable code, where it is, and the values that its text names.
 * `at` is an XPath into the package (local names, for example `/edXML/edXMLEnvelope/edXMLHeader/MessageHeader/From/OrganId`)
 * or the name of a header or parameter of the request; `line` counts from 1.
 */
export interface Problem {
  readonly code: Code;
  readonly at?: string;
  readonly line?: number;
  readonly params?: Readonly<Record<string, string | number>>;
}

/** A problem as it is shown: both languages, what to do, and the place. */
export interface ProblemText {
  readonly code: Code;
  readonly vi: string;
  readonly en: string;
  readonly fixVi: string;
  readonly fixEn: string;
  readonly at?: string;
  readonly line?: number;
}

/** Longest place and value of a problem, in characters. */
const longestPlace = 500;
const longestValue = 500;

/** What neither XML nor the database can hold, and what only a terminal would obey. */
const unpresentable = /[^\t\n\r\u{20}-\u{7e}\u{a0}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

/**
 * A problem that can be stored, sent and shown, whatever a stranger wrote into its values: long ones are cut, and U+FFFD stands for
 * characters that are none of XML or control something. Without it one package could make an answer of any length, or a fault of ours.
 */
export function presentable(problem: Problem): Problem {
  const { at, params } = problem;
  return {
    ...problem,
    ...(at === undefined ? {} : { at: plain(at, longestPlace) }),
    ...(params === undefined
      ? {}
      : { params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, plainValue(value)])) }),
  };
}

function plainValue(value: string | number): string | number {
  return typeof value === 'number' ? value : plain(value, longestValue);
}

function plain(text: string, most: number): string {
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return cut.replace(unpresentable, '\ufffd');
}

/** The texts of a problem with its values filled in. Values are cut to 200 characters: they come from strangers. */
export function problemText(problem: Problem): ProblemText {
  const entry = codes[problem.code];
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (_, name: string) => shown(problem.params?.[name]));
  return {
    code: problem.code,
    vi: fill(entry.vi),
    en: fill(entry.en),
    fixVi: fill(entry.fixVi),
    fixEn: fill(entry.fixEn),
    ...(problem.at === undefined ? {} : { at: problem.at }),
    ...(problem.line === undefined ? {} : { line: problem.line }),
  };
}

function shown(value: string | number | undefined): string {
  const text = String(value ?? '');
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/**
 * Input that is refused, with every reason at once. The only class thrown for somebody else's mistake;
 * problem+json, SOAP fault, edXML ErrorList and the rejected receipt are made from it.
 */
export class Rejection extends Error {
  readonly problems: readonly Problem[];

  /** `problems` holds at least one entry; they are kept as `presentable` makes them. */
  constructor(problems: readonly Problem[]) {
    super(problems.map((p) => p.code).join(', '));
    this.name = 'Rejection';
    this.problems = problems.map(presentable);
  }

  /** The HTTP status of the answer: that of the gravest problem (the first entry of its kind wins over 422). */
  get status(): number {
    return this.problems.map((p) => codes[p.code].status).find((s) => s !== 422) ?? 422;
  }
}

/** Shorthand for a rejection with one problem. */
export function reject(code: Code, more: Omit<Problem, 'code'> = {}): Rejection {
  return new Rejection([{ code, ...more }]);
}
