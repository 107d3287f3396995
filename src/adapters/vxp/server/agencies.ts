import type { Agency, AgencyCode, CodeScheme } from '../../../routing/register.ts';
import type { AgencyItem, OperationName } from '../wire.ts';
import type { AxisPorts } from './ports.ts';

const page = 1000;
/** What the agencies that have nobody above them name as the one above. */
const top = '0';

/** Agencies, page by page, as the operation shows them. `level`: only those so many levels below the top of the country, 1 the top. */
export async function* agencyPages(
  ports: Pick<AxisPorts, 'agencies'>,
  operation: OperationName,
  level: number | undefined,
): AsyncGenerator<AgencyItem[], void, undefined> {
  let after: string | undefined;
  for (;;) {
    const found = await ports.agencies({ limit: page, ...(after === undefined ? {} : { after }) });
    yield found.flatMap((agency) => itemOf(agency, operation, level));
    after = found.at(-1)?.id;
    if (found.length < page) return;
  }
}

function itemOf(agency: Agency & { readonly parentId?: string }, operation: OperationName, level: number | undefined): AgencyItem[] {
  const code = codeOf(agency, 'qd20') ?? codeOf(agency, 'axis') ?? agency.codes[0]?.code;
  if (code === undefined) return [];
  const of102 = codeOf(agency, 'qcvn102');
  const base: AgencyItem = { id: agency.id, code, name: agency.name };
  const synchronizes = operation === 'getSynchronizeUnit';
  if (agency.status === 'closed' && !synchronizes) return [];
  if (level !== undefined && levelOf(code) !== level) return [];
  if (synchronizes) {
    return [{ ...base, pid: agency.parentId ?? top, version: 1, deleted: agency.status === 'closed', isAgency: true }];
  }
  if (operation === 'getAgenciesListQD20') return [{ ...base, ...(of102 === undefined ? {} : { code102: of102 }) }];
  const old = codeBefore(agency) ?? of102;
  return [{ ...base, pid: agency.parentId ?? top, ...(old === undefined || old === code ? {} : { oldCode: old }) }];
}

/** The code that ran out last. */
function codeBefore({ codes }: Agency): string | undefined {
  const lastDay = ({ validTo = '' }: AgencyCode) => validTo;
  return codes.filter((one) => one.validTo !== undefined).toSorted((a, b) => (lastDay(a) < lastDay(b) ? 1 : -1))[0]?.code;
}

function codeOf({ codes }: Agency, scheme: CodeScheme): string | undefined {
  return codes.find((one) => one.scheme === scheme && one.validTo === undefined)?.code;
}

/** `H61` is on level 1, `H61.5` and `000.00.12.H61` on level 2. */
function levelOf(code: string): number {
  return code.split('.').filter((part) => !/^0+$/.test(part)).length;
}
