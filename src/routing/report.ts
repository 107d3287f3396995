/** By what the figures of a report are added up: the unit itself, or the department, district or commune that it belongs to. */
export type ReportGrouping = 'agency' | 'department' | 'district' | 'commune';

/** Figures of one agency, or of one with all its units, for a period. */
export interface ReportFigures {
  /** Packages accepted, and documents among them (recalls, updates and statuses are none). */
  readonly packagesSent: number;
  readonly documentsSent: number;
  /** Documents that came here on the day of their promulgation or by the morning of the next working day (QĐ 28/2018 Đ6(2)). */
  readonly sentOnTime: number;
  readonly rejected: number;
  /** Recalls that the agency sent. */
  readonly recalls: number;
  /** Deliveries of what it sent, and what became of them. */
  readonly deliveriesSent: number;
  readonly deliveredSent: number;
  readonly deliveredOnTime: number;
  readonly refusedSent: number;
  readonly recalledSent: number;
  /** Deliveries to it. */
  readonly received: number;
  readonly receivedOnTime: number;
  readonly refused: number;
  /**
   * Documents delivered to it, not counting those taken back unreported; those that it has reported by a status 01 to 06; and those of them
   * on the day of the delivery or by the morning of the next working day, urgent ones at once (NĐ 30/2020 Đ21(2)(c)).
   */
  readonly owed: number;
  readonly reported: number;
  readonly reportedOnTime: number;
  /** Deliveries to it for which it has reported each business status: 01 arrived … 06 finished. */
  readonly status01: number;
  readonly status02: number;
  readonly status03: number;
  readonly status04: number;
  readonly status05: number;
  readonly status06: number;
  /** Documents that it sent on paper in the months of the period, as loaded. */
  readonly paper: number;
}

/** Names of the figures, in the order in which a report shows them. */
export const figureNames = [
  'packagesSent',
  'documentsSent',
  'sentOnTime',
  'rejected',
  'recalls',
  'deliveriesSent',
  'deliveredSent',
  'deliveredOnTime',
  'refusedSent',
  'recalledSent',
  'received',
  'receivedOnTime',
  'refused',
  'owed',
  'reported',
  'reportedOnTime',
  'status01',
  'status02',
  'status03',
  'status04',
  'status05',
  'status06',
  'paper',
] as const satisfies readonly (keyof ReportFigures)[];

/** One line of a report. */
export interface ReportRow extends ReportFigures {
  readonly code: string;
  readonly name: string;
  readonly kind: string;
  /** Documents sent electronically among all documents sent, in percent to one place; null without a figure for paper. */
  readonly electronicShare: number | null;
}

/** A period's figures. Days are `yyyy-mm-dd`, both inclusive, in +07:00. */
export interface Report {
  readonly from: string;
  readonly to: string;
  readonly by: ReportGrouping;
  readonly rows: readonly ReportRow[];
  readonly total: ReportRow;
}

/** What a report is asked for. */
export interface ReportQuery {
  readonly from: string;
  readonly to: string;
  readonly by: ReportGrouping;
}

/** Documents that an agency sent on paper in a month (`yyyy-mm`). */
export interface PaperFigure {
  readonly code: string;
  readonly month: string;
  readonly documents: number;
}

/** Reports as the store makes them. */
export interface Reports {
  /** Throws Rejection PERIOD_INVALID when the days are none, reversed, or more than three years apart. */
  read(query: ReportQuery): Promise<Report>;
  /** Keeps figures of paper documents, replacing those of the same agency and month. Throws Rejection AGENCY_UNKNOWN, nothing kept. */
  loadPaper(figures: readonly PaperFigure[], actor: string): Promise<void>;
}

/** The agency that a line is about. */
export interface ReportAgency {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly kind: string;
}

/** Adds the figures of agencies up by the line that each belongs to, sorted by code, with their total. */
export function reportRows(
  figures: ReadonlyMap<string, Partial<ReportFigures>>,
  lineOf: (agencyId: string) => ReportAgency | undefined,
): { readonly rows: readonly ReportRow[]; readonly total: ReportRow } {
  const lines = new Map<string, { readonly about: ReportAgency; readonly sums: Record<keyof ReportFigures, number> }>();
  const total = zero();
  for (const [agencyId, own] of figures) {
    const about = lineOf(agencyId);
    if (about === undefined) continue;
    const line = lines.get(about.id) ?? { about, sums: zero() };
    lines.set(about.id, line);
    for (const name of figureNames) {
      line.sums[name] += own[name] ?? 0;
      total[name] += own[name] ?? 0;
    }
  }
  const rows = [...lines.values()].map(({ about: { id: _, ...about }, sums }) => withShare(about, sums));
  return { rows: rows.sort((a, b) => (a.code < b.code ? -1 : 1)), total: withShare({ code: '', name: '', kind: '' }, total) };
}

const zero = () => Object.fromEntries(figureNames.map((name) => [name, 0])) as Record<keyof ReportFigures, number>;

function withShare(about: Omit<ReportAgency, 'id'>, sums: ReportFigures): ReportRow {
  const all = sums.documentsSent + sums.paper;
  return { ...about, ...sums, electronicShare: sums.paper === 0 ? null : Math.round((1000 * sums.documentsSent) / all) / 10 };
}
