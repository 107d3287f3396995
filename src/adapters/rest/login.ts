import type { IncomingMessage } from 'node:http';
import type { ClientLogin, PresentedCertificate } from '../../routing/clients.ts';
import { reject } from '../../routing/problem.ts';
import type { Client } from '../../routing/verify.ts';
import type { CertificateOf } from './client-certificate.ts';
import type { Credentials } from './credentials.ts';
import { isCredentials, readCredentials } from './credentials.ts';
import { createFresh } from './fresh.ts';
import type { FailureLimits } from './login-limits.ts';
import { createLoginLimits } from './login-limits.ts';
import type { RestPorts } from './ports.ts';
import type { Rates } from './rate-limits.ts';
import { createRateLimits } from './rate-limits.ts';
import type { SecretLogin } from './secret-login.ts';
import { createSecretLogin } from './secret-login.ts';
import { createTokenLogin, readToken } from './token-login.ts';

/** What logging in asks of the world. */
export type LoginPorts = Pick<
  RestPorts,
  'clientForLogin' | 'clientForCertificate' | 'loginFailures' | 'readToken' | 'checkSecret' | 'decoyHash' | 'now'
>;

/** Where a request comes from, proxies taken into account. */
export type AddressOf = (req: IncomingMessage) => string;

/** Who asks, and from where. */
export interface LoginSources {
  readonly addressOf: AddressOf;
  readonly certificateOf: CertificateOf;
}

/** Lets clients in. All of them count requests and failures, and throw Rejection RATE_LIMITED, TOO_MANY_FAILURES. */
export interface Login {
  /**
   * By secret, token or certificate. Throws Rejection UNAUTHENTICATED, TOKEN_…, CLIENT_CERTIFICATE_…. A certificate beside another
   * proof must not stand for another client.
   */
  readonly client: (req: IncomingMessage) => Promise<Client>;
  /** Counts a request of somebody who is not known yet. */
  readonly arrive: (req: IncomingMessage) => Promise<void>;
  /** Counts a request of a client that another protocol let in. */
  readonly countClient: (id: string) => Promise<void>;
  readonly bySecret: SecretLogin;
  /** By id and secret that came in other words than those of HTTP. Counts the request, too. Throws Rejection UNAUTHENTICATED. */
  readonly byPassword: (req: IncomingMessage, credentials: Credentials) => Promise<Client>;
  /** By a certificate whose owner signed the message. Counts the client's request. Throws Rejection CLIENT_CERTIFICATE_UNKNOWN. */
  readonly byProvenCertificate: (certificate: PresentedCertificate) => Promise<Client>;
  /** The client of the certificate of this connection; null when there is none. */
  readonly byCertificate: (req: IncomingMessage) => Promise<ClientLogin | null>;
}

/** Makes the door of the gateway. */
export function createLogin(ports: LoginPorts, sources: LoginSources, settings: Rates & FailureLimits): Login {
  const rates = createRateLimits(settings);
  const directory = createFresh((id: string) => ports.clientForLogin(id, ports.now()), String);
  const certificates = createFresh(
    (certificate: PresentedCertificate) => ports.clientForCertificate(certificate, ports.now()),
    // one that is known without its names may stand for nobody where one with them stands for somebody
    ({ fingerprint, subject }) => `${fingerprint} ${subject}`,
  );
  const bySecret = createSecretLogin(ports, directory, createLoginLimits(settings, ports));
  const byToken = createTokenLogin(ports, directory);

  async function byAuthorization(authorization: string, req: IncomingMessage): Promise<Client> {
    const token = readToken(authorization);
    if (token !== null) return byToken(token);
    const credentials = readCredentials(authorization);
    const found = credentials === null ? null : await bySecret(authorization, credentials, sources.addressOf(req));
    if (found === null) throw reject('UNAUTHENTICATED');
    return found;
  }

  async function byCertificate(req: IncomingMessage): Promise<ClientLogin | null> {
    const certificate = sources.certificateOf(req);
    return certificate === undefined ? null : certificates.get(certificate);
  }

  async function identify(req: IncomingMessage): Promise<Client> {
    const { authorization } = req.headers;
    const owner = await byCertificate(req);
    if (authorization === undefined) {
      const fingerprint = sources.certificateOf(req)?.fingerprint;
      if (owner !== null) return owner;
      throw fingerprint === undefined ? reject('UNAUTHENTICATED') : unknown(fingerprint);
    }
    const client = await byAuthorization(authorization, req);
    if (owner !== null && owner.id !== client.id) throw reject('CLIENT_CERTIFICATE_OF_ANOTHER');
    return client;
  }

  const arrive = (req: IncomingMessage) => rates.ofAddress(sources.addressOf(req));

  return {
    arrive,
    countClient: rates.ofClient,
    bySecret,
    byCertificate,
    async byProvenCertificate(certificate) {
      const client = await certificates.get(certificate);
      if (client === null) throw unknown(certificate.fingerprint);
      await rates.ofClient(client.id);
      return client;
    },
    async byPassword(req, credentials) {
      await arrive(req);
      const proof = `password ${credentials.id}:${credentials.secret}`;
      const client = isCredentials(credentials) ? await bySecret(proof, credentials, sources.addressOf(req)) : null;
      if (client === null) throw reject('UNAUTHENTICATED');
      await rates.ofClient(client.id);
      return client;
    },
    async client(req) {
      await arrive(req);
      const client = await identify(req);
      await rates.ofClient(client.id);
      return client;
    },
  };
}

const unknown = (fingerprint: string) => reject('CLIENT_CERTIFICATE_UNKNOWN', { params: { fingerprint } });
