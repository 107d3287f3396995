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
  OLD_EDXML_FORM: {
    status: 400,
    vi: 'Thông điệp không đúng dạng edXML theo Công văn 512/BTTTT-THH: {detail}',
    en: 'The message is not edXML as Official Letter 512/BTTTT-THH has it: {detail}',
    fixVi: 'Tạo thông điệp như tài liệu kết nối SOAP mô tả, hoặc gửi gói tin theo QCVN 102',
    fixEn: 'Build the message as the SOAP integration page describes, or send a package of QCVN 102',
  },
  WSS_MALFORMED: {
    status: 400,
    vi: 'Phần tử wsse:Security không đúng: {detail}',
    en: 'The header wsse:Security is not right: {detail}',
    fixVi: 'Tạo UsernameToken theo UsernameToken Profile 1.1, hoặc BinarySecurityToken và Signature theo X.509 Token Profile 1.1',
    fixEn:
      'Write a UsernameToken as the UsernameToken Profile 1.1 says, or a BinarySecurityToken with a Signature as the X.509 Token Profile 1.1 says',
  },
  WSS_UNSUPPORTED: {
    status: 400,
    vi: 'Trục không nhận {what} trong wsse:Security',
    en: 'The gateway does not take {what} in wsse:Security',
    fixVi:
      'Dùng UsernameToken với PasswordText (trục chỉ lưu giá trị băm nên không kiểm tra được PasswordDigest), hoặc X.509 như tài liệu kết nối SOAP mô tả, hoặc đăng nhập bằng HTTP',
    fixEn:
      'Use a UsernameToken with PasswordText (the gateway keeps hashes only and cannot check a PasswordDigest), X.509 as the SOAP integration page describes, or log in by HTTP',
  },
  WSS_SIGNATURE: {
    status: 400,
    vi: 'Chữ ký trong wsse:Security không đúng dạng: {detail}',
    en: 'The signature in wsse:Security has not the right form: {detail}',
    fixVi: 'Ký Timestamp và Body theo Id, mỗi phần một phép chuẩn hóa; xem tài liệu kết nối SOAP',
    fixEn: 'Sign Timestamp and Body by their Ids, each with one canonicalisation; see the SOAP integration page',
  },
  WSS_SIGNATURE_INVALID: {
    status: 401,
    vi: 'Chữ ký trong wsse:Security không khớp với {what}',
    en: 'The signature in wsse:Security does not go with {what}',
    fixVi: 'Ký bằng khóa của chính chứng thư số trong BinarySecurityToken và không sửa thông điệp sau khi ký',
    fixEn: 'Sign with the key of the very certificate in the BinarySecurityToken, and change nothing of the message afterwards',
  },
  WSS_NOT_SECURED: {
    status: 403,
    vi: 'Mật khẩu trong wsse:Security chỉ được gửi qua TLS',
    en: 'A password in wsse:Security is only taken over TLS',
    fixVi: 'Kết nối qua https; nếu TLS kết thúc ở proxy, đơn vị vận hành đặt LIENTHONG_SOAP_PLAIN_PASSWORDS=yes',
    fixEn: 'Connect over https; where a proxy ends TLS the operator sets LIENTHONG_SOAP_PLAIN_PASSWORDS=yes',
  },
  WSS_EXPIRED: {
    status: 401,
    vi: 'wsse:Security đã hết hạn hoặc ghi thời điểm lệch quá {seconds} giây: {time}',
    en: 'The header wsse:Security has expired, or its time is more than {seconds} seconds off: {time}',
    fixVi: 'Chỉnh đồng hồ máy, tạo Created mới cho từng yêu cầu',
    fixEn: 'Set the clock, and write Created anew for each request',
  },
  WSS_REPLAYED: {
    status: 401,
    vi: 'Nonce hoặc chữ ký trong wsse:Security đã được dùng',
    en: 'The Nonce or the signature in wsse:Security was used before',
    fixVi: 'Tạo Nonce mới, hoặc ký lại với Created mới, cho từng yêu cầu, kể cả khi gửi lại',
    fixEn: 'Make a new Nonce, or sign anew with a new Created, for each request, repeated ones too',
  },
  WSS_OF_ANOTHER: {
    status: 401,
    vi: 'wsse:Security thuộc hệ thống khác với hệ thống đăng nhập bằng HTTP',
    en: 'The header wsse:Security belongs to another client than the one that logs in by HTTP',
    fixVi: 'Dùng cùng một tài khoản, hoặc chỉ một cách đăng nhập',
    fixEn: 'Use the same client id, or one way of logging in only',
  },
});
