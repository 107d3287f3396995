import type { IncomingMessage } from 'node:http';
import { reject } from '../../routing/problem.ts';
import type { Client } from '../../routing/verify.ts';
import type { Door, SoapPorts, SoapSettings } from './ports.ts';
import { createReplayGuard } from './replay.ts';
import type { Security } from './security.ts';

/** Lets a client in by what its request says: by HTTP, by WS-Security, or by both when they speak of the same client. */
export type Admit = (req: IncomingMessage, door: Door, byHttp: Client | undefined, security: Security | undefined) => Promise<Client>;

/** Makes it. Throws Rejection UNAUTHENTICATED, WSS_… and what logging in throws. */
export function createAdmit({ now }: Pick<SoapPorts, 'now'>, { plainPasswords }: Pick<SoapSettings, 'plainPasswords'>): Admit {
  const refuseReplay = createReplayGuard(now);
  return async function admit(req, door, byHttp, security) {
    if (security === undefined) {
      if (byHttp === undefined) throw reject('UNAUTHENTICATED');
      return byHttp;
    }
    if (!plainPasswords && !isSecured(req)) throw reject('WSS_NOT_SECURED');
    const client = await door.loginWith(req, { id: security.username, secret: security.password });
    if (byHttp !== undefined && byHttp.id !== client.id) throw reject('WSS_OF_ANOTHER');
    // only what was proven is remembered: nobody else's requests can use up a nonce
    refuseReplay(security);
    return client;
  };
}

function isSecured({ socket }: IncomingMessage): boolean {
  return 'encrypted' in socket || /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(socket.remoteAddress ?? '');
}
