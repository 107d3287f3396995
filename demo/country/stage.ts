import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Arrivals } from '../arrivals.ts';
import { Board } from '../board.ts';
import { type AgencyId, cast, neighbour, province } from '../cast.ts';
import { type Prepared, prepareAll } from '../compose.ts';
import type { Ending } from '../ending.ts';
import { startReader } from '../inbox-reader.ts';
import type { LetterId } from '../letters.ts';
import { Monitor, type Snapshot } from '../monitor.ts';
import { countryLetters } from './letters.ts';
import { joinAxis, openAxis, openProvince, type Place, type Province, unkindness } from './places.ts';
import { countrySheet, nothing, type Seen } from './sheet.ts';

/** Everything that plays a part: two provinces, an axis between them, and packages ready to go. */
export interface CountryStage {
  readonly folder: string;
  readonly home: Province;
  readonly axis: Place;
  readonly away: Province;
  readonly prepared: ReadonlyMap<LetterId, Prepared>;
  readonly arrivals: Arrivals;
  readonly board: Board<Seen>;
  readonly monitors: Readonly<Record<keyof Seen, Monitor>>;
  /** What was last seen of the three. */
  seen(): Seen;
  /** From then on this agency reads its inbox. */
  startReading(id: AgencyId): void;
  /** Rejects when something in the background fails. */
  readonly failed: Promise<never>;
}

/** Sets the stage in a folder of its own. What was started is told to `ending`. */
export async function setCountryStage(
  folder: string,
  megabytes: number,
  ending: Ending,
  tell: (text: string) => void,
): Promise<CountryStage> {
  for (const name of ['packages', 'received', province, neighbour, 'axis']) await mkdir(join(folder, name), { recursive: true });
  tell('Khởi động hai tỉnh và trục quốc gia, ba tiến trình / starting two provinces and a national axis, three processes');
  const command = (name: string) => (text: string) => tell(`  ${name} $ ${text.replaceAll(`${folder}/`, '')}`);
  const [home, axis, away] = await Promise.all([
    openProvince(province, join(folder, province), ending, command('[Hoa Sen]')),
    openAxis(join(folder, 'axis'), ending, command('[trục]')),
    openProvince(neighbour, join(folder, neighbour), ending, command('[Hải Đăng]')),
  ]);
  await joinAxis(axis, home, command('[Hoa Sen]'));
  await joinAxis(axis, away, command('[Hải Đăng]'));
  tell(`Trục này không tử tế / this axis is unkind: ${unkindness}`);
  const identities = new Map([...home.identities, ...away.identities]);
  const prepared = await prepareAll(countryLetters(megabytes * 1_000_000), identities, join(folder, 'packages'));
  return { folder, home, axis, away, prepared, ...watch({ home, axis, away }, folder, prepared, ending) };
}

/** Board, monitors and readers. */
function watch(
  places: { readonly home: Province; readonly axis: Place; readonly away: Province },
  folder: string,
  prepared: ReadonlyMap<LetterId, Prepared>,
  ending: Ending,
) {
  const board = new Board(process.stdout, countrySheet([...prepared.values()]));
  let seen: Seen = { home: nothing, axis: nothing, away: nothing };
  let fail: (reason: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);
  const watched = (name: keyof Seen) => {
    const monitor = new Monitor(places[name].operator, (snapshot: Snapshot) => {
      seen = { ...seen, [name]: snapshot };
      board.show(seen);
    });
    monitor.start();
    monitor.failed.catch(fail);
    places[name].gateway.failed.catch(fail);
    ending.add(() => monitor.stop());
    return monitor;
  };
  const monitors = { home: watched('home'), axis: watched('axis'), away: watched('away') };
  const arrivals = new Arrivals();
  const startReading = (id: AgencyId) => {
    const client = places.home.clients.get(id) ?? places.away.clients.get(id);
    if (client === undefined) throw new Error(`no client for ${id}`);
    const reader = startReader({ agency: cast[id], client, folder: join(folder, 'received'), arrivals, sendBack: () => undefined });
    reader.failed.catch(fail);
    ending.add(() => reader.stop());
  };
  return { board, monitors, arrivals, startReading, seen: () => seen, failed };
}
