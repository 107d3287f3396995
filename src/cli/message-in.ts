import type { Message } from '../routing/message.ts';
import { Rejection } from '../routing/problem.ts';

/** Far more than any gateway takes in: what is too large is the gateway's to say. */
const limits = { packageBytes: 2 ** 40, textBytes: 64 * 2 ** 20 };

/** What the package in a file says; its signature is not looked at. Throws Rejection with everything that is wrong with it. */
export async function messageIn(path: string): Promise<Message> {
  const { liftFile } = await import('../adapters/edxml/lift.ts');
  const { examine } = await import('../adapters/edxml/examine.ts');
  const { defaultLimits } = await import('../adapters/edxml/limits.ts');
  const { message, problems } = await examine(await liftFile(path, limits), { ...defaultLimits, now: new Date().toISOString() });
  if (message === undefined) throw new Rejection(problems);
  return message;
}
