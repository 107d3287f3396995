import { createHash } from 'node:crypto';
import { isCodeForm, longestCode, schemeOf } from '../../../routing/code-form.ts';
import { Rejection, reject } from '../../../routing/problem.ts';
import type { Agency } from '../../../routing/register.ts';
import { vietnamDay } from '../../../routing/time.ts';
import type { Door } from './door.ts';
import type { AxisCall } from './packages.ts';
import type { AxisPorts, AxisSettings } from './ports.ts';
import { wrong } from './values.ts';

/** Bytes of a body of registerAgency at most. */
const mostBytes = 16 * 1024;
/** The longest name (NĐ 30/2020, Annex VI). */
const longestName = 200;
/** The day from which the code of an agency counts whose registration does not say. */
const validSinceEver = '2000-01-01';

/**
 * Registers an agency of the system's own, below one that it speaks for; the same again changes nothing. The signature of the protocol does
 * not cover the body: what keeps it from being changed on the way is TLS.
 */
export async function registerAgency(
  ports: AxisPorts,
  { req, res, client }: AxisCall,
  door: Door,
  { profile }: AxisSettings,
): Promise<void> {
  const fields = fieldsIn(await textOf(() => door.body(req, res, mostBytes)), ports);
  const code = fields('code');
  if (code.length > longestCode || !isCodeForm(code, undefined)) throw wrong('code', code);
  const name = fields('name')
    .normalize('NFC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  if (name === '' || name.length > longestName) throw wrong('name', name);
  const parent = fields('pcode');
  const unit: Agency = {
    id: ports.newId(),
    name,
    status: 'active',
    channel: 'inbox',
    signaturePolicy: profile.signaturePolicy,
    codes: [{ code, scheme: schemeOf(code), validFrom: validSinceEver }],
    ...(parent === '' ? {} : { parent }),
  };
  await ports.units.addUnit(unit, client);
}

/**
 * Closes an agency that the system registered, from today on: it neither sends nor receives any more, what waits for it fails and its senders
 * are told, and its code is never given out again. Closing it twice is closing it once.
 */
export async function deleteAgency(ports: AxisPorts, { client, values }: AxisCall): Promise<void> {
  const code = values.get('AgencyCode')?.trim() ?? '';
  if (code === '') throw wrong('AgencyCode', code);
  if ((await ports.units.unitState(code, client.id)) === 'closed') return;
  const row = { line: 1, kind: 'close', from: code, on: vietnamDay(ports.now()), basis: 'deleteAgency' } as const;
  const sha256 = createHash('sha256').update(JSON.stringify(row)).digest('hex');
  await ports.close({ name: 'deleteAgency', sha256, rows: [row] }, `client:${client.id}`, false);
}

async function textOf(open: () => AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of open()) pieces.push(piece);
  } catch (error) {
    const isTooLarge = error instanceof Rejection && error.problems.some(({ code }) => code === 'PACKAGE_TOO_LARGE');
    throw isTooLarge ? unread(`> ${mostBytes} byte`) : error;
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** The fields of the body by name, trimmed; absent ones are empty. Throws Rejection AXIS_BODY. */
function fieldsIn(text: string, { log }: AxisPorts): (name: string) => string {
  const given = objectIn(text) ?? mended(text, log);
  if (given === undefined) throw unread('JSON');
  return (name) => {
    const value: unknown = Object.hasOwn(given, name) ? (given as Record<string, unknown>)[name] : undefined;
    if (value === undefined || value === null) return '';
    if (typeof value !== 'string') throw unread(name);
    return value.trim();
  };
}

/**
 * The example in the library's own documentation is no JSON: it has `"mail":cc""`, with the text before both of its quotes. That much, in
 * any of the fields of the body, is understood; nothing else that is no JSON.
 */
const textBeforeQuotes = /("(?:id|pcode|code|name|mail|mobile|fax)"\s*:\s*)([^\s",:{}[\]\\]+)""/g;

function mended(text: string, log: AxisPorts['log']): object | undefined {
  const found = objectIn(text.replace(textBeforeQuotes, '$1"$2"'));
  if (found !== undefined) log.info({}, 'axis body mended: text before its quotes');
  return found;
}

function objectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function unread(detail: string): Rejection {
  return reject('AXIS_BODY', { params: { detail } });
}
