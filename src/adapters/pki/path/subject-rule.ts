import { reject } from '../../../routing/problem.ts';
import type { BindingFor, CertificateBinding, SubjectRule } from '../../../routing/trust.ts';
import { readPathCertificate } from './certificate.ts';
import type { Name } from './names.ts';
import { attributeTypes, prepared, readName } from './names.ts';

const RULES = 10;
/** A pattern of fewer letters would bind half of a province. */
const LETTERS = 3;
/** Wildcards of a pattern, and letters of an attribute that is compared: what is matched must stay cheap. */
const WILDCARDS = 4;
const COMPARED = 1000;

/**
 * Reads `CN=Sở Nội vụ*;O=UBND tỉnh Hưng Yên`: attributes between semicolons (`\;` for one in a value), each a type and a value in which
 * `*` stands for any text. Throws Rejection BINDING_SUBJECT.
 */
export function readSubjectRules(text: string): SubjectRule[] {
  const parts = text.split(/(?<!\\);/).map((part) => part.replaceAll('\\;', ';').trim());
  if (parts.length > RULES) throw malformed(`more than ${RULES} attributes`);
  return parts.map((part) => {
    const at = part.indexOf('=');
    const type = part.slice(0, at).trim();
    const value = part.slice(at + 1).trim();
    if (at < 1 || oidOf(type) === undefined) throw malformed(part);
    if (value.split('*').length > WILDCARDS + 1) throw malformed(part);
    if (prepared(value).replaceAll('*', '').length < LETTERS && type !== 'C') throw malformed(part);
    return { type, value };
  });
}

/**
 * Whether a subject fits: each rule is met by some attribute, and each attribute of a type that the rules name meets one of them; so a
 * second common name can't smuggle anything past the first.
 */
export function fitsSubject(subject: Name, rules: readonly SubjectRule[]): boolean {
  const attributes = subject.rdns.flat().filter((one) => one.text !== undefined);
  const patterns = rules.map(({ type, value }) => ({ type: oidOf(type), pattern: patternOf(value) }));
  const types = new Set(patterns.map(({ type }) => type));
  const fits = (rule: (typeof patterns)[number], one: (typeof attributes)[number]) =>
    rule.type === one.type && one.compared.length <= COMPARED && rule.pattern.test(one.compared);
  return (
    rules.length > 0 &&
    patterns.every((rule) => attributes.some((one) => fits(rule, one))) &&
    attributes.every((one) => !types.has(one.type) || patterns.some((rule) => fits(rule, one)))
  );
}

/** The first of the bindings that a certificate fits by issuer and subject; its path is another question. Undefined for what can't be read. */
export const bindingFor: BindingFor = (der, bindings) => {
  try {
    const { subject, issuer } = readPathCertificate(der);
    return bindings.find((one) => isIssuer(one, issuer) && fitsSubject(subject, one.subject));
  } catch {
    return undefined;
  }
};

function isIssuer({ issuer }: CertificateBinding, name: Name): boolean {
  return issuer === undefined || readName(Buffer.from(issuer, 'hex')).key === name.key;
}

function patternOf(value: string): RegExp {
  const parts = prepared(value).split('*');
  return new RegExp(`^${parts.map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&')).join('.*')}$`, 's');
}

function oidOf(type: string): string | undefined {
  return attributeTypes[type] ?? (/^[0-2](\.\d{1,10}){1,20}$/.test(type) ? type : undefined);
}

function malformed(detail: string) {
  return reject('BINDING_SUBJECT', { params: { detail } });
}
