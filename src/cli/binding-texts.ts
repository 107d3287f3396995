import type { CertificateBinding } from '../routing/trust.ts';
import type { ExpiringCertificate } from '../routing/trust-register.ts';
import { shownMoment } from './moment.ts';
import { table } from './table.ts';

/** Bindings of agencies. */
export function bindingsText(bindings: readonly CertificateBinding[]): string {
  return table(
    [
      { vi: 'Quy tắc', en: 'Binding' },
      { vi: 'Đơn vị', en: 'Agency' },
      { vi: 'Chứng thư gốc', en: 'Anchor' },
      { vi: 'Bên cấp', en: 'Issuer' },
      { vi: 'Chủ thể', en: 'Subject' },
    ],
    bindings.map((one) => [
      one.id,
      one.agencyId,
      one.anchorId,
      one.issuer === undefined ? 'bất kỳ / any' : 'chỉ định / named',
      one.subject.map(({ type, value }) => `${type}=${value}`).join('; '),
    ]),
  );
}

/** Certificates near their end. */
export function expiringText(certificates: readonly ExpiringCertificate[]): string {
  return table(
    [
      { vi: 'Đơn vị', en: 'Agency' },
      { vi: 'Chủ thể', en: 'Subject' },
      { vi: 'Hết hiệu lực', en: 'Not after' },
      { vi: 'Còn (ngày)', en: 'Days left', right: true },
      { vi: 'Đã có chứng thư mới', en: 'Succeeded' },
      { vi: 'Nguồn', en: 'Source' },
      { vi: 'SHA-256', en: 'SHA-256' },
    ],
    certificates.map((one) => [
      one.agency,
      one.subject,
      shownMoment(one.notAfter),
      String(one.daysLeft),
      one.succeeded ? 'có / yes' : 'chưa / no',
      one.source === 'imported' ? 'đăng ký / imported' : 'quy tắc / bound',
      one.fingerprint,
    ]),
  );
}
