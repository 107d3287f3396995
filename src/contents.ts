import { createScanner } from './adapters/clamd/scanner.ts';
import type { Metrics } from './adapters/metrics/metrics.ts';
import { createValidatePath } from './adapters/pki/path/remembered.ts';
import { createContentDesk } from './adapters/postgres/content-desk.ts';
import type { Config } from './config.ts';
import { createInspect } from './contents/gate.ts';
import { lookAgain } from './contents/later.ts';
import type { PdfReader } from './contents/pdf-reader.ts';
import { createPdfReader } from './contents/pdf-reader.ts';
import type { ScanAttachments } from './contents/scan.ts';
import { createScanAttachments } from './contents/scan.ts';
import type { Parts } from './parts.ts';
import { startInspections } from './queue/inspections.ts';
import type { Inspect } from './routing/contents.ts';
import { ScannerAway } from './routing/scan.ts';

const pdfIdleSeconds = 60;

type Looking = Pick<Parts, 'config' | 'store' | 'metrics' | 'revocation' | 'log' | 'begin'>;

/** The look into documents before acceptance, as the configuration wants it. */
export function inspectWith({ config, store, metrics, revocation, begin }: Omit<Looking, 'log'>): Inspect {
  const validatePath = createValidatePath(store.trust.settings, store.now);
  const ports = {
    pdf: readerOf(config, begin),
    scan: scanOf(config, metrics),
    validatePath,
    checkRevocation: revocation.check,
    report: metrics.inspected,
  };
  return createInspect(ports, { pdf: config.pdfSignatures, scan: config.virusScan });
}

/** Looks into documents after acceptance for as long as the process runs. */
export function startLooking({ config, store, metrics, revocation, log, begin }: Looking): void {
  const { desk, records, storage, now, trust } = store;
  const validatePath = createValidatePath(trust.settings, now);
  const judging = { validatePath, checkRevocation: revocation.check };
  const ports = { pdf: readerOf(config, begin), scan: scanOf(config, metrics), ...judging, ...storage, records, desk, log };
  const inspections = startInspections(
    { desk: createContentDesk(store.database.pool), look: (work) => lookAgain(ports, work), report: metrics.inspected, now, log },
    { every: config.sweepSeconds * 1000, seconds: 3600, tries: 3 },
  );
  begin(inspections, (running) => running.close());
}

function readerOf(config: Config, begin: Parts['begin']): PdfReader {
  return begin(createPdfReader({ seconds: config.pdfSeconds, idleSeconds: pdfIdleSeconds }), (reader) => reader.close());
}

function scanOf(config: Config, metrics: Metrics): ScanAttachments {
  const { clamd: address, scanConnections: connections, scanSeconds } = config;
  const scan =
    address === undefined
      ? () => Promise.reject(new ScannerAway('there is no scanner'))
      : createScanner({ address, connections, connectWithin: 5000, idleWithin: 30_000, answerWithin: scanSeconds * 1000 });
  return createScanAttachments(scan, metrics.scanned);
}
