import { shortDetail } from '../../../routing/outcome.ts';
import type { Around } from './answer.ts';

/**
 * What an answer says of a call.
 * `refused`: it can never be accepted. `recipient`: because of one of its recipients. `credentials`: the call was not let in, which says
 * nothing of what it carried. `later`: an outage, or a code that nobody knows.
 */
export type Verdict =
  | { readonly kind: 'ok'; readonly docId?: string }
  | { readonly kind: 'refused' | 'recipient' | 'credentials' | 'later'; readonly detail: string; readonly httpStatus: number };

/** Codes as provincial systems document them (domain 6.3); what is not here is tried again. */
const meanings: Readonly<Record<string, Exclude<Verdict['kind'], 'ok'>>> = {
  '10': 'refused',
  '409': 'refused',
  '413': 'refused',
  '15': 'credentials',
  '18': 'recipient',
  '19': 'refused',
  '20': 'later',
  '21': 'later',
  '22': 'refused',
  '23': 'recipient',
};

/**
 * Judges an answer by its code. A flag of success counts for nothing beside another code, an error text or the status `FAIL`; and without
 * a code nothing was said.
 */
export function verdictOn(httpStatus: number, answer: Around): Verdict {
  const code = wordIn(answer, 'ErrorCode', 'errorCode', 'code');
  const words = wordIn(answer, 'errorDetail', 'ErrorDesc', 'errorDesc', 'message') ?? '';
  const fails = wordIn(answer, 'status')?.toUpperCase() === 'FAIL' || wordIn(answer, 'errorDetail') !== undefined;
  if ((code === '0' || code === '200') && !fails && httpStatus < 400) {
    const docId = wordIn(answer, 'DocId', 'docId');
    return { kind: 'ok', ...(docId === undefined ? {} : { docId }) };
  }
  const meant = meanings[code ?? ''];
  const kind = meant ?? (httpStatus === 401 || httpStatus === 403 ? 'credentials' : 'later');
  return { kind, detail: shortDetail([code ?? `HTTP ${httpStatus}`, words].join(' ')), httpStatus };
}

/** The first of these fields that is a text or a number, and not empty. */
export function wordIn(answer: Around, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = answer[name];
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (typeof value === 'string' && value.trim() !== '' && value !== 'null') return value.trim();
  }
  return undefined;
}
