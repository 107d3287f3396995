import type { Report, ReportFigures, ReportRow } from '../routing/report.ts';
import { figureNames } from '../routing/report.ts';

/** A column of a report with its titles. */
export interface ReportColumn {
  readonly vi: string;
  readonly en: string;
  readonly isNumber: boolean;
}

const figureTitles: Readonly<Record<keyof ReportFigures, readonly [vi: string, en: string]>> = {
  packagesSent: ['Gói tin gửi', 'Packages sent'],
  documentsSent: ['Văn bản gửi', 'Documents sent'],
  sentOnTime: ['Gửi đúng hạn', 'Sent on time'],
  rejected: ['Bị từ chối', 'Rejected'],
  recalls: ['Thu hồi', 'Recalls'],
  deliveriesSent: ['Lượt chuyển đi', 'Deliveries out'],
  deliveredSent: ['Đã đến', 'Delivered'],
  deliveredOnTime: ['Đến đúng hạn', 'Delivered on time'],
  refusedSent: ['Bị trả lại', 'Refused by recipients'],
  recalledSent: ['Thu hồi trước khi đến', 'Recalled before arrival'],
  received: ['Lượt nhận', 'Received'],
  receivedOnTime: ['Nhận đúng hạn', 'Received on time'],
  refused: ['Trả lại', 'Refused'],
  owed: ['Văn bản phải báo', 'Reports owed'],
  reported: ['Đã báo', 'Reported'],
  reportedOnTime: ['Báo đúng hạn', 'Reported on time'],
  status01: ['01 Đã đến', '01 Arrived'],
  status02: ['02 Từ chối', '02 Refused'],
  status03: ['03 Tiếp nhận', '03 Accepted'],
  status04: ['04 Phân công', '04 Assigned'],
  status05: ['05 Đang xử lý', '05 In progress'],
  status06: ['06 Hoàn thành', '06 Finished'],
  paper: ['Văn bản giấy', 'On paper'],
};

/** A report as rows under titles, the total last. */
export function reportTable(report: Report): {
  readonly columns: readonly ReportColumn[];
  readonly rows: readonly (readonly (string | number | null)[])[];
} {
  const columns: ReportColumn[] = [
    { vi: 'Mã định danh', en: 'Code', isNumber: false },
    { vi: 'Đơn vị', en: 'Agency', isNumber: false },
    ...figureNames.map((name) => ({ vi: figureTitles[name][0], en: figureTitles[name][1], isNumber: true })),
    { vi: 'Tỷ lệ điện tử (%)', en: 'Electronic share (%)', isNumber: true },
  ];
  const cells = (row: ReportRow) => [row.code, row.name, ...figureNames.map((name) => row[name]), row.electronicShare];
  return { columns, rows: [...report.rows.map(cells), cells({ ...report.total, name: 'Tổng cộng (total)' })] };
}
