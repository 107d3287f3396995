import { rows } from './entry.ts';

/** Codes about what is kept, and for how long. */
export const retentionCodes = rows({
  PAYLOAD_PURGED: {
    status: 410,
    vi: 'Nội dung gói tin {package} đã hết thời hạn lưu và đã được xóa; siêu dữ liệu và biên nhận vẫn còn',
    en: 'The content of package {package} was removed when its time was over; metadata and receipts are still there',
    fixVi: 'Đề nghị đơn vị gửi gửi lại văn bản nếu cần',
    fixEn: 'Ask the sender to send the document again if it is needed',
  },
  HOLD_EMPTY: {
    status: 422,
    vi: 'Lệnh giữ phải nêu ít nhất một điều kiện',
    en: 'A legal hold needs at least one condition',
    fixVi: 'Nêu gói tin, đơn vị gửi, đơn vị nhận, mã văn bản hoặc khoảng thời gian',
    fixEn: 'Name a package, a sender, a recipient, a document id or a span of time',
  },
  HOLD_UNKNOWN: {
    status: 404,
    vi: 'Không có lệnh giữ {hold} đang hiệu lực',
    en: 'There is no open legal hold {hold}',
    fixVi: 'Xem danh sách bằng «lienthong hold list»',
    fixEn: 'List them with "lienthong hold list"',
  },
});
