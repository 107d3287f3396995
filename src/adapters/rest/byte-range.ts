import { reject } from '../../routing/problem.ts';
import type { ByteRange } from './ports.ts';

/**
 * The one range that a Range header asks of `size` bytes; undefined for none, several, or what is no range of bytes: then the whole is
 * sent. Throws Rejection RANGE_INVALID when it lies outside.
 */
export function readRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replaceAll(' ', '') ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (start >= end) throw reject('RANGE_INVALID', { at: 'Range', params: { size } });
  return { start, end };
}
