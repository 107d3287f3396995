import { axisCodeOf } from '../../../routing/axis-codes.ts';
import type { Problem } from '../../../routing/problem.ts';
import { problemText, Rejection } from '../../../routing/problem.ts';
import { answerText, type Envelope, type OperationName } from '../wire.ts';

const mostText = 2000;

/** The answer to what was refused, whole for every version of the client library: also with what only an answer without error has. */
export function refusalAnswer(rejection: Rejection, operation: OperationName | null, systemId: string | undefined): object {
  const envelope: Envelope = {
    status: 'FAIL',
    ErrorCode: axisCodeOf(rejection),
    ErrorDesc: rejection.problems
      .map((problem) => described(problem, systemId))
      .join('; ')
      .slice(0, mostText),
  };
  const sends = operation === 'sendEdoc' || operation === null ? { DocId: '' } : {};
  const fetches = operation === 'getEdoc' || operation === null ? { data: '' } : {};
  return { ...envelope, ...sends, ...fetches };
}

/** A sender that is not the system's is told in the very words of the axis, which clients look for. */
function described(problem: Problem, systemId: string | undefined): string {
  if (problem.code === 'SENDER_NOT_YOURS' && systemId !== undefined) {
    return `Don vi gui ${problem.params?.['sender'] ?? ''} khong dung voi ma da dang ky: ${systemId}`;
  }
  const { code, vi, en, at } = problemText(problem);
  return `${code}: ${vi} / ${en}${at === undefined ? '' : ` (${at})`}`;
}

/** The answer to what the HTTP parser refuses before there is a request: broken or too many headers. */
export function unreadableAnswer(): string {
  const fault = { code: 'AXIS_HEADER', params: { header: '*', fault: 'unreadable' } } as const;
  return answerText(refusalAnswer(new Rejection([fault]), null, undefined));
}
