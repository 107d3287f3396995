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
});
