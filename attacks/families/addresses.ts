import type { Mutant } from '../attack.ts';
import { mutants } from '../attack.ts';
import type { Target } from '../target.ts';
import { signedBelow } from './certificates.ts';

/** Ways to write the address of the web server that nobody may touch, and addresses of the gateway's own network. */
const urls: readonly (readonly [string, (t: Target) => string])[] = [
  ['the loopback address', ({ canary }) => `${canary.url}/x`],
  ['its name', ({ canary }) => `${canary.url.replace('127.0.0.1', 'localhost')}/x`],
  ['the same as one number', ({ canary }) => `${canary.url.replace('127.0.0.1', '2130706433')}/x`],
  ['the same in hexadecimal', ({ canary }) => `${canary.url.replace('127.0.0.1', '0x7f000001')}/x`],
  ['the same in octal', ({ canary }) => `${canary.url.replace('127.0.0.1', '0177.0.0.1')}/x`],
  ['the same in short', ({ canary }) => `${canary.url.replace('127.0.0.1', '127.1')}/x`],
  ['the same inside IPv6', ({ canary }) => `${canary.url.replace('127.0.0.1', '[::ffff:127.0.0.1]')}/x`],
  ['no address at all', ({ canary }) => `${canary.url.replace('127.0.0.1', '0.0.0.0')}/x`],
  ['a user before it', ({ canary }) => `${canary.url.replace('http://', 'http://example.com@')}/x`],
  ['the metadata of a cloud', () => 'http://169.254.169.254/latest/meta-data/'],
  ['a private network', () => 'http://10.0.0.1/ca.crl'],
  ['a file', ({ canary }) => `file://${canary.file}`],
  ['gopher', ({ canary }) => `${canary.url.replace('http:', 'gopher:')}/x`],
  ['LDAP', ({ canary }) => `${canary.url.replace('http:', 'ldap:')}/x`],
];

/** Addresses in certificates, which strangers choose: nobody is called there. */
export const addresses: readonly Mutant[] = mutants(
  'H02',
  'REVOCATION_UNKNOWN',
  urls.map(([what, url]) => [
    `OCSP, CRL and caIssuers at ${what}`,
    (t) =>
      signedBelow(t, [
        `authorityInfoAccess=OCSP;URI:${url(t)},caIssuers;URI:${url(t)}`,
        `crlDistributionPoints=URI:${url(t)}`,
        `freshestCRL=URI:${url(t)}`,
      ]),
  ]),
);
