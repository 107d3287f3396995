import { randomBytes } from 'node:crypto';
import type { ExaminedAttachment } from '../../src/adapters/edxml/attachment.ts';
import { examineAttachment } from '../../src/adapters/edxml/attachment.ts';
import type { Problem } from '../../src/routing/problem.ts';

export const UUID = '7091b48b-9e89-4b1e-9d3e-0123456789ab';
export const PDF = Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n', 'latin1');
export const LARGE_PDF = Buffer.concat([PDF, randomBytes(300_000)]);
export const ZIP_TYPE = 'application/zip';

export interface Said {
  readonly name?: string;
  readonly type?: string;
}

export async function examine(
  body: Buffer | string,
  { name = 'a.pdf', type = 'application/pdf' }: Said = {},
  limits?: { ratio: number; fileBytes: number },
) {
  const declared = { contentId: 'x', name, type, at: '/edXML/AttachmentEncoded/Attachment[1]', line: 9 };
  return examineAttachment(typeof body === 'string' ? body : body.toString('base64'), declared, limits);
}

export const codesOf = (problems: readonly Problem[]) => problems.map((problem) => problem.code);
export const found = ({ problems, warnings }: ExaminedAttachment) => ({ problems: codesOf(problems), warnings: codesOf(warnings) });
export const nothing = { problems: [], warnings: [] };
export const refused = (code: string) => ({ problems: [code], warnings: [] });
export const warned = (code: string) => ({ problems: [], warnings: [code] });
