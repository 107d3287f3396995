import type { Row } from 'write-excel-file/node';
import type { Report } from '../routing/report.ts';
import { reportTable } from './report-table.ts';

/** A report as CSV (RFC 4180, UTF-8 with its mark so that Excel reads the accents). */
export function reportCsv(report: Report): string {
  const { columns, rows } = reportTable(report);
  const lines = [columns.map(({ vi, en }) => `${vi} / ${en}`), ...rows];
  return `\ufeff${lines.map((line) => line.map(csvCell).join(',')).join('\r\n')}\r\n`;
}

/** A cell that no spreadsheet takes for a formula (OWASP: CSV injection): names come from files that others wrote. */
export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const harmless = /^\s*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** A report as a spreadsheet: texts are cells of text, so nothing in them is ever computed. */
export async function reportXlsx(report: Report): Promise<Buffer> {
  const { default: writeXlsxFile } = await import('write-excel-file/node');
  const { columns, rows } = reportTable(report);
  const title = (value: string) => ({ value, type: String, fontWeight: 'bold' as const });
  const head: Row[] = [columns.map(({ vi }) => title(vi)), columns.map(({ en }) => title(en))];
  const body: Row[] = rows.map((row) =>
    row.map((value) => {
      if (value === null) return null;
      return typeof value === 'number' ? { value, type: Number } : { value, type: String };
    }),
  );
  return writeXlsxFile([...head, ...body], {
    sheet: `${report.from} ${report.to}`,
    columns: columns.map(({ isNumber }, at) => ({ width: isNumber ? 14 : at === 0 ? 20 : 40 })),
    stickyRowsCount: 2,
  }).toBuffer();
}
