import type { Letter } from '../letters.ts';

const kilobytes = 1000;

/** Every package of the country demo; `largest` is the size of the large attachment in bytes. */
export function countryLetters(largest: number): readonly Letter[] {
  return [plan(largest), reply, mistaken, recall, read, done];
}

function plan(bytes: number): Letter {
  return {
    id: 'plan',
    template: 'van-ban',
    from: 'van-phong',
    to: ['so-y-te', 'phuong-ngon-song', 'xa-dong-sen'],
    number: '21',
    notation: 'VPUB-KGVX',
    typeName: 'Công văn',
    typeDetail: 18,
    priority: 0,
    subject: 'V/v phối hợp phòng, chống dịch bệnh vùng giáp ranh',
    content: 'Đề nghị phối hợp phòng, chống dịch bệnh tại các xã, phường giáp ranh hai tỉnh',
    file: { name: 'Cong van 21-VPUB-KGVX.pdf', description: 'Công văn và phương án phối hợp', bytes },
  };
}

const reply: Letter = {
  id: 'reply',
  template: 'van-ban',
  from: 'phuong-ngon-song',
  to: ['van-phong'],
  number: '09',
  notation: 'BC-UBND',
  typeName: 'Báo cáo',
  typeDetail: 14,
  priority: 1,
  subject: 'Báo cáo tình hình dịch bệnh tại khu vực giáp ranh',
  content: 'Báo cáo nhanh tình hình dịch bệnh',
  file: { name: 'Bao cao 09-BC-UBND.pdf', description: 'Báo cáo đã ký số', bytes: 80 * kilobytes },
};

const mistaken: Letter = {
  id: 'mistaken',
  template: 'van-ban',
  from: 'van-phong',
  to: ['so-y-te'],
  number: '22',
  notation: 'VPUB-TH',
  typeName: 'Công văn',
  typeDetail: 18,
  priority: 0,
  subject: 'V/v lịch họp giao ban của các sở trong tỉnh',
  content: 'Thông báo lịch họp giao ban',
  file: { name: 'Cong van 22-VPUB-TH.pdf', description: 'Công văn đã ký số', bytes: 60 * kilobytes },
};

const recall: Letter = {
  ...withoutFile(mistaken),
  id: 'recall',
  template: 'thu-hoi',
  content: 'Gửi nhầm nơi nhận',
  recalls: 'mistaken',
};

const status = { number: '', notation: '', typeName: 'Trạng thái', typeDetail: 0, priority: 0, subject: '' } as const;

const read: Letter = {
  ...status,
  id: 'read',
  template: 'trang-thai',
  from: 'so-y-te',
  to: ['van-phong'],
  number: '03',
  content: 'Văn thư đã tiếp nhận, vào sổ văn bản đến',
  answers: { status: '03', letter: 'plan' },
};

const done: Letter = { ...read, id: 'done', number: '06', content: 'Đã hoàn thành', answers: { status: '06', letter: 'plan' } };

function withoutFile({ file: _, ...rest }: Letter): Letter {
  return rest;
}
