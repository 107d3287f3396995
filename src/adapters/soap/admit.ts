import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { reject } from '../../routing/problem.ts';
import type { Client } from '../../routing/verify.ts';
import type { Door, SoapPorts, SoapSettings } from './ports.ts';
import { createReplayGuard } from './replay.ts';
import type { PasswordToken, Security } from './security.ts';

/** A client that was let in. `forget` makes what let it in usable again: for a body that proves to be somebody else's. */
export interface Admitted {
  readonly client: Client;
  forget(): Promise<void>;
}

/** Lets a client in by what its request says: by HTTP, by WS-Security, or by both when they speak of the same client. */
export type Admit = (req: IncomingMessage, door: Door, byHttp: Client | undefined, security: Security | undefined) => Promise<Admitted>;

const nothing = async () => undefined;

/** Makes it. Throws Rejection UNAUTHENTICATED, WSS_… and what logging in throws. */
export function createAdmit(
  { now, proveSigner, marks }: Pick<SoapPorts, 'now' | 'proveSigner' | 'marks'>,
  { plainPasswords }: Pick<SoapSettings, 'plainPasswords'>,
): Admit {
  const replay = createReplayGuard(marks, now);

  async function login(req: IncomingMessage, door: Door, security: Security): Promise<Client> {
    if (security.kind === 'password') {
      if (!plainPasswords && !isSecured(req)) throw reject('WSS_NOT_SECURED');
      return door.loginWith(req, { id: security.username, secret: security.password });
    }
    await door.arrive(req);
    const certificate = await proveSigner(security.certificate, security.signed);
    if (certificate === null) throw reject('WSS_SIGNATURE_INVALID', { params: { what: 'SignedInfo' } });
    return door.loginWithCertificate(certificate);
  }

  return async function admit(req, door, byHttp, security) {
    if (security === undefined) {
      if (byHttp === undefined) throw reject('UNAUTHENTICATED');
      return { client: byHttp, forget: nothing };
    }
    const client = await login(req, door, security);
    if (byHttp !== undefined && byHttp.id !== client.id) throw reject('WSS_OF_ANOTHER');
    replay.checkTimes(security);
    // only what was proven is remembered: nobody else's requests can use it up
    if (security.kind === 'signature') return { client, forget: await replay.use(security.mark) };
    const mark = nonceMark(security);
    if (mark !== undefined) await replay.use(mark);
    return { client, forget: nothing };
  };
}

function nonceMark({ username, nonce, created }: PasswordToken & Pick<Security, 'created'>): string | undefined {
  if (nonce === undefined) return undefined;
  if (created === undefined) throw reject('WSS_MALFORMED', { params: { detail: 'a Nonce without Created' } });
  return createHash('sha256').update(`${username}\n${nonce}`).digest('base64');
}

function isSecured({ socket }: IncomingMessage): boolean {
  return 'encrypted' in socket || /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/.test(socket.remoteAddress ?? '');
}
