import { X509Certificate } from 'node:crypto';
import type { PublicKey } from '../../routing/gateway-keys.ts';
import { vietnamTime } from '../../routing/time.ts';
import type { Handlers } from './call.ts';
import type { keyRoutes } from './contract-public.ts';
import type { RestPorts } from './ports.ts';

/** How long others may keep the document; anybody may ask, so the database is asked at most once in this time, too. */
const keepSeconds = 300;
const freshMilliseconds = 1000;

/** The public keys of the gateway as a JWK set (RFC 7517) with certificates and times of use. */
export function keyHandlers({ publicKeys }: Pick<RestPorts, 'publicKeys'>): Handlers<typeof keyRoutes> {
  let last: { readonly at: number; readonly set: Promise<object> } | undefined;

  async function read(): Promise<object> {
    const { gateway, keys } = await publicKeys();
    return { gateway, keys: keys.map(jwkOf) };
  }

  return {
    async showKeys() {
      const at = performance.now();
      if (last === undefined || at - last.at > freshMilliseconds) last = { at, set: read() };
      return { json: await last.set, headers: { 'Cache-Control': `public, max-age=${keepSeconds}` } };
    },
  };
}

function jwkOf({ der, algorithm, fingerprint, activeFrom, retiredAt }: PublicKey): object {
  const certificate = new X509Certificate(der);
  return {
    ...certificate.publicKey.export({ format: 'jwk' }),
    use: 'sig',
    alg: algorithm === 'ecdsa-sha256' ? 'ES256' : 'RS256',
    kid: fingerprint,
    x5c: [Buffer.from(der).toString('base64')],
    'x5t#S256': Buffer.from(fingerprint, 'hex').toString('base64url'),
    activeFrom: vietnamTime(activeFrom),
    ...(retiredAt === undefined ? {} : { retiredAt: vietnamTime(retiredAt) }),
  };
}
