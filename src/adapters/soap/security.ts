import type { XmlElement } from 'libxml2-wasm';
import { reject } from '../../routing/problem.ts';
import { elementsOf, parse, refuseUnsafe, textOf } from './markup.ts';

/** What a wsse:Security header says: a UsernameToken, and when it was made (UsernameToken Profile 1.1). */
export interface Security {
  readonly username: string;
  readonly password: string;
  readonly nonce?: string;
  readonly created?: string;
  /** Of the wsu:Timestamp beside it. */
  readonly expires?: string;
}

export const WSSE_NAMESPACE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const PASSWORD_TEXT = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText';
const longestField = 500;

/**
 * The Security header in the beginning of an envelope, up to its Body; undefined when there is none. So a client is known before the
 * package comes. Throws Rejection WSS_MALFORMED, WSS_UNSUPPORTED, and what reading XML throws.
 */
export function readSecurity(beginning: Buffer): Security | undefined {
  const written = beginning.toString('utf8');
  const body = /<(?:[A-Za-z_][\w.-]*:)?Body[\s/>]/.exec(written);
  const root = /<((?:[A-Za-z_][\w.-]*:)?Envelope)[\s>]/.exec(written)?.[1];
  if (body === null || root === undefined || !written.includes(WSSE_NAMESPACE)) return undefined;
  const head = Buffer.from(`${written.slice(0, body.index)}</${root}>`);
  refuseUnsafe(head);
  const doc = parse(head);
  try {
    const [header] = elementsOf(doc.root);
    const found = (header === undefined ? [] : elementsOf(header)).filter((block) => isWsse(block, 'Security'));
    if (found.length > 1) throw malformed('more than one Security header');
    return found[0] === undefined ? undefined : securityOf(found[0]);
  } finally {
    doc.dispose();
  }
}

function isWsse(element: XmlElement, name: string): boolean {
  return element.name === name && element.namespaceUri === WSSE_NAMESPACE;
}

function securityOf(header: XmlElement): Security {
  const blocks = elementsOf(header);
  const strange = blocks.find((block) => !isWsse(block, 'UsernameToken') && block.name !== 'Timestamp');
  if (strange !== undefined) throw reject('WSS_UNSUPPORTED', { line: strange.line, params: { what: strange.name } });
  const [token, ...others] = blocks.filter((block) => isWsse(block, 'UsernameToken'));
  if (token === undefined || others.length > 0) throw malformed('it holds no UsernameToken, or several');
  const fields = fieldsOf(token);
  const type =
    elementsOf(token)
      .find(({ name }) => name === 'Password')
      ?.attr('Type')?.value ?? PASSWORD_TEXT;
  if (type !== PASSWORD_TEXT) throw reject('WSS_UNSUPPORTED', { line: token.line, params: { what: type } });
  const { Username: username = '', Password: password = '', Nonce: nonce, Created: created } = fields;
  if (username === '' || password === '') throw malformed('Username or Password is missing');
  const stamp = blocks.find(({ name }) => name === 'Timestamp');
  const expires = stamp === undefined ? undefined : fieldsOf(stamp)['Expires'];
  return {
    username,
    password,
    ...(nonce === undefined ? {} : { nonce }),
    ...(created === undefined ? {} : { created }),
    ...(expires === undefined ? {} : { expires }),
  };
}

function fieldsOf(parent: XmlElement): Record<string, string> {
  const fields: Record<string, string> = Object.create(null);
  for (const element of elementsOf(parent)) {
    if (element.name in fields) throw malformed(`${element.name} is given twice`);
    const text = textOf(element).trim();
    if (text.length > longestField) throw malformed(`${element.name} is longer than ${longestField} characters`);
    fields[element.name] = text;
  }
  return fields;
}

function malformed(detail: string) {
  return reject('WSS_MALFORMED', { params: { detail } });
}
