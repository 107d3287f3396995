import type { RouteBook } from '../../src/routing/route-book.ts';
import { readRules } from '../../src/routing/rule-text.ts';
import type { UpwardRoute } from '../../src/routing/rules.ts';

/** The rules that a gateway starts with, as schemas/sql puts them in. */
export const firstRules = readRules([
  { name: 'own', place: 100, condition: 'own', action: 'channel' },
  { name: 'groups', place: 200, condition: 'group', action: 'members' },
  { name: 'others', place: 300, condition: 'other-level-one', action: 'upward:axis' },
  { name: 'unknown', place: 900, condition: 'own-level-one', action: 'refuse' },
  { name: 'rest', place: 1000, condition: 'any', action: 'hold' },
]);

/** A book with those rules and the routes given; no groups. */
export function bookWith(...routes: readonly UpwardRoute[]) {
  const book: RouteBook = { rules: firstRules, routes: new Map(routes.map((one) => [one.name, one])) };
  return { readBook: async () => book, findGroups: async () => new Map<string, readonly string[]>() };
}
