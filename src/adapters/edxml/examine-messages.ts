import type { Examined, Lifted } from '../../routing/package.ts';
import type { Problem } from '../../routing/problem.ts';
import type { ExamineLimits } from './limits.ts';

/** What the pool sends to a thread: one package to examine. */
export interface Order {
  readonly id: number;
  readonly lifted: Lifted;
  readonly limits: ExamineLimits;
}

/**
 * What a thread sends back: once `ready`, then for each order, in the same sequence, one of the others. `memory` is what the thread
 * holds outside the JavaScript heap in bytes, the parser's memory above all. `broken`: the parser can't be used any more.
 */
export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'examined'; readonly id: number; readonly examined: Examined; readonly memory: number }
  | { readonly kind: 'refused'; readonly id: number; readonly problems: readonly Problem[] }
  | { readonly kind: 'fault'; readonly id: number; readonly message: string; readonly stack: string; readonly broken: boolean };

/** A copy of an order that can be handed over whole: the caller keeps its own text, and what it may share memory with stays here. */
export function packOrder(order: Order): { message: Order; transfer: ArrayBuffer[] } {
  const text = exactCopy(order.lifted.text);
  return { message: { ...order, lifted: { ...order.lifted, text } }, transfer: [text.buffer] };
}

/** As `packOrder`, for a result. */
export function packExamined(examined: Examined): { examined: Examined; transfer: ArrayBuffer[] } {
  const { signature } = examined;
  if (signature.state !== 'present') return { examined, transfer: [] };
  const signedInfo = exactCopy(signature.signedInfo);
  const value = exactCopy(signature.value);
  return { examined: { ...examined, signature: { ...signature, signedInfo, value } }, transfer: [signedInfo.buffer, value.buffer] };
}

/** Small Buffers share one block of memory; sending one would send the whole block. */
function exactCopy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
