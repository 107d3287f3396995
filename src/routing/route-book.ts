import type { LookUp } from './directory.ts';
import type { RoutingRule, RoutingWorld, UpwardRoute } from './rules.ts';

/** Rules and open routes as they are now. */
export interface RouteBook {
  readonly rules: readonly RoutingRule[];
  readonly routes: ReadonlyMap<string, UpwardRoute>;
}

/** Reads the book; what it gives may be a second old. */
export type ReadRouteBook = () => Promise<RouteBook>;

/** Member codes of those of the codes that name a group, on a day (`yyyy-mm-dd`, +07:00). Groups inside groups are already opened. */
export type FindGroups = (codes: readonly string[], on: string) => Promise<ReadonlyMap<string, readonly string[]>>;

/** Where a routing world is gathered from. */
export interface SurveyPorts {
  readonly lookUp: LookUp;
  readonly readBook: ReadRouteBook;
  readonly findGroups: FindGroups;
}

/** Members that the groups of one package may have together. */
export const mostMembers = 20_000;

/**
 * Everything that routing needs to know about these codes. The first code is the sender's: its certificates are read. A code that is no
 * agency's is looked for among the groups, and the members of a group are looked up in their turn.
 */
export async function survey(ports: SurveyPorts, codes: readonly string[], on: string, province: readonly string[]): Promise<RoutingWorld> {
  const [agencies, book] = await Promise.all([ports.lookUp(codes, on), ports.readBook()]);
  const basis = { province, ...book };
  const open = codes.filter((code) => !agencies.has(code));
  const groups = open.length === 0 ? new Map<string, readonly string[]>() : await ports.findGroups(open, on);
  const members = [...new Set([...groups.values()].flat())].filter((code) => !agencies.has(code)).slice(0, mostMembers);
  if (members.length === 0) return { ...basis, agencies, groups };
  // the first place is the sender's, whose certificates are read already
  const found = await ports.lookUp(['', ...members], on);
  return { ...basis, agencies: new Map([...agencies, ...found]), groups };
}
