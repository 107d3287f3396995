import type { RestPorts } from './adapters/rest/ports.ts';
import { createRestServer } from './adapters/rest/server.ts';
import { createStatusListener } from './adapters/rest/status-listener.ts';
import type { Parts } from './parts.ts';

/** What tells whether a process is ready. */
export function probesOf({ config, store, doorbell }: Pick<Parts, 'config' | 'store' | 'doorbell'>): RestPorts['probes'] {
  return {
    database: async () => void (await store.database.pool.query('select 1')),
    queue: async () => void (await doorbell.depth()),
    disk: async () => {
      if ((await store.storage.freeBytes()) < config.minFreeBytes) throw new Error('less than LIENTHONG_MIN_FREE_BYTES is free');
    },
  };
}

/** Health and figures of a process without an API, where the settings want them. Returns the URL it listens on. */
export async function startStatus(parts: Parts): Promise<string | undefined> {
  const { config, store, metrics, log, begin } = parts;
  if (config.workerPort === undefined) return undefined;
  const stopping = new AbortController();
  const ports = {
    probes: probesOf(parts),
    routes: store.polls.standings,
    metrics: metrics.render,
    log,
    stopping: stopping.signal,
    newId: store.newId,
  };
  const listener = createStatusListener(ports, { metricsFrom: config.metricsAllow });
  const server = begin(createRestServer(listener, stopping), (s) => s.close(config.stopSeconds));
  const { address, family, port } = await server.listen(config.workerPort, config.workerHost);
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
