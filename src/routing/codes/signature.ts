import { rows } from './entry.ts';

/** Codes about the signature of a package and the certificate behind it. */
export const signatureCodes = rows({
  SIGNATURE_MISSING: {
    status: 422,
    vi: 'Gói tin không có chữ ký số, trong khi đơn vị {sender} bắt buộc phải ký',
    en: 'The package carries no signature, and agency {sender} is required to sign',
    fixVi: 'Ký toàn bộ gói tin (Reference URI="") bằng chứng thư số đã đăng ký của đơn vị rồi gửi lại',
    fixEn: 'Sign the whole package (Reference URI="") with a certificate registered for the agency and send it again',
  },
  SIGNATURE_INVALID: {
    status: 422,
    vi: 'Chữ ký số không khớp với nội dung gói tin hoặc với chứng thư số đã đăng ký của đơn vị {sender}',
    en: 'The signature does not match the package or a certificate registered for agency {sender}',
    fixVi: 'Kiểm tra gói tin có bị sửa sau khi ký không và chứng thư số dùng để ký đã được đăng ký chưa',
    fixEn: 'Check that nothing changed the package after signing and that the signing certificate is registered',
  },
  SIGNATURE_FORM: {
    status: 422,
    vi: 'Chữ ký số không đúng dạng được chấp nhận: {detail}',
    en: 'The form of the signature is not accepted: {detail}',
    fixVi: 'Dùng đúng một Signature (xmldsig) trong edXMLHeader, một Reference URI="", phép biến đổi enveloped-signature và C14N',
    fixEn: 'Use exactly one xmldsig Signature in edXMLHeader with one Reference URI="" and the transforms enveloped-signature and C14N',
  },
  SIGNATURE_ALGORITHM: {
    status: 422,
    vi: 'Thuật toán chữ ký không được chấp nhận: {algorithm}',
    en: 'The algorithm of the signature is not accepted: {algorithm}',
    fixVi: 'Dùng RSA (từ 2048 bit) hoặc ECDSA với SHA-256, SHA-384 hoặc SHA-512',
    fixEn: 'Use RSA (2048 bits or more) or ECDSA with SHA-256, SHA-384 or SHA-512',
  },
  CERTIFICATE_UNKNOWN: {
    status: 422,
    vi: 'Đơn vị {sender} chưa đăng ký chứng thư số nào còn hiệu lực',
    en: 'Agency {sender} has no registered certificate that is valid now',
    fixVi: 'Gửi chứng thư số cho đơn vị vận hành trục để đăng ký',
    fixEn: 'Give the certificate to the operator of the gateway for registration',
  },
  CERTIFICATE_NOT_VALID: {
    status: 422,
    vi: 'Chứng thư số đã ký gói tin không còn (hoặc chưa) hiệu lực: từ {notBefore} đến {notAfter}',
    en: 'The certificate that signed the package is not valid at this time: from {notBefore} to {notAfter}',
    fixVi: 'Ký lại bằng chứng thư số còn hiệu lực, đăng ký chứng thư số mới nếu cần',
    fixEn: 'Sign again with a certificate that is valid, and register the new one if needed',
  },
  CERTIFICATE_UNREADABLE: {
    status: 422,
    vi: 'Không đọc được chứng thư số: {detail}',
    en: 'The certificate cannot be read: {detail}',
    fixVi: 'Gửi đúng một chứng thư số X.509 dạng PEM hoặc DER, không kèm khóa bí mật',
    fixEn: 'Give exactly one X.509 certificate in PEM or DER form, without a private key',
  },
  CERTIFICATE_KEY_WEAK: {
    status: 422,
    vi: 'Khóa của chứng thư số không được chấp nhận: {key}',
    en: 'The key of the certificate is not accepted: {key}',
    fixVi: 'Dùng chứng thư số có khóa RSA từ 2048 bit, hoặc khóa EC trên đường cong P-256, P-384 hay P-521',
    fixEn: 'Use a certificate with an RSA key of 2048 bits or more, or an EC key on curve P-256, P-384 or P-521',
  },
  SIGNATURE_OVER_REPAIRED: {
    status: 422,
    vi: 'Gói tin dùng tiền tố chưa khai báo; phải sửa mới đọc được nên chữ ký không có giá trị',
    en: 'The package uses prefixes that it does not declare; it was mended to be read, so its signature counts for nothing',
    fixVi: 'Khai báo các tiền tố trên phần tử gốc edXML rồi ký lại',
    fixEn: 'Declare the prefixes on the root edXML and sign again',
  },
});
