import type { SyncReport } from '../../../routing/outside-change.ts';
import type { ListedAgency } from '../../../routing/outside-list.ts';
import type { OutsideRegister, SyncOptions } from '../../../routing/outside-sync.ts';
import { syncOutside } from '../../../routing/outside-sync.ts';
import type { Around } from './answer.ts';
import type { Axis, Route } from './axis.ts';
import { AxisFailed } from './axis.ts';
import type { AgencyList, AxisRoute } from './settings.ts';
import { wordIn } from './verdict.ts';

/** What syncing asks of the world. */
export interface SyncPorts {
  readonly openAxis: (route: Route) => Promise<Axis>;
  readonly register: OutsideRegister;
}

/** Brings the agencies elsewhere to what the axis lists. Throws AxisFailed: then nothing was changed. */
export function createSync({ openAxis, register }: SyncPorts) {
  return async function sync(route: Route, options: SyncOptions): Promise<SyncReport> {
    const axis = await openAxis(route);
    const { settings } = axis;
    const further = settings.codes.filter((one) => one !== settings.agencies);
    const directory = {
      list: (take: Take) => readList(axis, settings.agencies, settings.parents, take),
      further: Object.fromEntries(further.map((name) => [name, (take: Take) => readFurther(axis, name, take)])),
    };
    return syncOutside(directory, register, options);
  };
}

type Take = (row: ListedAgency) => void;

function readList(axis: Axis, name: AgencyList, parents: AxisRoute['parents'], take: Take): Promise<void> {
  return axis.list(name, {}, async (rows) => {
    for await (const row of rows) take(listedAgency(row, parents));
  });
}

/** Reads a list for the further codes in it; returns what the axis said when it does not offer it. Throws AxisFailed when it may later. */
async function readFurther(axis: Axis, name: AgencyList, take: Take): Promise<string | undefined> {
  try {
    await readList(axis, name, 'none', take);
    return undefined;
  } catch (error) {
    if (error instanceof AxisFailed && isNotOffered(error)) return error.message;
    throw error;
  }
}

/** HTTP statuses of an operation that there is not. */
const noSuchOperation: readonly number[] = [404, 405, 501];

function isNotOffered({ failure }: AxisFailed): boolean {
  if (failure.kind === 'silent' || failure.kind === 'credentials') return false;
  return failure.kind === 'refused' || noSuchOperation.includes(failure.httpStatus);
}

/** The row of whoever has nobody above. */
const top = '0';

function listedAgency(row: Around, parents: AxisRoute['parents']): ListedAgency {
  const [oldCode, code102] = [wordIn(row, 'oldCode'), wordIn(row, 'code102')];
  const [key, above] = parents === 'none' ? [] : [wordIn(row, parents), wordIn(row, 'pid')];
  return {
    code: wordIn(row, 'code') ?? '',
    name: wordIn(row, 'name') ?? '',
    closed: wordIn(row, 'deleted')?.toLowerCase() === 'true',
    ...(oldCode === undefined ? {} : { oldCode }),
    ...(code102 === undefined ? {} : { code102 }),
    ...(key === undefined ? {} : { key }),
    ...(above === undefined || above === top ? {} : { above }),
  };
}
