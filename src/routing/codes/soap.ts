import { rows } from './entry.ts';

/** Codes about what is said in SOAP. */
export const soapCodes = rows({
  SOAP_ENVELOPE: {
    status: 400,
    vi: 'Phong bì SOAP không đúng: {detail}',
    en: 'The SOAP envelope is not right: {detail}',
    fixVi: 'Tạo yêu cầu theo WSDL tại /soap?wsdl',
    fixEn: 'Build the request as the WSDL at /soap?wsdl says',
  },
  SOAP_VERSION: {
    status: 400,
    vi: 'Không gian tên của phong bì ({namespace}) không phải của SOAP 1.1 hay SOAP 1.2',
    en: 'The namespace of the envelope ({namespace}) is neither that of SOAP 1.1 nor that of SOAP 1.2',
    fixVi: 'Dùng http://schemas.xmlsoap.org/soap/envelope/ (1.1) hoặc http://www.w3.org/2003/05/soap-envelope (1.2)',
    fixEn: 'Use http://schemas.xmlsoap.org/soap/envelope/ (1.1) or http://www.w3.org/2003/05/soap-envelope (1.2)',
  },
  SOAP_ACTION: {
    status: 400,
    vi: 'SOAPAction "{action}" không khớp với thao tác {operation} trong phần Body',
    en: 'The SOAPAction "{action}" does not go with the operation {operation} in the Body',
    fixVi: 'Ghi SOAPAction "{expected}" hoặc để trống',
    fixEn: 'Set the SOAPAction to "{expected}", or leave it empty',
  },
  SOAP_OPERATION_UNKNOWN: {
    status: 400,
    vi: 'Không có thao tác {operation}',
    en: 'There is no operation {operation}',
    fixVi: 'Dùng một trong các thao tác của WSDL tại /soap?wsdl: {operations}',
    fixEn: 'Use one of the operations of the WSDL at /soap?wsdl: {operations}',
  },
  SOAP_HEADER_UNKNOWN: {
    status: 400,
    vi: 'Trục không hiểu phần tử {header} của Header, trong khi mustUnderstand yêu cầu phải hiểu',
    en: 'The gateway does not understand the header {header}, which mustUnderstand says it must',
    fixVi: 'Bỏ phần tử này hoặc bỏ mustUnderstand',
    fixEn: 'Leave the header out, or its mustUnderstand',
  },
  SOAP_PARAMETER: {
    status: 400,
    vi: 'Phần tử {name} của yêu cầu không hợp lệ: {detail}',
    en: 'The element {name} of the request is not valid: {detail}',
    fixVi: 'Sửa hoặc bỏ phần tử này; xem WSDL tại /soap?wsdl',
    fixEn: 'Correct the element or leave it out; see the WSDL at /soap?wsdl',
  },
  SOAP_PACKAGE_BASE64: {
    status: 422,
    vi: 'Nội dung của phần tử package không phải base64 đúng dạng: {detail}',
    en: 'The content of the element package is no well-formed base64: {detail}',
    fixVi: 'Ghi toàn bộ gói tin edXML dưới dạng base64 (RFC 4648, mục 4), không dùng CDATA, đủ ký tự =',
    fixEn: 'Write the whole edXML package as base64 (RFC 4648, section 4), without CDATA and with its padding',
  },
});
