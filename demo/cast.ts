import type { KeyKind } from '../src/adapters/pki/issue-certificate.ts';
import type { Channel } from '../src/routing/directory.ts';

/** One of the agencies of the demo. Provinces, agencies and people are invented: there is no H99 and no H98. */
export interface Agency {
  readonly id: AgencyId;
  readonly code: string;
  readonly name: string;
  /** How the table shows it. */
  readonly short: string;
  readonly channel: Channel;
  readonly key: KeyKind;
  readonly place: string;
  readonly competence: string;
  readonly position: string;
  readonly signer: string;
}

export type AgencyId = 'van-phong' | 'so-noi-vu' | 'xa-dong-sen' | 'phuong-ben-sen' | NeighbourId;

/** Agencies of the other province, which only the country demo has. */
export type NeighbourId = 'so-y-te' | 'phuong-ngon-song';

/** Level-1 code of the invented province. */
export const province = 'H99';

/** That of the other province, invented too. */
export const neighbour = 'H98';

export const cast: Readonly<Record<AgencyId, Agency>> = {
  'van-phong': {
    id: 'van-phong',
    code: '000.00.01.H99',
    name: 'Văn phòng Ủy ban nhân dân tỉnh Hoa Sen',
    short: 'VP UBND tỉnh',
    channel: 'inbox',
    key: 'rsa-2048',
    place: 'Hoa Sen',
    competence: 'KT. CHÁNH VĂN PHÒNG',
    position: 'Phó Chánh Văn phòng',
    signer: 'Đinh Thị Mộc Lan',
  },
  'so-noi-vu': {
    id: 'so-noi-vu',
    code: '000.00.12.H99',
    name: 'Sở Nội vụ tỉnh Hoa Sen',
    short: 'Sở Nội vụ',
    channel: 'push',
    key: 'ec-p256',
    place: 'Hoa Sen',
    competence: 'KT. GIÁM ĐỐC',
    position: 'Phó Giám đốc',
    signer: 'Vũ Quang Đước',
  },
  'xa-dong-sen': {
    id: 'xa-dong-sen',
    code: 'H99.45',
    name: 'Ủy ban nhân dân xã Đông Sen',
    short: 'Xã Đông Sen',
    channel: 'inbox',
    key: 'ec-p256',
    place: 'Đông Sen',
    competence: 'TM. ỦY BAN NHÂN DÂN',
    position: 'Chủ tịch',
    signer: 'Ngô Thanh Ngạn',
  },
  'phuong-ben-sen': {
    id: 'phuong-ben-sen',
    code: 'H99.46',
    name: 'Ủy ban nhân dân phường Bến Sen',
    short: 'Phường Bến Sen',
    channel: 'push',
    key: 'rsa-2048',
    place: 'Bến Sen',
    competence: 'TM. ỦY BAN NHÂN DÂN',
    position: 'Chủ tịch',
    signer: 'Lương Thị Gấm',
  },
  'so-y-te': {
    id: 'so-y-te',
    code: '000.00.15.H98',
    name: 'Sở Y tế tỉnh Hải Đăng',
    short: 'Sở Y tế',
    channel: 'inbox',
    key: 'ec-p256',
    place: 'Hải Đăng',
    competence: 'KT. GIÁM ĐỐC',
    position: 'Phó Giám đốc',
    signer: 'Mai Văn Sóng',
  },
  'phuong-ngon-song': {
    id: 'phuong-ngon-song',
    code: 'H98.46',
    name: 'Ủy ban nhân dân phường Ngọn Sóng',
    short: 'Phường Ngọn Sóng',
    channel: 'inbox',
    key: 'ec-p256',
    place: 'Ngọn Sóng',
    competence: 'TM. ỦY BAN NHÂN DÂN',
    position: 'Chủ tịch',
    signer: 'Tô Thị Hải',
  },
};

/** The four agencies of the one province. */
export const agencies: readonly Agency[] = Object.values(cast).filter(({ code }) => code.includes(province));

/** The short name of the agency with this code. */
export function shortName(code: string | undefined): string {
  return Object.values(cast).find((agency) => agency.code === code)?.short ?? code ?? '';
}
