import { rows } from './entry.ts';

/** Codes that warn of what the law asks: documents sent twice, deadlines. */
export const lawCodes = rows({
  DUPLICATE_DOCUMENT_ID: {
    status: 422,
    vi: 'Mã định danh văn bản {documentId} trùng với gói tin {package} đã nhận lúc {at}',
    en: 'The document id {documentId} is that of package {package}, accepted at {at}, too',
    fixVi:
      'Kiểm tra xem văn bản có bị gửi hai lần không; nếu là văn bản thay thế hoặc cập nhật, gửi đúng loại nghiệp vụ (NĐ 30/2020, Phụ lục VI)',
    fixEn: 'See whether it was sent twice; a replacement or update is to say so in its business type (Decree 30/2020, Annex VI)',
  },
  DUPLICATE_NUMBER: {
    status: 422,
    vi: 'Số, ký hiệu {reference}, cơ quan ban hành và năm trùng với gói tin {package} đã nhận lúc {at}',
    en: 'Number, notation {reference}, agency and year are those of package {package}, accepted at {at}, too',
    fixVi: 'Kiểm tra số văn bản: số và ký hiệu chỉ dùng một lần trong năm của một cơ quan (NĐ 30/2020 Điều 15, Phụ lục VI)',
    fixEn: 'Check the number: an agency uses number and notation once a year (Decree 30/2020 Article 15, Annex VI)',
  },
  HOLIDAY_MALFORMED: {
    status: 422,
    vi: 'Dòng không phải là ngày nghỉ hay ngày làm bù: {what}',
    en: 'The line is no holiday and no working day: {what}',
    fixVi: 'Viết mỗi dòng: yyyy-mm-dd,holiday|working,tên',
    fixEn: 'Write each line as yyyy-mm-dd,holiday|working,name',
  },
  HOLIDAY_UNKNOWN: {
    status: 404,
    vi: 'Ngày {day} không có trong lịch',
    en: 'The day {day} is not in the calendar',
    fixVi: 'Xem lịch bằng «lienthong holidays list --year …»',
    fixEn: 'See "lienthong holidays list --year …"',
  },
  PERIOD_INVALID: {
    status: 422,
    vi: 'Kỳ báo cáo không hợp lệ: {from} – {to}',
    en: 'Not a period for a report: {from} – {to}',
    fixVi: 'Nêu hai ngày yyyy-mm-dd theo thứ tự, cách nhau không quá ba năm',
    fixEn: 'Give two days yyyy-mm-dd in order, no more than three years apart',
  },
});
