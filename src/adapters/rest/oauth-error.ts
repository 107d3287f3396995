import type { Code } from '../../routing/codes/index.ts';
import type { Rejection } from '../../routing/problem.ts';
import { problemText } from '../../routing/problem.ts';

/** What RFC 6749, 5.2 calls them; any other problem of a request is `invalid_request`. */
const names: Partial<Readonly<Record<Code, string>>> = {
  UNAUTHENTICATED: 'invalid_client',
  CLIENT_CERTIFICATE_UNTRUSTED: 'invalid_client',
  CLIENT_CERTIFICATE_UNKNOWN: 'invalid_client',
  CLIENT_CERTIFICATE_OF_ANOTHER: 'invalid_client',
  GRANT_UNSUPPORTED: 'unsupported_grant_type',
  SCOPE_NOT_GRANTED: 'invalid_scope',
};

/** The error of a token endpoint, with our own problems beside it. */
export function oauthError(rejection: Rejection): object {
  const problems = rejection.problems.map(problemText);
  const [first] = problems;
  // the characters that error_description may hold
  const description = `${first?.code}: ${first?.en}`.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "'");
  return { error: nameOf(rejection), error_description: description, problems };
}

function nameOf({ problems, status }: Rejection): string {
  if (status === 429 || status === 503) return 'temporarily_unavailable';
  if (status >= 500) return 'server_error';
  const code = problems[0]?.code;
  return (code === undefined ? undefined : names[code]) ?? 'invalid_request';
}
