import { rows } from './entry.ts';

/** Codes about elements that stand where they may not, and about text that different readers would read differently. */
export const structureCodes = rows({
  ELEMENT_UNKNOWN: {
    status: 422,
    vi: 'Phần tử {element} trong {parent} không có trong QCVN 102',
    en: 'The element {element} in {parent} is not one of QCVN 102',
    fixVi: 'Xóa phần tử này, sửa lại tên (phân biệt chữ hoa, chữ thường), hoặc đặt phần mở rộng trong không gian tên riêng',
    fixEn: 'Remove it, correct its name (upper and lower case differ), or put an extension into a namespace of its own',
  },
  ELEMENT_MISPLACED: {
    status: 422,
    vi: 'Phần tử {element} không được đặt trong {parent}',
    en: 'The element {element} may not stand in {parent}',
    fixVi: 'Chuyển phần tử về đúng vị trí theo QCVN 102',
    fixEn: 'Move it to its place in the structure of QCVN 102',
  },
  ELEMENT_REPEATED: {
    status: 422,
    vi: 'Phần tử {element} chỉ được xuất hiện một lần trong {parent} nhưng lại xuất hiện {count} lần',
    en: 'The element {element} may stand only once in {parent}, but is there {count} times',
    fixVi: 'Chỉ giữ lại một phần tử: mỗi hệ thống nhận có thể đọc một phần tử khác nhau',
    fixEn: 'Keep only one: receiving systems would differ in which of them they read',
  },
  TEXT_NOT_ALLOWED: {
    status: 422,
    vi: 'Phần tử {element} chỉ được chứa các phần tử con, không được chứa chữ',
    en: 'The element {element} may hold elements only, no text',
    fixVi: 'Xóa phần chữ nằm giữa các phần tử con',
    fixEn: 'Remove the text between its child elements',
  },
  ELEMENTS_NOT_ALLOWED: {
    status: 422,
    vi: 'Phần tử {element} chỉ được chứa chữ, không được chứa phần tử con',
    en: 'The element {element} may hold text only, no elements',
    fixVi: 'Viết dấu < trong nội dung thành &lt;, hoặc xóa phần tử con',
    fixEn: 'Write < in the content as &lt;, or remove the child elements',
  },
  SCHEMA_INVALID: {
    status: 422,
    vi: 'Gói tin không đúng lược đồ XML: {detail}',
    en: 'The package does not follow the XML schema: {detail}',
    fixVi: 'Sửa theo mô tả tại vị trí đã nêu (schemas/xsd/edxml.xsd)',
    fixEn: 'Correct the place named (schemas/xsd/edxml.xsd)',
  },
  TEXT_SPLIT: {
    status: 422,
    vi: 'Nội dung của {element} bị ngắt bởi một chú thích XML (<!-- -->); các hệ thống nhận có thể đọc khác nhau',
    en: 'The text of {element} is broken by an XML comment (<!-- -->); receiving systems may read it differently',
    fixVi: 'Xóa chú thích khỏi nội dung',
    fixEn: 'Remove the comment from the text',
  },
  LONG_TEXT_MISPLACED: {
    status: 422,
    vi: 'Một đoạn base64 dài nằm ngoài ContentTransferEncoded hoặc lẫn với nội dung khác',
    en: 'A long base64 text stands outside ContentTransferEncoded or together with other content',
    fixVi: 'Đặt mỗi tệp trong AttachmentEncoded/Attachment/ContentTransferEncoded, là nội dung duy nhất của phần tử đó',
    fixEn: 'Put each file into AttachmentEncoded/Attachment/ContentTransferEncoded as the only content of that element',
  },
  MESSAGE_KIND_UNCLEAR: {
    status: 422,
    vi: 'Gói tin có StatusCode (trạng thái) nhưng lại có {element} (văn bản): không rõ là trạng thái hay văn bản',
    en: 'The package has a StatusCode (a status) and also {element} (a document): it is unclear which it is',
    fixVi: 'Gửi trạng thái và văn bản trong hai gói tin riêng; gói tin trạng thái không có To và tệp đính kèm',
    fixEn: 'Send status and document as two packages; a status has neither To nor attachments',
  },
});
