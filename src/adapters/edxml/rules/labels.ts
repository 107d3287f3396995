import type { Field } from '../path.ts';

/** What people call the elements of a package. */
const labels: Readonly<Record<string, string>> = {
  OrganId: 'mã định danh đơn vị',
  OrganName: 'tên đơn vị',
  DocumentId: 'mã văn bản',
  CodeNumber: 'số văn bản',
  CodeNotation: 'ký hiệu văn bản',
  Code: 'số/ký hiệu văn bản',
  PromulgationDate: 'ngày ban hành',
  TypeName: 'tên loại văn bản',
  Subject: 'trích yếu',
  Content: 'nội dung tóm tắt',
  FullName: 'họ tên người ký',
  Position: 'chức vụ người ký',
  DueDate: 'hạn xử lý',
  ToPlaces: 'nơi nhận',
  Description: 'mô tả',
  ContentId: 'mã tệp đính kèm',
  AttachmentName: 'tên tệp đính kèm',
  ContentTransferEncoded: 'nội dung tệp đính kèm',
  BussinessDocType: 'loại nghiệp vụ',
  StatusCode: 'mã trạng thái',
  MessageHeader: 'phần đầu bản tin',
};

/** The values by which a text names a field: the last two steps of its path, and what people call it. */
export function named(at: string): { readonly field: string; readonly label: string } {
  const steps = at.replaceAll(/\[\d+\]/g, '').split('/');
  const name = steps.at(-1) ?? '';
  return { field: steps.slice(-2).join('/'), label: labels[name] ?? name };
}

/** A finding about one field. */
export function about(field: Pick<Field, 'at' | 'line'>, params: Readonly<Record<string, string | number>> = {}) {
  return { at: field.at, line: field.line, params: { ...named(field.at), ...params } };
}
