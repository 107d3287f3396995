import type { Code } from '../../routing/codes/index.ts';
import type { ClientScope } from '../../routing/register.ts';
import type { Route } from './contract.ts';
import { inputs } from './inputs.ts';
import * as shapes from './schemas.ts';

/** Senders look for whom to write to; operators for everything. */
const readers: readonly ClientScope[] = ['send', 'operate', 'audit'];
const agencyUnknown: readonly Code[] = ['AGENCY_UNKNOWN'];
const groupUnknown: readonly Code[] = ['GROUP_UNKNOWN'];

/** The directory as senders and operators read it, on a day. */
export const directoryRoutes = {
  searchAgencies: {
    method: 'get',
    path: '/v1/directory/agencies',
    vi: 'Tìm đơn vị theo tên (không cần dấu) hoặc theo đầu mã định danh',
    en: 'Find agencies by name, without accents, or by the beginning of a code; the likeliest first',
    scopes: readers,
    query: inputs.agencySearch,
    json: { 200: shapes.agencyList },
  },
  showTree: {
    method: 'get',
    path: '/v1/directory/tree',
    vi: 'Cây tổ chức từ một đơn vị trở xuống, hoặc từ các đơn vị cấp 1',
    en: 'The tree of agencies under one of them, or under all that have no parent',
    scopes: readers,
    query: inputs.agencyTree,
    json: { 200: shapes.agencyTree },
    codes: agencyUnknown,
  },
  resolveCode: {
    method: 'get',
    path: '/v1/directory/resolve',
    vi: 'Vào một ngày, đơn vị nào nhận văn bản gửi tới mã này, qua những thay đổi tổ chức nào',
    en: 'Who receives what is addressed to a code on a day, and by which successions',
    scopes: readers,
    query: inputs.resolution,
    json: { 200: shapes.resolution },
  },
  listGroups: {
    method: 'get',
    path: '/v1/directory/groups',
    vi: 'Các nhóm đơn vị có thể ghi ở chỗ mã đơn vị nhận',
    en: "The groups of agencies that can be written in place of a recipient's code",
    scopes: readers,
    query: inputs.nothing,
    json: { 200: shapes.groupList },
  },
  listMembers: {
    method: 'get',
    path: '/v1/directory/members',
    vi: 'Các đơn vị thuộc một nhóm vào một ngày',
    en: 'The members of a group on a day',
    scopes: readers,
    query: inputs.members,
    json: { 200: shapes.memberList },
    codes: groupUnknown,
  },
} as const satisfies Record<string, Route>;
