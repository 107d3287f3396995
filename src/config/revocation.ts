import { addressRange, bytes, listOf, oneOf, seconds, text, whole } from './kinds.ts';
import { setting } from './setting.ts';

const listUrl = text('URL', /^https?:\/\/[^\s,]{1,1900}$/, 'must be a http or https URL', 'phải là URL http hoặc https');

/** Settings of revocation: lists, OCSP, and what happens while nobody can tell. */
export const revocationSettings = {
  crlUrls: setting('LIENTHONG_CRL_URLS', listOf(listUrl), '', 'Revocation lists that are fetched beside those the certificates name'),
  crlSeconds: setting('LIENTHONG_CRL_SECONDS', seconds(1, 86_400), '3600', 'Longest time between two looks at a revocation list'),
  crlMaxBytes: setting('LIENTHONG_CRL_MAX_BYTES', bytes(1024), '32 MiB', 'Largest revocation list that is taken'),
  ocspNonce: setting(
    'LIENTHONG_OCSP_NONCE',
    oneOf('required', 'accept-absent'),
    'required',
    'Whether an OCSP answer without the nonce of the request is believed',
  ),
  revocationSeconds: setting(
    'LIENTHONG_REVOCATION_SECONDS',
    seconds(0.1, 60),
    '2',
    'Longest time that asking about one certificate may hold a package up',
  ),
  revocationAllow: setting(
    'LIENTHONG_REVOCATION_ALLOW',
    listOf(addressRange),
    '',
    'Private or link-local addresses that lists and OCSP answers may be fetched from',
  ),
  quarantineDeliver: setting(
    'LIENTHONG_QUARANTINE_DELIVER',
    listOf(whole(0, 4)),
    '3, 4',
    'Urgencies (0 to 4) that are delivered although revocation is not known yet; others are held until it is',
  ),
  quarantineSeconds: setting(
    'LIENTHONG_QUARANTINE_SECONDS',
    seconds(1, 86_400),
    '60',
    'How often packages that were accepted provisionally are judged again',
  ),
};
