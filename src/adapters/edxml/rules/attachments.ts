import type { PartReading } from '../reading.ts';
import type { Finding, Rule } from './rule.ts';

/** A document travels with all its files and with nothing undeclared (QĐ 28/2018 Đ10(1); domain A14, A15). */
export const attachmentRules: readonly Rule[] = [
  {
    code: 'REFERENCE_WITHOUT_ATTACHMENT',
    weight: 'refuse',
    applies: 'document',
    check: ({ references, files }) => without(references, files),
  },
  {
    code: 'ATTACHMENT_WITHOUT_REFERENCE',
    weight: 'refuse',
    applies: 'document',
    check: ({ references, files }) => without(files, references),
  },
  {
    code: 'CONTENT_ID_REPEATED',
    weight: 'refuse',
    applies: 'document',
    check: ({ references, files }) => [...sharedIds(references, 'Reference'), ...sharedIds(files, 'Attachment')],
  },
  {
    code: 'ATTACHMENT_NAME_DIFFERS',
    weight: 'warn',
    applies: 'document',
    check: ({ references, files }) => {
      const names = new Map(references.map((reference) => [reference.id, reference.name.value]));
      return files.flatMap(({ id, name: { at, line, value } }) => {
        const referenceName = names.get(id) ?? '';
        return referenceName === '' || value === '' || referenceName === value
          ? []
          : [{ at, line, params: { name: value, referenceName } }];
      });
    },
  },
  {
    code: 'NO_ATTACHMENT',
    weight: 'warn',
    applies: 'document',
    check: ({ header, references, files, act }) =>
      header.present && references.length + files.length === 0 && act.type.value !== '1'
        ? [{ at: '/edXML/AttachmentEncoded', line: header.line }]
        : [],
  },
];

function without(parts: readonly PartReading[], others: readonly PartReading[]): Finding[] {
  const ids = new Set(others.map((other) => other.id));
  return parts.filter((part) => part.id !== '' && !ids.has(part.id)).map((part) => finding(part, {}));
}

function sharedIds(parts: readonly PartReading[], element: string): Finding[] {
  const seen = new Set<string>();
  return parts.flatMap((part) => {
    const shared = part.id !== '' && seen.has(part.id);
    seen.add(part.id);
    return shared ? [finding(part, { element })] : [];
  });
}

function finding({ contentId: { at, line }, id }: PartReading, params: Readonly<Record<string, string>>): Finding {
  return { at, line, params: { contentId: id, ...params } };
}
