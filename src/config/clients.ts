import { file, oneOf, seconds, secretText, text, whole } from './kinds.ts';
import { optional, type Setting, type SettingFault, setting } from './setting.ts';

const headerName = text('header', /^[A-Za-z][A-Za-z0-9-]{0,62}$/, 'must be the name of a header', 'phải là tên một tiêu đề HTTP');
const publicUrl = text(
  'URL',
  /^https?:\/\/[^\s/?#]+$/,
  'must be like https://lienthong.example, without a path',
  'phải dạng https://ten-mien',
);
const requests = whole(0, 100_000_000);

/** How clients get in: tokens, certificates, TLS, limits. */
export const clientSettings = {
  tokenSeconds: setting('LIENTHONG_TOKEN_SECONDS', seconds(30, 3600), '600', 'How long an access token of /oauth/token lives'),
  publicUrl: optional('LIENTHONG_PUBLIC_URL', publicUrl, 'Where clients reach this gateway, for /.well-known/oauth-authorization-server'),
  clientRate: setting('LIENTHONG_CLIENT_RATE', requests, '120000', 'Requests a minute of one client to one process; 0: no limit'),
  addressRate: setting('LIENTHONG_ADDRESS_RATE', requests, '240000', 'Requests a minute from one address (IPv6: /64); 0: no limit'),
  loginFailures: setting(
    'LIENTHONG_LOGIN_FAILURES',
    whole(1, 1_000_000),
    '10',
    'Failed logins of one client id from one address before it is locked out there',
  ),
  addressLoginFailures: setting(
    'LIENTHONG_LOGIN_FAILURES_ADDRESS',
    whole(1, 1_000_000),
    '100',
    'Failed logins from one address before it is locked out',
  ),
  loginLockSeconds: setting(
    'LIENTHONG_LOGIN_LOCK_SECONDS',
    seconds(1, 86_400),
    '300',
    'How long failures are counted, and a lock-out lasts',
  ),
  tlsCert: optional('LIENTHONG_TLS_CERT', file, 'PEM file with the certificate chain of the server; with it the gateway speaks HTTPS only'),
  tlsKey: optional('LIENTHONG_TLS_KEY', file, 'PEM file with the key of that certificate'),
  tlsClientCa: optional(
    'LIENTHONG_TLS_CLIENT_CA',
    file,
    'PEM file with the authorities whose client certificates are accepted (mutual TLS)',
  ),
  tlsClientCert: setting(
    'LIENTHONG_TLS_CLIENT_CERT',
    oneOf('optional', 'required'),
    'optional',
    'Whether TLS connections without a client certificate are taken',
  ),
  clientCertHeader: optional(
    'LIENTHONG_CLIENT_CERT_HEADER',
    headerName,
    'Header in which LIENTHONG_TRUSTED_PROXIES hand on the client certificate they have checked; believed from nobody else',
  ),
  soapPlainPasswords: setting(
    'LIENTHONG_SOAP_PLAIN_PASSWORDS',
    oneOf('no', 'yes'),
    'no',
    'Whether WS-Security passwords are taken over connections that are neither TLS nor local: only behind a proxy that ends TLS',
  ),
};

const label = text('label', /^[^\p{Cc}]{1,64}$/u, 'must be 1 to 64 characters', 'phải gồm 1–64 ký tự');

/** The key that the gateway signs with, when it is not made in the data folder. */
export const keySettings = {
  keyFile: optional('LIENTHONG_KEY_FILE', file, "PEM file with the gateway's signing key; without it one is made in the data folder"),
  certFile: optional('LIENTHONG_CERT_FILE', file, 'PEM file with the certificate of that key, or of the key in the PKCS#11 token'),
  pkcs11Module: optional('LIENTHONG_PKCS11_MODULE', file, 'PKCS#11 module of the token that holds the signing key'),
  pkcs11Token: optional('LIENTHONG_PKCS11_TOKEN', label, 'Label of that token'),
  pkcs11Pin: optional('LIENTHONG_PKCS11_PIN', secretText, 'User PIN of that token'),
  pkcs11Key: optional('LIENTHONG_PKCS11_KEY', label, 'Label of the private key, if not every key of the token may be the one'),
};

type Table = typeof clientSettings & typeof keySettings;
type Values = { readonly [K in keyof Table]: Table[K] extends Setting<infer T> ? T : never };

/** What in these settings does not go together. */
export function clientContradictions(config: Values): SettingFault[] {
  const { tlsCert, tlsKey, tlsClientCa, tlsClientCert } = clientSettings;
  const { keyFile, certFile, pkcs11Module, pkcs11Token, pkcs11Pin } = keySettings;
  const inToken = config.pkcs11Module !== undefined;
  const needs = (row: { readonly name: string }, other: { readonly name: string }, vi: string) => ({
    name: row.name,
    en: `needs ${other.name} beside it`,
    vi,
  });
  const wrong: readonly (readonly [boolean, SettingFault])[] = [
    [
      config.keyFile !== undefined && config.certFile === undefined,
      needs(keyFile, certFile, 'khóa và chứng thư số phải được đặt cùng nhau'),
    ],
    [
      config.certFile !== undefined && config.keyFile === undefined && !inToken,
      needs(certFile, keyFile, 'khóa và chứng thư số phải được đặt cùng nhau'),
    ],
    [
      inToken && config.keyFile !== undefined,
      { name: keyFile.name, en: `can't stand beside ${pkcs11Module.name}`, vi: 'chỉ dùng một nơi giữ khóa' },
    ],
    [inToken && config.certFile === undefined, needs(pkcs11Module, certFile, 'cần tệp chứng thư số của khóa trong token')],
    [inToken && config.pkcs11Token === undefined, needs(pkcs11Module, pkcs11Token, 'cần nhãn của token')],
    [inToken && config.pkcs11Pin === undefined, needs(pkcs11Module, pkcs11Pin, 'cần mã PIN của token')],
    [
      config.tlsCert !== undefined && config.tlsKey === undefined,
      needs(tlsCert, tlsKey, 'khóa và chứng thư số TLS phải được đặt cùng nhau'),
    ],
    [
      config.tlsKey !== undefined && config.tlsCert === undefined,
      needs(tlsKey, tlsCert, 'khóa và chứng thư số TLS phải được đặt cùng nhau'),
    ],
    [config.tlsClientCa !== undefined && config.tlsCert === undefined, needs(tlsClientCa, tlsCert, 'chỉ dùng khi trục tự phục vụ HTTPS')],
    [
      config.tlsClientCert === 'required' && config.tlsClientCa === undefined,
      needs(tlsClientCert, tlsClientCa, 'cần khai báo CA của chứng thư số hệ thống kết nối'),
    ],
  ];
  return wrong.flatMap(([is, fault]) => (is ? [fault] : []));
}
