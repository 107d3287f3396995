import { deliveryCodes } from './delivery.ts';
import { packageCodes } from './package.ts';
import { requestCodes } from './request.ts';
import { signatureCodes } from './signature.ts';

/** The one table of codes: every refusal, hold and failure that the gateway ever states. */
export const codes = { ...packageCodes, ...signatureCodes, ...deliveryCodes, ...requestCodes };

/** A stable code of a problem, for example `SIGNATURE_INVALID`. */
export type Code = keyof typeof codes;
