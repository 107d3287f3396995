import type { AgencyId } from './cast.ts';

/** One package of the demo, before it is written. */
export interface Letter {
  readonly id: LetterId;
  readonly template: 'van-ban' | 'cong-dien' | 'trang-thai' | 'thu-hoi';
  readonly from: AgencyId;
  /** Of a status: whom it goes to. */
  readonly to: readonly AgencyId[];
  readonly number: string;
  readonly notation: string;
  readonly typeName: string;
  readonly typeDetail: number;
  /** 0 thường, 1 khẩn, 2 thượng khẩn, 3 hỏa tốc. */
  readonly priority: 0 | 1 | 2 | 3;
  readonly subject: string;
  readonly content: string;
  readonly file?: { readonly name: string; readonly description: string; readonly bytes: number };
  /** A status: its code and the letter that it answers. */
  readonly answers?: { readonly status: string; readonly letter: LetterId };
  /** A recall: the letter that it takes back, whose number it carries. */
  readonly recalls?: LetterId;
  /** Changed after signing: what stands there and what is put in its place, of the same length in bytes. */
  readonly forged?: readonly [signed: string, changed: string];
  /** Why a recipient sends it back. */
  readonly sentBack?: string;
}

export type LetterId = 'report' | 'storm' | 'records' | 'meeting' | 'misdirected' | 'forged' | 'taken' | 'spare' | CountryLetterId;

/** Letters between two provinces. */
export type CountryLetterId = 'plan' | 'reply' | 'mistaken' | 'recall' | 'read' | 'done';

const kilobytes = 1000;

/** Every package of the demo; `largest` is the size of the large attachment in bytes. */
export function letters(largest: number): readonly Letter[] {
  return [report, storm, records(largest), meeting, misdirected, forged, taken, spare];
}

const report: Letter = {
  id: 'report',
  template: 'van-ban',
  from: 'van-phong',
  to: ['so-noi-vu', 'xa-dong-sen'],
  number: '07',
  notation: 'VPUB-TH',
  typeName: 'Công văn',
  typeDetail: 18,
  priority: 0,
  subject: 'V/v báo cáo kết quả cải cách hành chính quý I',
  content: 'Đề nghị các cơ quan gửi báo cáo kết quả cải cách hành chính quý I',
  file: { name: 'Cong van 07-VPUB-TH.pdf', description: 'Công văn đã ký số', bytes: 200 * kilobytes },
};

const storm: Letter = {
  id: 'storm',
  template: 'cong-dien',
  from: 'van-phong',
  to: ['so-noi-vu', 'xa-dong-sen', 'phuong-ben-sen'],
  number: '02',
  notation: 'CĐ-VPUB',
  typeName: 'Công điện',
  typeDetail: 19,
  priority: 3,
  subject: 'V/v chủ động ứng phó với bão và mưa lũ',
  content: 'Yêu cầu trực ban 24/24 giờ và sẵn sàng sơ tán dân ở vùng ven sông',
  file: { name: 'Cong dien 02-CD-VPUB.pdf', description: 'Công điện đã ký số', bytes: 80 * kilobytes },
};

function records(bytes: number): Letter {
  return {
    id: 'records',
    template: 'van-ban',
    from: 'xa-dong-sen',
    to: ['so-noi-vu', 'van-phong'],
    number: '31',
    notation: 'BC-UBND',
    typeName: 'Báo cáo',
    typeDetail: 14,
    priority: 0,
    subject: 'Báo cáo kết quả số hóa hồ sơ, kèm bản quét',
    content: 'Báo cáo kết quả số hóa hồ sơ lưu trữ của xã, kèm toàn bộ bản quét',
    file: { name: 'Bao cao 31-BC-UBND.pdf', description: 'Báo cáo kèm bản quét hồ sơ', bytes },
  };
}

const meeting: Letter = {
  id: 'meeting',
  template: 'van-ban',
  from: 'so-noi-vu',
  to: ['phuong-ben-sen'],
  number: '15',
  notation: 'GM-SNV',
  typeName: 'Giấy mời',
  typeDetail: 25,
  priority: 1,
  subject: 'Họp về sắp xếp vị trí việc làm',
  content: 'Mời dự họp về sắp xếp vị trí việc làm tại phường',
  file: { name: 'Giay moi 15-GM-SNV.pdf', description: 'Giấy mời đã ký số', bytes: 60 * kilobytes },
};

const misdirected: Letter = {
  id: 'misdirected',
  template: 'van-ban',
  from: 'so-noi-vu',
  to: ['xa-dong-sen'],
  number: '16',
  notation: 'SNV-TCBC',
  typeName: 'Công văn',
  typeDetail: 18,
  priority: 0,
  subject: 'V/v bổ sung hồ sơ của phường Bến Sen',
  content: 'Đề nghị phường Bến Sen bổ sung hồ sơ',
  file: { name: 'Cong van 16-SNV-TCBC.pdf', description: 'Công văn đã ký số', bytes: 60 * kilobytes },
  sentBack: 'Văn bản gửi nhầm: nội dung thuộc thẩm quyền của phường Bến Sen',
};

const forged: Letter = {
  id: 'forged',
  template: 'van-ban',
  from: 'van-phong',
  to: ['so-noi-vu'],
  number: '08',
  notation: 'VPUB-KT',
  typeName: 'Công văn',
  typeDetail: 18,
  priority: 0,
  subject: 'V/v bố trí 100 triệu đồng sửa chữa trụ sở',
  content: 'Đề nghị bố trí kinh phí sửa chữa trụ sở',
  file: { name: 'Cong van 08-VPUB-KT.pdf', description: 'Công văn đã ký số', bytes: 60 * kilobytes },
  forged: ['bố trí 100 triệu', 'bố trí 900 triệu'],
};

const taken: Letter = {
  id: 'taken',
  template: 'trang-thai',
  from: 'xa-dong-sen',
  to: ['van-phong'],
  number: '03',
  notation: '',
  typeName: 'Trạng thái',
  typeDetail: 0,
  priority: 0,
  subject: '',
  content: 'Văn thư đã tiếp nhận, vào sổ văn bản đến',
  answers: { status: '03', letter: 'report' },
};

/** Signed, but not sent: what `--keep` leaves for the commands that it prints. */
const spare: Letter = {
  id: 'spare',
  template: 'van-ban',
  from: 'so-noi-vu',
  to: ['xa-dong-sen'],
  number: '17',
  notation: 'SNV-VP',
  typeName: 'Công văn',
  typeDetail: 18,
  priority: 0,
  subject: 'V/v cử cán bộ tham gia tập huấn gửi, nhận văn bản điện tử',
  content: 'Đề nghị cử cán bộ văn thư tham gia tập huấn',
  file: { name: 'Cong van 17-SNV-VP.pdf', description: 'Công văn đã ký số', bytes: 60 * kilobytes },
};
