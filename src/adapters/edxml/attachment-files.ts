import type { Attachment } from '../../routing/message.ts';
import type { Lifted } from '../../routing/package.ts';
import type { AttachmentSource } from './attachment.ts';
import { decodeBase64 } from './base64.ts';
import type { MarkupLimits } from './markup.ts';
import { read } from './read-status.ts';
import { placeRuns } from './shape.ts';
import { readRun } from './splice.ts';
import { withTree } from './tree.ts';
import { unpackOnly } from './zip.ts';

/** Where the bodies of the attachments of a package are, in the order of its message. None for a status. */
export function attachmentSources(lifted: Lifted, limits: MarkupLimits): readonly AttachmentSource[] {
  const grown = withTree(lifted, { ...limits, repairsPrefixes: true }, ({ root }) => {
    const { bodies } = placeRuns(root, lifted);
    const reading = read(root);
    const files = reading.kind === 'document' ? reading.files.filter((file) => file.body.present) : [];
    return files.map(({ body }) => bodies.get(body.text.trim()) ?? body.text);
  });
  if ('problems' in grown) throw new Error(`a package that was examined can not be read again: ${grown.problems[0]?.code}`);
  return grown.value;
}

/** The decoded body of an attachment: the file, or the ZIP with the file in it. */
export function attachmentBody(source: AttachmentSource): AsyncIterable<Buffer> {
  return decodeBase64(typeof source === 'string' ? [Buffer.from(source)] : readRun(source));
}

/** The file itself, whatever form it came in. Memory does not grow with it. */
export function attachmentFile(source: AttachmentSource, { form, fileSize }: Pick<Attachment, 'form' | 'fileSize'>): AsyncIterable<Buffer> {
  const body = attachmentBody(source);
  return form === 'zip' ? unpackOnly(body, fileSize) : body;
}
