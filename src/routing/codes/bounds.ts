import { rows } from './entry.ts';

/** Codes about markup that no honest package has and that would take a reader's time or memory away. */
export const boundsCodes = rows({
  TAG_TOO_LONG: {
    status: 422,
    vi: 'Một thẻ mở dài quá {limit} byte',
    en: 'A start tag is longer than {limit} bytes',
    fixVi: 'Đặt dữ liệu vào nội dung phần tử, không đặt vào thuộc tính hoặc khai báo không gian tên',
    fixEn: 'Put data into the content of elements, not into attributes or namespace declarations',
  },
  NAME_TOO_LONG: {
    status: 422,
    vi: 'Tên của một phần tử dài quá {limit} byte',
    en: 'The name of an element is longer than {limit} bytes',
    fixVi: 'Dùng tên phần tử của QCVN 102; rút ngắn tên của phần mở rộng',
    fixEn: 'Use the element names of QCVN 102; shorten those of an extension',
  },
  TOO_MANY_NAMESPACES: {
    status: 422,
    vi: 'Hơn {limit} khai báo không gian tên cùng có hiệu lực tại một phần tử',
    en: 'More than {limit} namespace declarations are in force at one element',
    fixVi: 'Khai báo mỗi không gian tên một lần, trên phần tử gốc edXML',
    fixEn: 'Declare each namespace once, on the root edXML',
  },
  TEXT_IN_PIECES: {
    status: 422,
    vi: 'Hơn {limit} chú thích hoặc đoạn CDATA đứng liền nhau giữa hai thẻ',
    en: 'More than {limit} comments or CDATA sections stand between two tags',
    fixVi: 'Xóa các chú thích, viết nội dung thành một đoạn duy nhất',
    fixEn: 'Remove the comments and write the text in one piece',
  },
});
