import { rows } from './entry.ts';

/** Codes about what documents hold: state secrets, viruses, signatures inside PDF files. */
export const contentsCodes = rows({
  STATE_SECRET: {
    status: 422,
    vi: 'Văn bản mang dấu chỉ độ mật "{marking}" ở {field}: văn bản chứa bí mật nhà nước không được gửi qua hệ thống này',
    en: 'The document is marked "{marking}" in {field}: state secrets must not be sent over this system',
    fixVi: 'Không gửi lại; chuyển văn bản theo quy định về bảo vệ bí mật nhà nước (QĐ 28/2018/QĐ-TTg Điều 1). Nếu ghi nhầm, sửa {field}',
    fixEn:
      'Do not send it again; use the ways the law provides for state secrets (QĐ 28/2018/QĐ-TTg Art. 1). If marked by mistake, correct {field}',
  },
  PDF_SIGNATURE_BROKEN: {
    status: 422,
    vi: 'Chữ ký số trong tệp PDF "{name}" không toàn vẹn: {detail}',
    en: 'A signature inside the PDF file "{name}" is not intact: {detail}',
    fixVi: 'Lấy lại tệp đã ký từ nơi ký, không mở và lưu lại bằng phần mềm khác, rồi gửi lại',
    fixEn: 'Take the signed file from where it was signed, do not save it again with other software, and send it again',
  },
  PDF_CHANGED_AFTER_SIGNING: {
    status: 422,
    vi: 'Tệp PDF "{name}" đã bị thêm nội dung sau khi ký số',
    en: 'Something was added to the PDF file "{name}" after it was signed',
    fixVi: 'Gửi đúng tệp đã ký, hoặc ký lại sau lần sửa cuối cùng',
    fixEn: 'Send the file as signed, or sign again after the last change',
  },
  PDF_SIGNER_UNTRUSTED: {
    status: 422,
    vi: 'Chứng thư số ký tệp PDF "{name}" không thuộc tổ chức chứng thực được tin cậy, đã hết hạn, hoặc thuật toán quá yếu',
    en: 'The certificate that signed the PDF file "{name}" leads to no trusted authority, was not valid, or the algorithm is too weak',
    fixVi: 'Ký bằng chứng thư số còn hạn do tổ chức chứng thực được tin cậy cấp, thuật toán từ SHA-256',
    fixEn: 'Sign with a valid certificate of a trusted authority, with SHA-256 or better',
  },
  PDF_SIGNATURE_UNREADABLE: {
    status: 422,
    vi: 'Không kiểm tra được chữ ký số trong tệp PDF "{name}": {detail}',
    en: 'The signatures inside the PDF file "{name}" could not be checked: {detail}',
    fixVi: 'Xuất lại tệp PDF và ký lại; nếu vẫn lỗi, liên hệ đơn vị vận hành',
    fixEn: 'Export the PDF again and sign it again; if that does not help, ask the operator',
  },
  VIRUS_FOUND: {
    status: 422,
    vi: 'Tệp đính kèm "{name}" có mã độc: {signature}',
    en: 'A virus was found in the attachment "{name}": {signature}',
    fixVi: 'Không mở tệp; quét máy đã tạo tệp, thay bằng tệp sạch rồi gửi lại',
    fixEn: 'Do not open the file; scan the machine it was made on, replace it with a clean one and send again',
  },
  SCAN_TOO_LARGE: {
    status: 422,
    vi: 'Tệp đính kèm "{name}" lớn hơn giới hạn quét mã độc, trong khi trục bắt buộc quét',
    en: 'The attachment "{name}" is larger than the virus scanner takes, and scanning is required here',
    fixVi: 'Chia nhỏ tệp, hoặc đề nghị đơn vị vận hành nâng giới hạn StreamMaxLength, MaxScanSize, MaxFileSize của clamd',
    fixEn: 'Split the file, or ask the operator to raise StreamMaxLength, MaxScanSize and MaxFileSize of clamd',
  },
  SCANNER_UNAVAILABLE: {
    status: 503,
    vi: 'Bộ quét mã độc tạm thời không trả lời nên chưa nhận được tệp "{name}"',
    en: 'The virus scanner gives no answer just now, so the attachment "{name}" can not be accepted yet',
    fixVi: 'Gửi lại sau thời gian ghi ở Retry-After',
    fixEn: 'Send again after the time given in Retry-After',
  },
});
