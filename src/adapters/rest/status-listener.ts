import type { RequestListener } from 'node:http';
import { reject } from '../../routing/problem.ts';
import { answerError, nameRequest, sendReply } from './answer.ts';
import type { Reply } from './call.ts';
import { healthHandlers } from './health.ts';
import type { RestPorts, RestSettings } from './ports.ts';

/** Answers `/healthz`, `/readyz` and `/metrics` as the API does, and nothing else: for a process that has no API. */
export function createStatusListener(
  ports: Pick<RestPorts, 'probes' | 'routes' | 'metrics' | 'log' | 'stopping' | 'newId'>,
  { metricsFrom }: Pick<RestSettings, 'metricsFrom'>,
): RequestListener {
  const settings = { metricsFrom, trustedProxies: [], openapi: '' };
  const { alive, ready, metrics } = healthHandlers(ports, settings, (req) => req.socket.remoteAddress ?? '');
  const answers = new Map(Object.entries({ '/healthz': alive, '/readyz': ready, '/metrics': metrics }));
  const nobody = { id: '', scopes: [], agencyIds: new Set<string>() };
  return async (req, res) => {
    nameRequest(res, ports.newId());
    try {
      const answer = answers.get(req.url?.split('?')[0] ?? '');
      if (answer === undefined) throw reject('PATH_UNKNOWN');
      if (req.method !== 'GET' && req.method !== 'HEAD') throw reject('METHOD_NOT_ALLOWED', { params: { allow: 'GET, HEAD' } });
      sendReply(res, (await answer({ req, res, client: nobody, id: '', query: {}, body: undefined })) as Reply);
    } catch (error) {
      answerError(req, res, error, ports.log);
    }
  };
}
