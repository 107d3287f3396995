import type { Code } from '../../routing/codes/index.ts';
import { codes } from '../../routing/codes/index.ts';
import type { ProblemText, Rejection } from '../../routing/problem.ts';
import { problemText } from '../../routing/problem.ts';
import type { SoapVersion } from './names.ts';
import { escaped, GATEWAY_NAMESPACE } from './names.ts';

/** A fault as it is sent. */
export interface Fault {
  readonly status: number;
  readonly xml: string;
}

/** Codes for which SOAP has a fault code of its own. */
const own: Partial<Record<Code, string>> = { SOAP_VERSION: 'VersionMismatch', SOAP_HEADER_UNKNOWN: 'MustUnderstand' };

/**
 * The fault for a rejection: the gravest problem is the reason, all of them with both languages are the detail.
 * Status: 401 stays when `loginByHttp`, so that HTTP clients log in (who brought WS-Security would not be shown the fault under it). Else
 * 500, also where SOAP 1.2 part 2, 7.4.2 has 400 for faults of the sender: Apache CXF shows its caller no fault under a 400.
 */
export function faultOf(rejection: Rejection, version: SoapVersion, request: string, loginByHttp: boolean): Fault {
  const problems = rejection.problems.map(problemText);
  const gravest = (problems.find((p) => codes[p.code].status === rejection.status) ?? problems[0]) as ProblemText;
  const theirs = rejection.status < 500;
  const detail = `<lt:problems xmlns:lt="${GATEWAY_NAMESPACE}"><lt:request>${escaped(request)}</lt:request>${problems.map(problemXml).join('')}</lt:problems>`;
  const status = rejection.status === 401 && loginByHttp ? 401 : 500;
  const fault = version.name === '1.1' ? fault11(gravest, theirs, detail) : fault12(gravest, theirs, detail);
  return {
    status,
    xml: `<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="${version.namespace}"><soap:Body>${fault}</soap:Body></soap:Envelope>`,
  };
}

function fault11(gravest: ProblemText, theirs: boolean, detail: string): string {
  const code = own[gravest.code] ?? (theirs ? 'Client' : 'Server');
  const said = `${gravest.code}: ${gravest.vi} / ${gravest.en}`;
  return `<soap:Fault><faultcode>soap:${code}</faultcode><faultstring>${escaped(said)}</faultstring><detail>${detail}</detail></soap:Fault>`;
}

function fault12(gravest: ProblemText, theirs: boolean, detail: string): string {
  const code = own[gravest.code] ?? (theirs ? 'Sender' : 'Receiver');
  const subcode = `<soap:Subcode><soap:Value xmlns:lt="${GATEWAY_NAMESPACE}">lt:${gravest.code}</soap:Value></soap:Subcode>`;
  const reason = `<soap:Text xml:lang="vi">${escaped(gravest.vi)}</soap:Text><soap:Text xml:lang="en">${escaped(gravest.en)}</soap:Text>`;
  return `<soap:Fault><soap:Code><soap:Value>soap:${code}</soap:Value>${subcode}</soap:Code><soap:Reason>${reason}</soap:Reason><soap:Detail>${detail}</soap:Detail></soap:Fault>`;
}

function problemXml({ code, vi, en, fixVi, fixEn, at, line }: ProblemText): string {
  const fields = { code, vi, en, fixVi, fixEn, at, line };
  const elements = Object.entries(fields).filter(([, value]) => value !== undefined);
  return `<lt:problem>${elements.map(([name, value]) => `<lt:${name}>${escaped(String(value))}</lt:${name}>`).join('')}</lt:problem>`;
}
