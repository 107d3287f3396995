import { isCodeForm } from '../../routing/code-form.ts';
import { foldName } from '../../routing/fold.ts';
import type { TableKind } from './delimited.ts';

/** The fields of an agency that a file may hold. */
export type Field =
  | 'code'
  | 'name'
  | 'scheme'
  | 'validFrom'
  | 'validTo'
  | 'status'
  | 'policy'
  | 'channel'
  | 'pushUrl'
  | 'pushConcurrency'
  | 'kind'
  | 'parent';

/** Titles by which each field is known, folded and without anything but letters and digits. */
const titles: Readonly<Record<Field, readonly string[]>> = {
  code: ['code', 'organid', 'agencycode', 'ma', 'madinhdanh', 'madonvi', 'macoquan'],
  name: ['name', 'organname', 'agencyname', 'ten', 'tendonvi', 'tencoquan'],
  scheme: ['scheme', 'luocdo'],
  validFrom: ['validfrom', 'hieuluctu', 'ngayhieuluc'],
  validTo: ['validto', 'hieulucden', 'ngayhethieuluc'],
  status: ['status', 'trangthai'],
  policy: ['policy', 'signaturepolicy', 'chinhsachky', 'chinhsachchuky'],
  channel: ['channel', 'kenh'],
  pushUrl: ['pushurl', 'diachiday'],
  pushConcurrency: ['pushconcurrency', 'concurrency'],
  kind: ['kind', 'agencykind', 'loaidonvi'],
  parent: ['parent', 'parentcode', 'macha', 'madonvicha'],
};

const fieldsByTitle = new Map(Object.entries(titles).flatMap(([field, names]) => names.map((title) => [title, field as Field] as const)));

/** The field that a column or a key is for, or undefined for one that is not known. */
export function fieldOf(title: string): Field | undefined {
  return fieldsByTitle.get(foldName(title).replace(/[^a-z0-9]/g, ''));
}

/** A list of agencies as a table. Without titles it is codes and names. */
export const agencyTable: TableKind<Field> = {
  fieldOf,
  key: 'code',
  titles: 'mã định danh (organId, code)',
  headless([first = '', ...rest]) {
    const isCode = rest.length > 0 && fieldOf(first) === undefined && first.includes('.') && isCodeForm(first.trim(), 'local');
    return isCode ? ['code', 'name'] : undefined;
  },
  malformed: 'AGENCY_FILE_MALFORMED',
};
