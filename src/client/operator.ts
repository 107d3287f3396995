import type {
  AttemptAnswer,
  ForecastAnswer,
  Moved,
  OperatorDelivery,
  OperatorDeliveryList,
  PackageAnswer,
  PackageList,
  PlanAnswer,
  State,
} from './answers.ts';
import type { ActList } from './answers-lifecycle.ts';
import type { Downloaded, DownloadOptions } from './download.ts';

/** Which deliveries an operator means; times are days `yyyy-mm-dd` or instants with their offset. */
export interface DeliveryQuery {
  readonly state?: State;
  readonly recipient?: string;
  readonly sender?: string;
  readonly code?: string;
  /** Not delivered, and a warning was given that the deadline by law is near, or has passed. */
  readonly law?: 'near' | 'late';
  /** Delivered and not reported by the recipient, with such a warning. */
  readonly owed?: 'near' | 'late';
  readonly since?: string;
  readonly until?: string;
}

interface Page {
  readonly cursor?: string;
  readonly limit?: number;
}

interface PackageQuery extends Page {
  readonly documentId?: string;
  readonly accepted?: boolean;
  readonly sender?: string;
  readonly since?: string;
  readonly until?: string;
}

type Get = <T>(path: string, query: object) => Promise<T>;
type Post = <T>(path: string, body: object, repeatable: boolean) => Promise<T>;
type Download = (path: string, id: string, to: string, how: DownloadOptions) => Promise<Downloaded>;

/** The calls of the operator API. Moves are never repeated by themselves: done twice they could do more than once. */
export function createOperatorCalls(get: Get, post: Post, download: Download) {
  const delivery = (id: string) => `v1/operator/deliveries/${encodeURIComponent(id)}`;
  const move = (name: string) => (id: string, reason: string) => post<Moved>(`${delivery(id)}/${name}`, { reason }, false);
  return {
    deliveries: (query: DeliveryQuery & Page = {}) => get<OperatorDeliveryList>('v1/operator/deliveries', query),
    delivery: (id: string) => get<OperatorDelivery & { readonly attemptList: readonly AttemptAnswer[] }>(delivery(id), {}),
    replay: move('replay'),
    hold: move('hold'),
    /** `to`: code of the successor that is to receive it, where several follow the recipient. */
    release: (id: string, reason: string, to?: string) =>
      post<Moved>(`${delivery(id)}/release`, { reason, ...(to === undefined ? {} : { to }) }, false),
    cancel: move('cancel'),

    packages: (query: PackageQuery = {}) => get<PackageList>('v1/operator/packages', query),
    package: (id: string) => get<PackageAnswer>(`v1/operator/packages/${encodeURIComponent(id)}`, {}),
    /** Exports the bytes of a package; leaves an event. */
    export: (id: string, to: string, how: DownloadOptions = {}) =>
      download(`v1/operator/packages/${encodeURIComponent(id)}/content`, id, to, how),

    /** Acts that wait for their document or a person, or are in another state. */
    acts: (query: { readonly state?: string } & Page = {}) => get<ActList>('v1/operator/acts', query),
    /** Says which document an act is about: the package of it. */
    matchAct: (id: string, document: string) =>
      post<{ readonly act: string }>(`v1/operator/acts/${encodeURIComponent(id)}/match`, { document }, false),
    dismissAct: (id: string, reason: string) =>
      post<{ readonly act: string }>(`v1/operator/acts/${encodeURIComponent(id)}/dismiss`, { reason }, false),

    /** What replaying everything that a filter chooses would do. */
    forecast: (filter: DeliveryQuery) => post<ForecastAnswer>('v1/operator/replays', { filter, dryRun: true }, true),
    /** Plans the replay of everything that a filter chooses; the gateway carries it out. */
    planReplay: (filter: DeliveryQuery, reason: string) => post<PlanAnswer>('v1/operator/replays', { filter, reason }, false),
    plan: (id: string) => get<PlanAnswer>(`v1/operator/replays/${encodeURIComponent(id)}`, {}),
  };
}
