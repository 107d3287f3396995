import { isUtf8 } from 'node:buffer';

interface Magic {
  readonly type: string;
  readonly bytes: string;
  readonly at?: number;
}

const magics: readonly Magic[] = [
  { type: 'application/pdf', bytes: '%PDF-' },
  { type: 'application/x-ole-storage', bytes: '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' },
  { type: 'image/png', bytes: '\x89PNG\r\n\x1a\n' },
  { type: 'image/jpeg', bytes: '\xff\xd8\xff' },
  { type: 'image/gif', bytes: 'GIF8' },
  { type: 'image/tiff', bytes: 'II*\x00' },
  { type: 'image/tiff', bytes: 'MM\x00*' },
  { type: 'image/bmp', bytes: 'BM' },
  { type: 'image/webp', bytes: 'WEBP', at: 8 },
  { type: 'text/rtf', bytes: '{\\rtf' },
  { type: 'application/vnd.rar', bytes: 'Rar!\x1a\x07' },
  { type: 'application/x-7z-compressed', bytes: "7z\xbc\xaf'\x1c" },
  { type: 'application/gzip', bytes: '\x1f\x8b' },
  { type: 'application/x-msdownload', bytes: 'MZ' },
];

const ZIP = 'application/zip';
const OLE = 'application/x-ole-storage';
const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const PPTX = 'application/vnd.openxmlformats-officedocument.presentationml.presentation';
const TEXTS = ['text/plain', 'application/xml', 'text/html'];

/** What may be inside a file of an extension or a declared type. What is not listed is not judged. */
const expected = new Map<string, readonly string[]>(
  Object.entries({
    'application/pdf': ['application/pdf'],
    'application/zip': [ZIP],
    'application/msword': [OLE, DOCX, ZIP, 'text/rtf', ...TEXTS],
    'application/vnd.ms-excel': [OLE, XLSX, ZIP, ...TEXTS],
    'application/vnd.ms-powerpoint': [OLE, PPTX, ZIP],
    [DOCX]: [DOCX, OLE, ZIP],
    [XLSX]: [XLSX, OLE, ZIP],
    [PPTX]: [PPTX, OLE, ZIP],
    'image/png': ['image/png'],
    'image/jpeg': ['image/jpeg'],
    'image/gif': ['image/gif'],
    'image/tiff': ['image/tiff'],
    'text/rtf': ['text/rtf'],
    'application/rtf': ['text/rtf'],
    'text/plain': [...TEXTS, 'text/rtf'],
    'text/xml': ['application/xml', 'text/html'],
    'application/xml': ['application/xml', 'text/html'],
    'application/vnd.rar': ['application/vnd.rar'],
    'application/x-7z-compressed': ['application/x-7z-compressed'],
  }),
);

const byExtension = new Map<string, string>(
  Object.entries({
    pdf: 'application/pdf',
    zip: 'application/zip',
    doc: 'application/msword',
    xls: 'application/vnd.ms-excel',
    ppt: 'application/vnd.ms-powerpoint',
    docx: DOCX,
    xlsx: XLSX,
    pptx: PPTX,
    png: 'image/png',
    jpg: 'image/jpeg',
    jpeg: 'image/jpeg',
    gif: 'image/gif',
    tif: 'image/tiff',
    tiff: 'image/tiff',
    rtf: 'text/rtf',
    txt: 'text/plain',
    xml: 'application/xml',
    rar: 'application/vnd.rar',
    '7z': 'application/x-7z-compressed',
  }),
);

/** The type that the first bytes of a file say (64 KiB of it, or all). `application/octet-stream` when they say nothing. */
export function sniff(head: Buffer): string {
  if (isZip(head)) return sniffZip(head);
  const start = head.toString('latin1', 0, 64);
  const magic = magics.find(({ bytes, at = 0 }) => start.startsWith(bytes, at));
  if (magic !== undefined && magic.bytes.length > 2) return magic.type;
  const late = head.subarray(0, 1024).indexOf('%PDF-', 0, 'latin1');
  if (late > 0) return 'application/pdf';
  // Two letters may as well begin a text.
  return sniffText(head.subarray(0, 4096)) ?? magic?.type ?? 'application/octet-stream';
}

function sniffText(head: Buffer): string | undefined {
  const utf16 = head.length >= 2 && ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff));
  if (utf16) return 'text/plain';
  const text = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (text.startsWith('<?xml')) return 'application/xml';
  if (/^<(!doctype html|html)\b/i.test(text)) return 'text/html';
  const binary = /[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(text);
  return text !== '' && !binary && isUtf8(withoutCutCharacter(head)) ? 'text/plain' : undefined;
}

/** The type of a ZIP by the names near its beginning: one of the office formats, or plain `application/zip`. */
function sniffZip(head: Buffer): string {
  const openDocument = /^mimetype(application\/vnd\.oasis\.opendocument\.[a-z-]+)/.exec(head.toString('latin1', 30, 128));
  if (openDocument?.[1] !== undefined) return openDocument[1];
  if (!head.includes('[Content_Types].xml', 0, 'latin1') && !head.includes('_rels/.rels', 0, 'latin1')) return ZIP;
  if (head.includes('word/', 0, 'latin1')) return DOCX;
  if (head.includes('xl/', 0, 'latin1')) return XLSX;
  return head.includes('ppt/', 0, 'latin1') ? PPTX : ZIP;
}

/** True when a file begins as a ZIP does, even an empty one. */
export function isZip(head: Buffer): boolean {
  const start = head.toString('latin1', 0, 4);
  return start === 'PK\x03\x04' || start === 'PK\x05\x06';
}

/** True unless `declared` (a media type, with or without parameters) is known to mean something other than `sniffed`. */
export function fitsType(declared: string, sniffed: string): boolean {
  return expected.get(mediaType(declared))?.includes(sniffed) ?? true;
}

/** True unless the extension of `name` is known to mean something other than `sniffed`. */
export function fitsExtension(name: string, sniffed: string): boolean {
  const type = byExtension.get(extensionOf(name));
  return type === undefined || fitsType(type, sniffed);
}

/** The media type in lower case, without parameters. */
export function mediaType(declared: string): string {
  return (declared.split(';')[0] ?? '').trim().toLowerCase();
}

/** What stands behind the last dot of a file name, in lower case; empty when there is none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot < 0
    ? ''
    : name
        .slice(dot + 1)
        .trim()
        .toLowerCase();
}

/**
 * True for a PDF that went through a text conversion: it begins as one, but every byte that was not UTF-8 has become U+FFFD.
 * `head`: the first 64 KiB, or all.
 */
export function isDestroyedPdf(head: Buffer): boolean {
  if (head.toString('latin1', 0, 5) !== '%PDF-') return false;
  let replaced = 0;
  for (let at = head.indexOf('\uFFFD'); at >= 0; at = head.indexOf('\uFFFD', at + 3)) replaced++;
  return replaced >= 4 && isUtf8(withoutCutCharacter(head));
}

/** `head` may end within a character. */
function withoutCutCharacter(head: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, head.length); back++) {
    const byte = head[head.length - back] as number;
    if (byte >= 0xc0) return head.subarray(0, head.length - back);
    if (byte < 0x80) return head;
  }
  return head;
}
