import { type Dirt, dirtTexts } from '../adapters/agency-file/dirt.ts';
import type { CertificateRecord, RegisteredAgency } from '../routing/register.ts';
import { shownMoment } from './moment.ts';
import { facts, oneLine, table } from './table.ts';
import { channelWord, statusWord } from './words.ts';

/** Every dirty row of a file, with what becomes of it. */
export function dirtText(dirty: readonly Dirt[]): string {
  return table(
    [
      { vi: 'Dòng', en: 'Line', right: true },
      { vi: 'Vấn đề', en: 'Finding' },
      { vi: 'Nội dung', en: 'Content' },
      { vi: 'Xử lý', en: 'Becomes' },
    ],
    dirty.map((one) => [
      String(one.line),
      `${dirtTexts[one.kind].vi} (${one.kind})`,
      one.what,
      one.dropped ? 'bỏ / left out' : (one.cleaned ?? ''),
    ]),
  );
}

/** One agency with everything that is registered for it. */
export function agencyText(agency: RegisteredAgency): string {
  const codes = agency.codes.map((one) => `${one.code} (${one.scheme}, ${one.validFrom} – ${one.validTo ?? '…'})`);
  return [
    facts([
      ['Tên / name', agency.name],
      ['Id', agency.id],
      ['Mã định danh / codes', codes.join('; ')],
      ['Loại / kind', agency.kind],
      ['Trực thuộc / parent', agency.parent],
      ['Tình trạng / status', statusWord(agency.status)],
      ['Kết thúc từ / ended on', agency.endedOn],
      ['Chính sách ký / signatures', agency.signaturePolicy],
      ['Kênh / channel', channelWord(agency.channel)],
      ['Địa chỉ đẩy / push URL', agency.pushUrl],
      ['Số lượt đẩy song song / push concurrency', agency.pushConcurrency?.toString()],
      ['Thư điện tử / mail', shown(agency.contacts?.mail)],
      ['Điện thoại / mobile', shown(agency.contacts?.mobile)],
      ['Fax', shown(agency.contacts?.fax)],
      ['Tài khoản / clients', agency.clients.join(', ') || '–'],
    ]),
    '\n',
    certificatesText(agency.certificates),
  ].join('');
}

const shown = (text: string | undefined) => (text === undefined ? undefined : oneLine(text));

/** Certificates of an agency. */
export function certificatesText(certificates: readonly CertificateRecord[]): string {
  return table(
    [
      { vi: 'SHA-256 của chứng thư số', en: 'SHA-256 of certificate' },
      { vi: 'Chủ thể', en: 'Subject' },
      { vi: 'Có hiệu lực từ', en: 'Not before' },
      { vi: 'Hết hiệu lực', en: 'Not after' },
    ],
    certificates.map((one) => [one.fingerprint, one.subject, shownMoment(one.notBefore), shownMoment(one.notAfter)]),
  );
}
