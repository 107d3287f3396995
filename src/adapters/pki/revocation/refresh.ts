import type { Problem } from '../../../routing/problem.ts';
import { Rejection } from '../../../routing/problem.ts';
import type { CrlSource, RevocationRecords } from '../../../routing/revocation.ts';
import { subjectOf } from './authority.ts';
import type { Fetch } from './fetch.ts';
import { deltaUrls, listUrls } from './scope.ts';
import type { Shelf } from './shelf.ts';

/** What keeping lists fresh needs. */
export interface RefreshPorts {
  readonly records: Pick<RevocationRecords, 'dueSources' | 'keepSource' | 'crls'>;
  readonly shelf: Shelf;
  readonly fetch: Fetch;
  /** DER of every certificate whose lists are wanted: those of agencies, and of the authorities above them. */
  certificates(): Promise<readonly Uint8Array[]>;
  now(): Date;
}

/** How lists are kept fresh. */
export interface RefreshSettings {
  /** Lists beside those that the certificates name. */
  readonly urls: readonly string[];
  /** Longest time between two looks, in milliseconds. */
  readonly every: number;
  readonly mostBytes: number;
}

/** What became of one source. */
export interface Refreshed {
  readonly url: string;
  readonly result: 'kept' | 'known' | 'unchanged' | 'failed';
  readonly problem?: Problem;
}

/** Fetches every list that is due, one after another; returns what became of each. */
export type Refresh = () => Promise<readonly Refreshed[]>;

/** Longest time of one fetch by schedule: nobody waits for it. */
const within = 60_000;
const mostAtOnce = 50;
const firstRetry = 60_000;
const shortest = 30_000;

/**
 * Lists are looked at again every `every`, and before they run out; one that fails is tried again after a minute, then after two, and so
 * on up to `every`. Correct in several processes: at worst a list is fetched twice.
 */
export function createRefresh(ports: RefreshPorts, settings: RefreshSettings): Refresh {
  return async () => {
    const found = await ports.certificates();
    const named = found.flatMap(namedUrls);
    const due = await ports.records.dueSources([...new Set([...settings.urls, ...named])], ports.now(), mostAtOnce);
    const done: Refreshed[] = [];
    for (const source of due) done.push(await refreshOne(ports, settings, source));
    return done;
  };
}

/** URLs of the lists that a certificate names, complete ones and those that add to them. */
export function namedUrls(der: Uint8Array): string[] {
  try {
    const subject = subjectOf(der);
    return [...listUrls(subject), ...deltaUrls(subject)];
  } catch {
    // What can't be read as a certificate names no list.
    return [];
  }
}

async function refreshOne(ports: RefreshPorts, settings: RefreshSettings, source: CrlSource): Promise<Refreshed> {
  const { url, etag, lastModified } = source;
  const known = { ...(etag === undefined ? {} : { etag }), ...(lastModified === undefined ? {} : { lastModified }) };
  const checkedAt = ports.now();
  try {
    const got = await ports.fetch({ url, ...known, within, mostBytes: settings.mostBytes });
    const took = got.state === 'fresh' ? await ports.shelf.take(got.body, url) : undefined;
    const until = took?.crl.nextUpdate ?? (await endOf(ports, url));
    const marks = got.state === 'fresh' ? { etag: got.etag, lastModified: got.lastModified } : known;
    const nextCheckAt = nextLook(checkedAt, until, settings.every);
    await ports.records.keepSource({ url, ...definedOf(marks), checkedAt, nextCheckAt, failures: 0 });
    return { url, result: took === undefined ? 'unchanged' : (took.result ?? 'known') };
  } catch (error) {
    if (!(error instanceof Rejection) || error.status >= 500) throw error;
    const problem = error.problems[0] as Problem;
    const failures = source.failures + 1;
    const wait = Math.min(settings.every, firstRetry * 2 ** Math.min(failures - 1, 10));
    await ports.records.keepSource({ ...source, checkedAt, nextCheckAt: new Date(checkedAt.getTime() + wait), failures, problem });
    return { url, result: 'failed', problem };
  }
}

/** When the list of this source that is in force runs out. */
async function endOf({ records }: RefreshPorts, url: string): Promise<Date | undefined> {
  return (await records.crls()).find(({ source }) => source === url)?.nextUpdate;
}

/** After `every`, but early enough that the list has not run out: when four fifths of what is left have passed. */
function nextLook(now: Date, until: Date | undefined, every: number): Date {
  const left = until === undefined ? every : (until.getTime() - now.getTime()) * 0.8;
  return new Date(now.getTime() + Math.max(shortest, Math.min(every, left)));
}

function definedOf({ etag, lastModified }: { readonly etag?: string | undefined; readonly lastModified?: string | undefined }) {
  return { ...(etag === undefined ? {} : { etag }), ...(lastModified === undefined ? {} : { lastModified }) };
}
