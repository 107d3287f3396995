import { reject } from '../../routing/problem.ts';
import { BoundaryScanner } from './boundary-scanner.ts';
import { bareId, fileName, malformed, parseHeaders, parseParameters } from './header.ts';

/** One part of a multipart body. `body` can be read once, and only until the next part is asked for. */
export interface Part {
  /** Names in lower case, each at most once. */
  readonly headers: ReadonlyMap<string, string>;
  readonly name?: string;
  readonly filename?: string;
  /** Without angle brackets. */
  readonly contentId?: string;
  /** `body` is base64 text still; only where the caller takes that. */
  readonly encoding?: 'base64';
  readonly body: AsyncIterable<Uint8Array>;
}

const PARTS_MAX = 200;
const HEADER_BYTES_MAX = 16384;
const PACKAGE_NAMES = ['package', 'file', 'edocFile'];
const PLAIN_ENCODINGS = ['', '7bit', '8bit', 'binary'];
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/;

/**
 * The parts of a multipart body (RFC 2046), in order, as they stream by: at most 200, headers of at most 16 KiB each, whatever the chunks.
 * A part whose body was not read to its end is skipped when the next one is asked for.
 *
 * Throws Rejection MULTIPART_MALFORMED, with what is wrong; MULTIPART_ENCODING for quoted-printable, and for base64 unless it is asked for;
 * BODY_INCOMPLETE when the last boundary is missing. Strict on purpose: lines end in CR LF, nothing but blanks follows a boundary,
 * no header, parameter or Content-ID occurs twice.
 */
export async function* parts(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  { base64 = false }: { readonly base64?: boolean } = {},
): AsyncGenerator<Part, void, undefined> {
  const scanner = new BoundaryScanner(body, boundaryOf(contentType));
  const contentIds = new Set<string>();
  try {
    for (let count = 1; await scanner.nextPart(); count++) {
      if (count > PARTS_MAX) throw malformed(`more than ${PARTS_MAX} parts`);
      const part = describe(await scanner.headerBlock(HEADER_BYTES_MAX), scanner.partBody(), base64);
      if (part.contentId !== undefined && contentIds.has(part.contentId)) throw malformed(`the Content-ID ${part.contentId} occurs twice`);
      if (part.contentId !== undefined) contentIds.add(part.contentId);
      yield part;
    }
  } finally {
    await scanner.close();
  }
}

function boundaryOf(contentType: string): string {
  const { value, parameters } = parseParameters(contentType);
  if (value !== 'multipart/form-data' && value !== 'multipart/related') throw malformed(`the type is ${value}`);
  const boundary = parameters.get('boundary') ?? '';
  if (!BOUNDARY.test(boundary)) throw malformed('the boundary is not 1 to 70 permitted characters');
  return boundary;
}

function describe(block: Buffer, body: AsyncIterable<Uint8Array>, base64: boolean): Part {
  const headers = parseHeaders(block);
  const { parameters } = parseParameters(headers.get('content-disposition') ?? '');
  const name = parameters.get('name');
  const filename = fileName(parameters);
  const id = headers.get('content-id');
  const contentId = id === undefined ? undefined : bareId(id);
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase() ?? '';
  const isBase64 = base64 && encoding === 'base64';
  if (!isBase64 && !PLAIN_ENCODINGS.includes(encoding)) {
    throw reject('MULTIPART_ENCODING', { params: { part: name ?? contentId ?? '', encoding } });
  }
  return {
    headers,
    ...(name === undefined ? {} : { name }),
    ...(filename === undefined ? {} : { filename }),
    ...(contentId === undefined ? {} : { contentId }),
    ...(isBase64 ? { encoding: 'base64' as const } : {}),
    body,
  };
}

/**
 * The bytes of the one package in a multipart body. form-data: the part named `package`, `file` or `edocFile`, or any part with a file name.
 * related: the part that `start` names, else the first. Parts without a byte are passed over.
 *
 * Throws as `parts`; MULTIPART_NO_PACKAGE; MULTIPART_EXTRA_PART for any other part that carries content, before the package or (when
 * its bytes were already given out) behind it: what was read is then worth nothing.
 */
export async function* packagePart(body: AsyncIterable<Uint8Array>, contentType: string): AsyncGenerator<Uint8Array, void, undefined> {
  const isPackage = packageRule(contentType);
  let found = false;
  let first = true;
  for await (const part of parts(body, contentType)) {
    const wanted = !found && isPackage(part, first);
    first = false;
    for await (const chunk of part.body) {
      if (!wanted) throw reject('MULTIPART_EXTRA_PART', { params: { part: part.name ?? part.contentId ?? '' } });
      found = true;
      yield chunk;
    }
  }
  if (!found) throw reject('MULTIPART_NO_PACKAGE');
}

type PackageRule = (part: Part, first: boolean) => boolean;

function packageRule(contentType: string): PackageRule {
  const { value, parameters } = parseParameters(contentType);
  const start = parameters.get('start');
  if (value !== 'multipart/related') return (part) => PACKAGE_NAMES.includes(part.name ?? '') || part.filename !== undefined;
  if (start === undefined) return (_, first) => first;
  return (part) => part.contentId === bareId(start);
}
