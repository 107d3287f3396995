import { parts } from '../../src/adapters/mime/multipart.ts';
import { Rejection } from '../../src/routing/problem.ts';
import { collect, inChunks } from './byte-streams.ts';

export const FORM = 'multipart/form-data; boundary=b';
export const RELATED = 'multipart/related; boundary=b';

export interface Read {
  readonly headers: Record<string, string>;
  readonly name?: string;
  readonly filename?: string;
  readonly contentId?: string;
  readonly body: string;
}

export async function read(body: string | Buffer, contentType = FORM, sizes: readonly number[] = [65536]): Promise<Read[]> {
  const found: Read[] = [];
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
  for await (const { headers, body: content, ...rest } of parts(inChunks(bytes, sizes), contentType)) {
    found.push({ ...rest, headers: Object.fromEntries(headers), body: (await collect(content)).toString('latin1') });
  }
  return found;
}

export async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof Rejection)) throw new Error(`it was accepted: ${JSON.stringify(error)}`);
  const { code, params } = error.problems[0] ?? {};
  return [code, params?.['detail'] ?? params?.['part']].filter(Boolean).join(': ');
}

export const part = (headers: string, body: string) => `--b\r\n${headers}\r\n\r\n${body}\r\n`;
export const form = (name: string, body: string, more = '') => part(`Content-Disposition: form-data; name="${name}"${more}`, body);
export const bodies = async (text: string, contentType = FORM) => (await read(text, contentType)).map(({ body }) => body);
