import type { IncomingMessage } from 'node:http';
import { reject } from '../../routing/problem.ts';
import type { SoapVersion } from './names.ts';
import { soap11, soap12 } from './names.ts';

/** How a request is packed, as its headers say. */
export interface Packing {
  readonly version: SoapVersion;
  readonly action?: string;
  /** For MTOM and SOAP with Attachments: the Content-Type, and the Content-ID of the part with the envelope unless it is the first. */
  readonly related?: { readonly contentType: string; readonly start?: string };
  /** The client asks for packages as MTOM. */
  readonly wantsMtom: boolean;
}

const versions = [soap11, soap12];
const allowed = 'text/xml, application/soap+xml, multipart/related';

/** Reads the Content-Type and the like. Throws Rejection CONTENT_TYPE_UNSUPPORTED, CONTENT_ENCODING_UNSUPPORTED. */
export function packingOf({ headers }: IncomingMessage): Packing {
  const type = headers['content-type'] ?? '';
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity') throw reject('CONTENT_ENCODING_UNSUPPORTED', { at: 'Content-Encoding', params: { encoding } });
  const isRelated = mediaTypeOf(type) === 'multipart/related';
  const version = isRelated ? relatedVersion(type) : versions.find(({ mediaType }) => mediaType === mediaTypeOf(type));
  const charset = parameter(type, 'charset')?.toLowerCase() ?? 'utf-8';
  if (version === undefined || !['utf-8', 'us-ascii'].includes(charset)) {
    throw reject('CONTENT_TYPE_UNSUPPORTED', { at: 'Content-Type', params: { type, allowed } });
  }
  // of SOAP 1.2 it may also stand in the start-info, with its quotes escaped
  const action = version === soap11 ? headers['soapaction'] : /[;"\s]action\s*=\s*(?:\\?")?([^"\\;\s]*)/i.exec(type)?.[1];
  const wantsMtom = mediaTypeOf(parameter(type, 'type') ?? '') === 'application/xop+xml' || acceptsMtom(headers.accept ?? '');
  return {
    version,
    wantsMtom,
    ...(typeof action === 'string' ? { action: action.trim().replace(/^"(.*)"$/, '$1') } : {}),
    ...(isRelated ? { related: relatedOf(type) } : {}),
  };
}

function relatedVersion(type: string): SoapVersion | undefined {
  const named = [parameter(type, 'type'), parameter(type, 'start-info')].map((value) => mediaTypeOf(value ?? ''));
  return versions.find(({ mediaType }) => named.includes(mediaType));
}

function relatedOf(contentType: string): NonNullable<Packing['related']> {
  const start = parameter(contentType, 'start')?.replace(/^<(.*)>$/, '$1');
  return { contentType, ...(start === undefined ? {} : { start }) };
}

function acceptsMtom(accept: string): boolean {
  return accept.split(',').some((range) => ['multipart/related', 'application/xop+xml'].includes(mediaTypeOf(range)));
}

function mediaTypeOf(value: string): string {
  return value.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function parameter(type: string, name: string): string | undefined {
  const [, quoted, plain] = new RegExp(`;\\s*${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s";]+))`, 'i').exec(type) ?? [];
  return quoted ?? plain;
}
