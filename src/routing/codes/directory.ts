import { rows } from './entry.ts';

/** Codes about who answers for an agency code on a day. */
export const directoryCodes = rows({
  RECIPIENT_SPLIT: {
    status: 422,
    vi: 'Đơn vị nhận {recipient} đã được chia tách; cần người vận hành chọn đơn vị kế thừa: {candidates}',
    en: 'Recipient {recipient} was split; an operator must choose which successor receives it: {candidates}',
    fixVi: 'Không cần gửi lại: người vận hành sẽ chọn; lần sau ghi thẳng mã của đơn vị kế thừa',
    fixEn: 'Nothing to send again: an operator chooses; next time write the code of the successor',
  },
  RECIPIENT_NOT_YET: {
    status: 422,
    vi: 'Mã định danh đơn vị nhận {recipient} chỉ có hiệu lực từ ngày {from}',
    en: 'Recipient code {recipient} is valid only from {from} on',
    fixVi: 'Gửi cho đơn vị đang thực hiện nhiệm vụ này, hoặc gửi lại từ ngày mã có hiệu lực',
    fixEn: 'Send to the agency that is in charge until then, or again from that day on',
  },
  NOT_A_CANDIDATE: {
    status: 422,
    vi: 'Đơn vị {to} không phải đơn vị kế thừa của {recipient} nên không thể nhận thay',
    en: 'Agency {to} does not succeed {recipient} and cannot receive in its place',
    fixVi: 'Chọn một trong các đơn vị kế thừa (lienthong agencies resolve)',
    fixEn: 'Choose one of its successors (lienthong agencies resolve)',
  },
});
