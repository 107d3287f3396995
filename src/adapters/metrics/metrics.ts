import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Code } from '../../routing/codes/index.ts';
import type { ContentFinding } from '../../routing/contents.ts';
import type { ReportAttempt } from '../../routing/deliver.ts';
import type { DeliveryState, Lane } from '../../routing/delivery.ts';
import type { LawWarning } from '../../routing/law.ts';
import { createRouteGauges, type RouteFigures } from './route-gauges.ts';

/** Figures that are read when somebody asks for the metrics. */
export interface Gauges {
  readonly deliveries: Readonly<Partial<Record<DeliveryState, number>>>;
  /** Age of the oldest waiting delivery in seconds, 0 when none waits. */
  readonly oldestWaiting: Readonly<Record<Lane, number>>;
  /** How many recipients' breakers are in each state. */
  readonly breakers: Readonly<Record<'open' | 'half-open' | 'closed', number>>;
  /** Rings that wait in the queue. */
  readonly queueDepth: Readonly<Record<Lane, number>>;
  /** Certificates of agencies that end within so many days and have not ended, by the number of days. */
  readonly certificatesExpiring?: Readonly<Record<string, number>>;
  /** Free bytes, and days until only the reserve is left (infinite: not within a year). */
  readonly disk?: { readonly freeBytes: number; readonly daysLeft: number };
  /** Upward routes that are open. */
  readonly routes?: readonly RouteFigures[];
}

/** Reads the gauges; may throw, then only they are missing from the answer. */
export type ReadGauges = () => Promise<Gauges>;

/** The figures of this process. */
export interface Metrics {
  accepted(first: boolean, seconds: number): void;
  rejected(codes: readonly Code[]): void;
  readonly attempted: ReportAttempt;
  warned(warnings: readonly LawWarning[]): void;
  /** Something was found inside an attachment. */
  inspected(result: ContentFinding['result']): void;
  /** The virus scanner answered. */
  scanned(seconds: number): void;
  /** The Prometheus text with its content type. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

const acceptBuckets = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 15, 60];
const attemptBuckets = [0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

/** The one registry of a process. */
export function createMetrics(readGauges: ReadGauges): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'lienthong_' });
  const acceptedTotal = new Counter({
    name: 'lienthong_packages_accepted_total',
    help: 'Packages answered with an accepted receipt; repeated: the same package again',
    labelNames: ['repeated'],
    registers,
  });
  const rejectedTotal = new Counter({
    name: 'lienthong_packages_rejected_total',
    help: 'Packages refused, once for each code in the answer',
    labelNames: ['code'],
    registers,
  });
  const acceptSeconds = new Histogram({
    name: 'lienthong_accept_seconds',
    help: 'From the headers of the request to the receipt',
    buckets: acceptBuckets,
    registers,
  });
  const attempts = new Counter({
    name: 'lienthong_attempts_total',
    help: 'Attempts of deliveries by result',
    labelNames: ['result'],
    registers,
  });
  const lawWarnings = new Counter({
    name: 'lienthong_law_warnings_total',
    help: 'Deliveries that came near a deadline by law, or passed it; duty: deadline (to deliver), owed (recipient to report)',
    labelNames: ['duty', 'level', 'urgency'],
    registers,
  });
  const attemptSeconds = new Histogram({
    name: 'lienthong_attempt_seconds',
    help: 'Time of one attempt',
    labelNames: ['result'],
    buckets: attemptBuckets,
    registers,
  });
  const scanSeconds = new Histogram({
    name: 'lienthong_scan_seconds',
    help: 'Time of one virus scan, waiting for a connection included',
    buckets: acceptBuckets,
    registers,
  });
  const inspections = new Counter({
    name: 'lienthong_inspections_total',
    help: 'Looks into attachments by what was looked for and what was found',
    labelNames: ['kind', 'verdict'],
    registers,
  });
  const refresh = createGauges(registry, readGauges);

  return {
    accepted(first, seconds) {
      acceptedTotal.inc({ repeated: first ? 'no' : 'yes' });
      acceptSeconds.observe(seconds);
    },
    rejected(codes) {
      for (const code of new Set(codes)) rejectedTotal.inc({ code });
    },
    warned(warnings) {
      for (const { duty, level, urgency } of warnings) lawWarnings.inc({ duty, level, urgency: String(urgency) });
    },
    attempted(_claim, { attempt: { result, startedAt, finishedAt } }) {
      attempts.inc({ result: result.kind });
      attemptSeconds.observe({ result: result.kind }, (finishedAt.getTime() - startedAt.getTime()) / 1000);
    },
    scanned: (seconds) => scanSeconds.observe(seconds),
    inspected({ kind, verdict }) {
      inspections.inc({ kind, verdict });
    },
    async render() {
      await refresh();
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

/** Gauges of the whole gateway, not only of this process; gone while the store is away, so that no old figure looks like a new one. */
function createGauges(registry: Registry, readGauges: ReadGauges): () => Promise<void> {
  const registers = [registry];
  const gauge = (name: string, help: string, label: string) =>
    new Gauge({ name: `lienthong_${name}`, help, labelNames: [label], registers });
  const deliveries = gauge('deliveries', 'Deliveries by state', 'state');
  const oldest = gauge('oldest_waiting_seconds', 'Age of the oldest waiting delivery', 'lane');
  const breakers = gauge('breakers', 'Recipients by state of their breaker', 'state');
  const depth = gauge('queue_depth', 'Rings that wait in the queue', 'lane');
  const expiring = gauge('certificates_expiring', 'Certificates of agencies that end within so many days', 'days');
  const free = new Gauge({ name: 'lienthong_disk_free_bytes', help: 'Free bytes of the data folder, at the last forecast', registers });
  const daysLeft = new Gauge({
    name: 'lienthong_disk_days_left',
    help: 'Days until only LIENTHONG_MIN_FREE_BYTES are left, by the inflow of 30 days and the retention; +Inf beyond a year',
    registers,
  });
  const routes = createRouteGauges(registry);
  const up = new Gauge({ name: 'lienthong_store_up', help: '1 when the figures of the store could be read', registers });
  const fill = (target: Gauge, label: string, values: Readonly<Record<string, number>>) => {
    for (const [key, value] of Object.entries(values)) target.set({ [label]: key }, value);
  };
  return async function refresh() {
    for (const one of [deliveries, oldest, breakers, depth]) one.reset();
    routes.set([]);
    try {
      const read = await readGauges();
      fill(deliveries, 'state', read.deliveries);
      fill(oldest, 'lane', read.oldestWaiting);
      fill(breakers, 'state', read.breakers);
      fill(depth, 'lane', read.queueDepth);
      if (read.certificatesExpiring !== undefined) fill(expiring, 'days', read.certificatesExpiring);
      routes.set(read.routes ?? []);
      free.set(read.disk?.freeBytes ?? Number.NaN);
      daysLeft.set(read.disk?.daysLeft ?? Number.NaN);
      up.set(1);
    } catch {
      for (const one of [free, daysLeft]) one.set(Number.NaN);
      up.set(0);
    }
  };
}
