import type { ProblemAnswer } from './answers.ts';

/** The gateway understood and said no. `problems` names every reason; sending the same again is no use. */
export class GatewayRefusal extends Error {
  readonly status: number;
  readonly problems: readonly ProblemAnswer[];
  /** Id of the request in the gateway's log. */
  readonly request: string | undefined;

  constructor(status: number, problems: readonly ProblemAnswer[], request?: string) {
    super(problems.length === 0 ? `HTTP ${status}` : problems.map((problem) => `${problem.code}: ${problem.en}`).join('; '));
    this.name = 'GatewayRefusal';
    this.status = status;
    this.problems = problems;
    this.request = request;
  }
}

/** The gateway could not be reached, broke off, or said that it can't do it now: the same call may work later. */
export class GatewayAway extends Error {
  /** Of the last answer, when there was one. */
  readonly status: number | undefined;
  readonly problems: readonly ProblemAnswer[];

  constructor(message: string, about: { status?: number; problems?: readonly ProblemAnswer[]; cause?: unknown } = {}) {
    super(message, about.cause === undefined ? {} : { cause: about.cause });
    this.name = 'GatewayAway';
    this.status = about.status;
    this.problems = about.problems ?? [];
  }
}

/** What was fetched is not what the gateway says it sent; the file was removed. */
export class DigestDiffers extends Error {
  readonly expected: string;
  readonly found: string;

  constructor(expected: string, found: string) {
    super(`the package has SHA-256 ${found}, the gateway says ${expected}`);
    this.name = 'DigestDiffers';
    this.expected = expected;
    this.found = found;
  }
}
