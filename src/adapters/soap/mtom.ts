import { randomUUID } from 'node:crypto';
import type { SoapVersion } from './names.ts';
import { XOP_NAMESPACE } from './names.ts';

/** An answer as MTOM: what stands before the bytes of the package and behind them, and the Content-Type. */
export interface MtomFrame {
  readonly contentType: string;
  readonly head: Buffer;
  readonly tail: Buffer;
}

const root = 'envelope@lienthong';
const attachment = 'package@lienthong';

/** The element that stands for the package in the envelope (XOP 1.0, 2.1). */
export const xopInclude = `<xop:Include xmlns:xop="${XOP_NAMESPACE}" href="cid:${attachment}"/>`;

/** Packs an envelope that has `xopInclude` in it (MTOM 1.0, 3.2). */
export function mtomFrame(envelope: string, { mediaType }: SoapVersion): MtomFrame {
  const boundary = `lienthong-${randomUUID()}`;
  const head = [
    `--${boundary}`,
    `Content-Type: application/xop+xml; charset=utf-8; type="${mediaType}"`,
    'Content-Transfer-Encoding: binary',
    `Content-ID: <${root}>`,
    '',
    envelope,
    `--${boundary}`,
    'Content-Type: application/octet-stream',
    'Content-Transfer-Encoding: binary',
    `Content-ID: <${attachment}>`,
    '',
    '',
  ];
  return {
    contentType: `multipart/related; type="application/xop+xml"; start="<${root}>"; start-info="${mediaType}"; boundary="${boundary}"`,
    head: Buffer.from(head.join('\r\n')),
    tail: Buffer.from(`\r\n--${boundary}--\r\n`),
  };
}
