import type { PdfFinding, PdfSignature, VirusFinding } from '../routing/contents.ts';
import { problemText } from '../routing/problem.ts';
import type { AttachmentRecord } from '../routing/records.ts';
import { shownMoment } from './moment.ts';
import { oneLine } from './table.ts';

const pdfVerdicts: Readonly<Record<PdfFinding['verdict'], string>> = {
  unsigned: 'không có chữ ký số',
  trusted: 'chữ ký số hợp lệ, tin cậy',
  untrusted: 'chữ ký số toàn vẹn nhưng chưa được tin cậy',
  changed: 'bị thêm nội dung sau khi ký',
  broken: 'chữ ký số không toàn vẹn',
  unreadable: 'không kiểm tra được',
};

const virusVerdicts: Readonly<Record<VirusFinding['verdict'], string>> = {
  clean: 'không có mã độc',
  infected: 'CÓ MÃ ĐỘC',
  unscanned: 'chưa quét mã độc',
};

const coverages: Readonly<Record<PdfSignature['coverage'], string>> = {
  whole: 'toàn bộ tệp',
  earlier: 'bản trước; phần thêm sau do chữ ký sau bảo vệ',
  changed: 'bản trước; phần thêm sau không được ký',
  partial: 'chỉ một phần tệp',
};

/** What was found inside the attachments, a line for each finding and each signature; empty when nothing was looked for. */
export function contentsText(attachments: readonly AttachmentRecord[]): string {
  const lines = attachments.flatMap(({ name, inspected }) =>
    inspected.flatMap(({ result }) => (result.kind === 'virus' ? [virusLine(name, result)] : pdfLines(name, result))),
  );
  return lines.length === 0 ? '' : `Bên trong tệp / inside the files\n${lines.map((line) => `  ${oneLine(line)}\n`).join('')}`;
}

function virusLine(name: string, { verdict, detail }: VirusFinding): string {
  return `${name}: ${virusVerdicts[verdict]} (${verdict})${detail === undefined ? '' : `: ${detail}`}`;
}

function pdfLines(name: string, { verdict, detail, signatures }: PdfFinding): string[] {
  const head = `${name}: ${pdfVerdicts[verdict]} (${verdict})${detail === undefined ? '' : `: ${detail}`}`;
  return [head, ...signatures.map((one, i) => `  ${i + 1}. ${signatureLine(one)}`)];
}

function signatureLine(one: PdfSignature): string {
  const who = one.signer === undefined ? '?' : [one.signer.commonName, one.signer.organisation].filter(Boolean).join(', ');
  const at = one.timestampedAt ?? one.claimedAt;
  const proven = one.timestampedAt === undefined ? 'tự khai / claimed' : 'dấu thời gian / timestamp';
  return [
    who,
    at === undefined ? '' : `${shownMoment(new Date(at))} (${proven})`,
    `${one.integrity}, ${coverages[one.coverage]} (${one.coverage})`,
    `${one.algorithm ?? one.subFilter}${one.weak ? ' YẾU / weak' : ''}`,
    one.trust.trusted
      ? `tin cậy / trusted: ${one.trust.anchor}${revocationText(one.trust.revocation)}`
      : `chưa tin cậy / not trusted${reason(one)}`,
    one.detail ?? '',
  ]
    .filter((part) => part !== '')
    .join('; ');
}

function revocationText(known: 'good' | 'unknown' | 'not-asked' | undefined): string {
  if (known === 'good') return ', không bị thu hồi / not revoked';
  return known === 'unknown' ? ', CHƯA RÕ có bị thu hồi / revocation unknown' : '';
}

function reason({ trust }: PdfSignature): string {
  return trust.trusted || trust.problem === undefined ? '' : `: ${problemText(trust.problem).vi}`;
}
