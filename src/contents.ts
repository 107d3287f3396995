import { createContentDesk } from './adapters/postgres/content-desk.ts';
import { createInspect } from './contents/gate.ts';
import { lookAtPdf } from './contents/later.ts';
import { createPdfReader } from './contents/pdf-reader.ts';
import type { Parts } from './parts.ts';
import { startInspections } from './queue/inspections.ts';
import type { Inspect } from './routing/contents.ts';
import type { ValidatePath } from './routing/trust.ts';

const pdfIdleSeconds = 60;

/** Nobody is trusted for signatures inside documents while there are no anchors. */
const noAnchors: ValidatePath = async () => ({ ok: false, problem: { code: 'CHAIN_NO_ANCHOR', params: { issuer: '' } } });

/** The look into documents before acceptance, as the configuration wants it. */
export function inspectWith({ config, metrics, begin }: Pick<Parts, 'config' | 'metrics' | 'begin'>): Inspect {
  const pdf = begin(createPdfReader({ seconds: config.pdfSeconds, idleSeconds: pdfIdleSeconds }), (reader) => reader.close());
  return createInspect({ pdf, validatePath: noAnchors, report: metrics.inspected }, config.pdfSignatures);
}

/** Looks into documents after acceptance for as long as the process runs. */
export function startLooking({ config, store, metrics, log, begin }: Pick<Parts, 'config' | 'store' | 'metrics' | 'log' | 'begin'>): void {
  const pdf = begin(createPdfReader({ seconds: config.pdfSeconds, idleSeconds: pdfIdleSeconds }), (reader) => reader.close());
  const ports = { pdf, validatePath: noAnchors, contentPath: store.storage.contentPath };
  const inspections = startInspections(
    {
      desk: createContentDesk(store.database.pool),
      look: (work) => lookAtPdf(ports, work),
      report: metrics.inspected,
      now: store.now,
      log,
    },
    { every: config.sweepSeconds * 1000, seconds: 3600, tries: 3 },
  );
  begin(inspections, (running) => running.close());
}
