import type { Code } from './codes/index.ts';
import type { Rejection } from './problem.ts';

/** Error codes of the axis as provincial systems know them, for those of our codes that have one. */
export const axisCodes: Partial<Readonly<Record<Code, string>>> = {
  AXIS_FILE_ALTERED: '10',
  BODY_INCOMPLETE: '10',
  PACKAGE_TOO_LARGE: '10',
  AXIS_SIGNATURE: '15',
  AXIS_STALE: '15',
  SCOPE_MISSING: '15',
  RECIPIENT_UNKNOWN: '18',
  RECIPIENT_CLOSED: '18',
  RECIPIENT_NOT_YET: '18',
  RECIPIENT_NOT_NAMED: '18',
  SENDER_NOT_YOURS: '19',
  SENDER_SUSPENDED: '19',
  SENDER_CLOSED: '19',
  SENDER_UNKNOWN: '19',
  DISK_FULL: '21',
  RECIPIENT_SUSPENDED: '23',
  RECIPIENT_LOCKED: '23',
};

/** The error code of the axis for a refusal: one of its own, `20` for our faults, `22` for what is wrong with a package, else the status of HTTP. */
export function axisCodeOf({ status, problems }: Rejection): string {
  const known = problems.map(({ code }) => axisCodes[code]).find((code) => code !== undefined);
  if (known !== undefined) return known;
  if (status >= 500) return '20';
  return status === 422 ? '22' : String(status);
}
