import { Rejection, reject } from '../../../routing/problem.ts';
import { UnitFault } from '../../../routing/unit.ts';
import type { Door } from './door.ts';
import type { AxisCall } from './packages.ts';
import type { AxisPorts } from './ports.ts';
import { wrong } from './values.ts';

/** Bytes of a body of registerAgency at most. */
const mostBytes = 16 * 1024;

/**
 * Registers an agency of the system's own, below one that it speaks for. The signature of the protocol does not cover the body: what keeps
 * it from being changed on the way is TLS.
 */
export async function registerAgency(ports: AxisPorts, { req, res, client }: AxisCall, door: Door): Promise<void> {
  const field = fieldsIn(await textOf(() => door.body(req, res, mostBytes)), ports);
  const contacts = { mail: field('mail'), mobile: field('mobile'), fax: field('fax') };
  try {
    await ports.units.register({ code: field('code'), name: field('name'), pcode: field('pcode'), ...contacts }, client);
  } catch (error) {
    throw error instanceof UnitFault ? wrong(error.field, error.value) : error;
  }
}

/** Closes an agency that the system registered. */
export async function deleteAgency(ports: AxisPorts, { client, values }: AxisCall): Promise<void> {
  const code = values.get('AgencyCode')?.trim() ?? '';
  if (code === '') throw wrong('AgencyCode', code);
  await ports.units.close(code, client);
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
