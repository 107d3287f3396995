import { describeCertificate } from './adapters/pki/path/certificate.ts';
import { createValidatePath } from './adapters/pki/path/remembered.ts';
import { bindingFor } from './adapters/pki/path/subject-rule.ts';
import { readTimestamp } from './adapters/pki/timestamp.ts';
import type { Judge, TrustBasis } from './routing/judge.ts';
import { createJudge } from './routing/judge.ts';
import type { CheckRevocation } from './routing/trust.ts';
import type { Store } from './store.ts';

/** The judge of signers, wired. */
export function judgeOf({ trust, now }: Pick<Store, 'trust' | 'now'>, basis: TrustBasis, checkRevocation: CheckRevocation): Judge {
  const validatePath = createValidatePath(trust.settings, now);
  const ports = { settings: trust.settings, validatePath, bindingFor, readTimestamp, describe: describeCertificate, checkRevocation };
  return createJudge(ports, basis);
}
