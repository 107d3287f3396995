import { randomBytes } from 'node:crypto';
import { buildPackage } from '../tests/support/packages.ts';
import type { Participant } from '../tests/support/participants.ts';
import { quickSigner, sizeOf } from '../tests/support/quick-signer.ts';

/** A signed package in pieces; what many packages share is in memory once. */
export interface Prepared {
  readonly pieces: readonly Buffer[];
  readonly size: number;
  /** Which of the senders it is from. */
  readonly sender: number;
}

/** What packages of a corpus look like: bytes of the file that stays in the text, and of the one that is lifted out. */
export interface Shape {
  readonly inline: number;
  readonly attached?: number;
}

/** 8 KB in all, the file in it included. */
export const small: Shape = { inline: 2800 };
/** A text of 20 KB, of which most is a small file, and a file of 200 KB that is lifted. */
export const usual: Shape = { inline: 11_900, attached: 200_000 };

const uniqueBytes = 30;

/**
 * Prepares `count` packages that differ in their numbers and in the beginning of each file, and so in every digest. Each goes from
 * one of the senders, in turn, to one of the recipients, in turn. `first` continues the numbers of an earlier corpus.
 */
export function prepare(
  shape: Shape,
  count: number,
  senders: readonly Participant[],
  recipients: readonly string[],
  first = 0,
): Prepared[] {
  const signers = senders.map((sender) => quickSigner(sender.identity));
  const templates = senders.map((sender) => recipients.map((to) => templateOf(shape, sender.code, to)));
  const bodies = { inline: fileBody(shape.inline), attached: shape.attached === undefined ? undefined : fileBody(shape.attached) };
  return Array.from({ length: count }, (_, i) => {
    const sender = i % senders.length;
    const template = templates[sender]?.[Math.floor(i / senders.length) % recipients.length] ?? '';
    const pieces = signers[sender]?.(piecesOf(template, first + i, bodies)) ?? [];
    return { pieces, size: sizeOf(pieces), sender };
  });
}

/** A package whose one file has about so many bytes as base64, whatever that is in memory: the file repeats one piece. */
export function prepareLarge(
  size: number,
  sender: Pick<Participant, 'code' | 'identity'>,
  to: string | readonly string[],
  number: number,
): Prepared {
  const chunk = fileBody(3 << 18);
  const count = Math.max(1, Math.round(size / chunk.length));
  const template = templateOf({ inline: 60, attached: 1 }, sender.code, to);
  const pieces = piecesOf(template, number, { inline: fileBody(60), attached: chunk });
  const [head, body, tail] = pieces as [Buffer, Buffer, Buffer];
  const signed = quickSigner(sender.identity)([head, ...Array<Buffer>(count).fill(body), tail]);
  return { pieces: signed, size: sizeOf(signed), sender: 0 };
}

const inlineMark = 'AAAAinlineAAAA';
const attachedMark = 'AAAAattachedAA';
const numberMark = '77777777777';

function templateOf(shape: Shape, from: string, to: string | readonly string[]): string {
  const attachments = [
    { name: 'phieu-trinh.pdf', type: 'application/pdf', base64: inlineMark },
    ...(shape.attached === undefined ? [] : [{ name: 'van-ban.signed.pdf', type: 'application/pdf', base64: attachedMark }]),
  ];
  return buildPackage({
    from: { code: from, name: `Đơn vị ${from}` },
    to: [to].flat().map((code) => ({ code, name: `Đơn vị ${code}` })),
    number: numberMark,
    documentId: `${from},2026/03/02,${numberMark}/SNV-CCHC`,
    attachments,
  }).toString();
}

function piecesOf(template: string, number: number, bodies: { inline: Buffer; attached: Buffer | undefined }): Buffer[] {
  const head = uniqueHead(number);
  const text = template.replaceAll(numberMark, String(number)).replace(inlineMark, () => head + bodies.inline.toString('latin1'));
  if (bodies.attached === undefined) return [Buffer.from(text)];
  const at = text.indexOf(attachedMark);
  return [Buffer.from(text.slice(0, at) + head), bodies.attached, Buffer.from(text.slice(at + attachedMark.length))];
}

/** The first 30 bytes of a PDF with a number of its own, as base64. */
function uniqueHead(number: number): string {
  return Buffer.from(`%PDF-1.7\n%${String(number).padStart(uniqueBytes - 11, '0')}\n`).toString('base64');
}

/** The rest of a PDF of so many bytes, as base64. */
function fileBody(bytes: number): Buffer {
  const rest = Math.floor((bytes - uniqueBytes) / 3) * 3;
  const file = randomBytes(Math.max(rest, 9));
  file.write('\n%%EOF\n', file.length - 7, 'latin1');
  return Buffer.from(file.toString('base64'));
}
