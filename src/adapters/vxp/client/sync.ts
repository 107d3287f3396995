import type { ListedAgency, OutsideRegister, SyncOptions, SyncReport } from '../../../routing/outside-sync.ts';
import { syncOutside } from '../../../routing/outside-sync.ts';
import type { Around } from './answer.ts';
import type { Axis, Route } from './axis.ts';
import { wordIn } from './verdict.ts';

/** What syncing asks of the world. */
export interface SyncPorts {
  readonly openAxis: (route: Route) => Promise<Axis>;
  readonly register: OutsideRegister;
}

/** Brings the agencies elsewhere to what the axis lists, row by row as it comes. Throws AxisFailed: then a part may have been applied. */
export function createSync({ openAxis, register }: SyncPorts) {
  return async function sync(route: Route, options: SyncOptions): Promise<SyncReport> {
    const axis = await openAxis(route);
    return axis.list(axis.settings.agencies, {}, (rows) => syncOutside(agenciesIn(rows), register, options));
  };
}

async function* agenciesIn(rows: AsyncIterable<Around>): AsyncGenerator<ListedAgency, void, undefined> {
  for await (const row of rows) {
    yield { code: wordIn(row, 'code') ?? '', name: wordIn(row, 'name') ?? '', closed: wordIn(row, 'deleted')?.toLowerCase() === 'true' };
  }
}
