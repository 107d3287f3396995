import { boundsCodes } from './bounds.ts';
import { clientCodes } from './client.ts';
import { contentCodes } from './content.ts';
import { contentsCodes } from './contents.ts';
import { deliveryCodes } from './delivery.ts';
import { directoryCodes } from './directory.ts';
import { facadeCodes } from './facade.ts';
import { formCodes } from './form.ts';
import { lawCodes } from './law.ts';
import { lifecycleCodes } from './lifecycle.ts';
import { noticeCodes } from './notice.ts';
import { packageCodes } from './package.ts';
import { requestCodes } from './request.ts';
import { retentionCodes } from './retention.ts';
import { revocationCodes } from './revocation.ts';
import { routeCodes } from './routes.ts';
import { signatureCodes } from './signature.ts';
import { soapCodes } from './soap.ts';
import { structureCodes } from './structure.ts';
import { trustCodes } from './trust.ts';

/** The one table of codes: every refusal, hold and failure that the gateway ever states. */
export const codes = {
  ...formCodes,
  ...structureCodes,
  ...boundsCodes,
  ...contentCodes,
  ...contentsCodes,
  ...noticeCodes,
  ...packageCodes,
  ...signatureCodes,
  ...revocationCodes,
  ...trustCodes,
  ...deliveryCodes,
  ...lifecycleCodes,
  ...directoryCodes,
  ...requestCodes,
  ...routeCodes,
  ...retentionCodes,
  ...clientCodes,
  ...soapCodes,
  ...lawCodes,
  ...facadeCodes,
};

/** A stable code of a problem, for example `SIGNATURE_INVALID`. */
export type Code = keyof typeof codes;
