import type { XmlDocument, XmlElement } from 'libxml2-wasm';
import { reject } from '../../routing/problem.ts';
import { attributeOf, elementsOf, parse, refuseUnsafe, textOf } from './markup.ts';
import type { SoapPorts } from './ports.ts';
import type { SignedToken } from './signed-token.ts';
import { readSignedToken } from './signed-token.ts';

/** A UsernameToken (UsernameToken Profile 1.1). */
export interface PasswordToken {
  readonly kind: 'password';
  readonly username: string;
  readonly password: string;
  readonly nonce?: string;
}

/** What a wsse:Security header says: who somebody is, and when it was made. */
export type Security = (PasswordToken | SignedToken) & {
  readonly created?: string;
  /** Of the wsu:Timestamp. */
  readonly expires?: string;
};

export const WSSE_NAMESPACE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
export const WSU_NAMESPACE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const DSIG_NAMESPACE = 'http://www.w3.org/2000/09/xmldsig#';
const PASSWORD_TEXT = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText';
const longestField = 500;

/** The blocks of a Security header, each at most once. */
export interface SecurityBlocks {
  readonly header: XmlElement;
  readonly usernameToken?: XmlElement;
  readonly binarySecurityToken?: XmlElement;
  readonly signature?: XmlElement;
  readonly timestamp?: XmlElement;
}

/**
 * The Security header in the beginning of an envelope, up to its Body; undefined when there is none. So a client is known before the
 * package comes. Throws Rejection WSS_MALFORMED, WSS_UNSUPPORTED, WSS_SIGNATURE, WSS_SIGNATURE_INVALID, and what reading XML throws.
 */
export function readSecurity(beginning: Buffer, ports: Pick<SoapPorts, 'readSignature'>): Security | undefined {
  const written = beginning.toString('utf8');
  const body = /<(?:[A-Za-z_][\w.-]*:)?Body[\s/>]/.exec(written);
  const root = /<((?:[A-Za-z_][\w.-]*:)?Envelope)[\s>]/.exec(written)?.[1];
  if (body === null || root === undefined || !written.includes(WSSE_NAMESPACE)) return undefined;
  const head = Buffer.from(`${written.slice(0, body.index)}</${root}>`);
  refuseUnsafe(head);
  const doc = parse(head);
  try {
    const blocks = securityBlocks(doc);
    return blocks === undefined ? undefined : securityOf(doc, blocks, ports);
  } finally {
    doc.dispose();
  }
}

/** The blocks of the one Security header of an envelope, if any. Throws Rejection WSS_MALFORMED, WSS_UNSUPPORTED. */
export function securityBlocks(doc: XmlDocument): SecurityBlocks | undefined {
  const [head] = elementsOf(doc.root);
  const headers = (head === undefined ? [] : elementsOf(head)).filter(
    ({ name, namespaceUri }) => name === 'Security' && namespaceUri === WSSE_NAMESPACE,
  );
  const [header] = headers;
  if (headers.length > 1) throw malformed('more than one Security header');
  if (header === undefined) return undefined;
  const found: Partial<Record<keyof SecurityBlocks, XmlElement>> = {};
  for (const block of elementsOf(header)) {
    const name = blockNames[`{${block.namespaceUri}}${block.name}`];
    if (name === undefined) throw unsupported(block, block.name);
    if (found[name] !== undefined) throw malformed(`more than one ${block.name}`);
    found[name] = block;
  }
  return { header, ...found };
}

const blockNames: Readonly<Record<string, Exclude<keyof SecurityBlocks, 'header'>>> = {
  [`{${WSSE_NAMESPACE}}UsernameToken`]: 'usernameToken',
  [`{${WSSE_NAMESPACE}}BinarySecurityToken`]: 'binarySecurityToken',
  [`{${DSIG_NAMESPACE}}Signature`]: 'signature',
  [`{${WSU_NAMESPACE}}Timestamp`]: 'timestamp',
};

function securityOf(doc: XmlDocument, blocks: SecurityBlocks, ports: Pick<SoapPorts, 'readSignature'>): Security {
  const { usernameToken, signature, binarySecurityToken, timestamp } = blocks;
  const stamp = timestamp === undefined ? {} : fieldsOf(timestamp);
  const expires = stamp['Expires'] === undefined ? {} : { expires: stamp['Expires'] };
  if (signature !== undefined) {
    if (usernameToken !== undefined) throw malformed('a UsernameToken beside a Signature');
    const { Created: created } = stamp;
    if (created === undefined) throw malformed('a Signature without a Timestamp with Created');
    return { ...readSignedToken(doc, blocks, ports).token, created, ...expires };
  }
  if (binarySecurityToken !== undefined) throw malformed('a BinarySecurityToken without a Signature');
  if (usernameToken === undefined) throw malformed('it holds neither a UsernameToken nor a Signature');
  return { ...passwordOf(usernameToken), ...expires };
}

function passwordOf(token: XmlElement): PasswordToken & { readonly created?: string } {
  const fields = fieldsOf(token);
  const written = elementsOf(token).find(({ name }) => name === 'Password');
  const type = (written === undefined ? undefined : attributeOf(written, 'Type')) ?? PASSWORD_TEXT;
  if (type !== PASSWORD_TEXT) throw unsupported(token, type);
  const { Username: username = '', Password: password = '', Nonce: nonce, Created: created } = fields;
  if (username === '' || password === '') throw malformed('Username or Password is missing');
  const more = { ...(nonce === undefined ? {} : { nonce }), ...(created === undefined ? {} : { created }) };
  return { kind: 'password', username, password, ...more };
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

/** Rejection WSS_MALFORMED. */
export function malformed(detail: string) {
  return reject('WSS_MALFORMED', { params: { detail } });
}

/** Rejection WSS_UNSUPPORTED. */
export function unsupported({ line }: { readonly line?: number | undefined }, what: string) {
  return reject('WSS_UNSUPPORTED', { ...(line === undefined ? {} : { line }), params: { what } });
}
