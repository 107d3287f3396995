import { randomFillSync } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

/** A PDF to be made: `bytes` is about how large it becomes, by pages that look like scans. */
export interface PdfContent {
  readonly title: string;
  readonly heading: string;
  readonly bytes: number;
}

/** A4 at 150 dots per inch, one byte for each. */
const width = 1240;
const height = 1754;

/** Writes a PDF that any reader opens: a page with a heading, then as many scanned pages as the size asks for. One page is in memory at a time. */
export async function writePdf(path: string, content: PdfContent): Promise<void> {
  const file = await open(path, 'w');
  try {
    const writer = new PdfWriter(file);
    await writer.write(Buffer.from('%PDF-1.4\n%\xe2\xe3\xcf\xd3\n', 'latin1'));
    const scans = scanHeights(content.bytes);
    const pages = [fixed.last + 1, ...scans.map((_, at) => fixed.last + 3 + at * 3)];
    await writer.object(fixed.catalog, '<< /Type /Catalog /Pages 2 0 R >>');
    await writer.object(fixed.pages, `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((id) => `${id} 0 R`).join(' ')}] >>`);
    await writer.object(fixed.font, '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>');
    await writer.object(fixed.info, `<< /Title ${hexText(content.title)} /Producer ${hexText('lienthong demo')} >>`);
    await writeCover(writer, pages[0] as number, content.heading);
    for (const [at, rows] of scans.entries()) await writeScan(writer, pages[at + 1] as number, rows);
    await writer.end();
  } finally {
    await file.close();
  }
}

const fixed = { catalog: 1, pages: 2, font: 3, info: 4, last: 4 } as const;

/** Heights of the scans, the last one shorter, so that they add up to the size. */
function scanHeights(bytes: number): number[] {
  const rows = Math.ceil(bytes / width);
  return Array.from({ length: Math.ceil(rows / height) }, (_, at) => Math.min(height, rows - at * height));
}

async function writeCover(writer: PdfWriter, id: number, heading: string): Promise<void> {
  // The fonts that every reader has know no Vietnamese letters; the title in the information dictionary keeps them.
  const plain = heading
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replaceAll('Đ', 'D')
    .replaceAll('đ', 'd')
    .replace(/[()\\]/g, '');
  const lines = Array.from({ length: 24 }, (_, at) => `72 ${700 - at * 20} ${at % 6 === 5 ? 210 : 450} 4 re`).join(' ');
  const drawing = Buffer.from(`BT /F1 20 Tf 72 760 Td (${plain}) Tj ET 0.8 g ${lines} f`);
  const fonts = `/Font << /F1 ${fixed.font} 0 R >>`;
  await writer.object(id, `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << ${fonts} >> /Contents ${id + 1} 0 R >>`);
  await writer.stream(id + 1, '', drawing);
}

async function writeScan(writer: PdfWriter, id: number, rows: number): Promise<void> {
  const images = `/XObject << /S ${id + 2} 0 R >>`;
  await writer.object(id, `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << ${images} >> /Contents ${id + 1} 0 R >>`);
  const tall = Math.round((842 * rows) / height);
  await writer.stream(id + 1, '', Buffer.from(`q 595 0 0 ${tall} 0 ${842 - tall} cm /S Do Q`));
  const image = `/Type /XObject /Subtype /Image /Width ${width} /Height ${rows} /ColorSpace /DeviceGray /BitsPerComponent 8 `;
  await writer.stream(id + 2, image, scan(rows));
}

/** Noise as on paper, with darker bands where lines of text would be. */
function scan(rows: number): Buffer {
  const dots = randomFillSync(Buffer.allocUnsafe(rows * width));
  for (let row = 0; row < rows; row += 1) {
    const text = row % 36 < 12;
    for (let at = row * width; at < (row + 1) * width; at += 1) dots[at] = ((dots[at] as number) >> 2) | (text ? 0x40 : 0xc0);
  }
  return dots;
}

/** A text as a PDF string in UTF-16. */
function hexText(text: string): string {
  return `<FEFF${Buffer.from(text, 'utf16le').swap16().toString('hex').toUpperCase()}>`;
}

/** Writes numbered objects and at the end the table of where they are. */
class PdfWriter {
  readonly #file: FileHandle;
  readonly #offsets: number[] = [];
  #size = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(bytes: Buffer): Promise<void> {
    await this.#file.writeFile(bytes);
    this.#size += bytes.length;
  }

  object(id: number, body: string): Promise<void> {
    this.#offsets[id] = this.#size;
    return this.write(Buffer.from(`${id} 0 obj\n${body}\nendobj\n`));
  }

  async stream(id: number, entries: string, bytes: Buffer): Promise<void> {
    this.#offsets[id] = this.#size;
    await this.write(Buffer.from(`${id} 0 obj\n<< ${entries}/Length ${bytes.length} >>\nstream\n`));
    await this.write(bytes);
    await this.write(Buffer.from('\nendstream\nendobj\n'));
  }

  async end(): Promise<void> {
    const start = this.#size;
    const entries = this.#offsets.slice(1).map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`);
    const count = entries.length + 1;
    const table = `xref\n0 ${count}\n0000000000 65535 f \n${entries.join('')}`;
    const trailer = `trailer\n<< /Size ${count} /Root ${fixed.catalog} 0 R /Info ${fixed.info} 0 R >>\nstartxref\n${start}\n%%EOF\n`;
    await this.write(Buffer.from(table + trailer));
  }
}
