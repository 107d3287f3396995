import type { BoundCertificate, ClientDetail, ClientSummary, SecretRecord } from '../routing/clients.ts';
import { shownMoment } from './moment.ts';
import { facts, table } from './table.ts';

/** Clients as a table. */
export function clientTable(clients: readonly ClientSummary[]): string {
  const columns = [
    { vi: 'Mã', en: 'Client' },
    { vi: 'Tên', en: 'Name' },
    { vi: 'Quyền', en: 'Scopes' },
    { vi: 'Đơn vị', en: 'Agencies' },
    { vi: 'Mật khẩu', en: 'Secrets', right: true },
    { vi: 'Chứng thư số', en: 'Certificates', right: true },
    { vi: 'Trạng thái', en: 'Status' },
  ];
  const rows = clients.map((client) => [
    client.id,
    client.name,
    client.scopes.join(' '),
    client.agencies.map(({ code }) => code).join(' '),
    String(client.liveSecrets),
    String(client.liveCertificates),
    statusOf(client),
  ]);
  return table(columns, rows);
}

/** A client with all that it can log in with. */
export function clientText(client: ClientDetail): string {
  const head = facts([
    ['Mã / client', client.id],
    ['Tên / name', client.name],
    ['Trạng thái / status', statusOf(client)],
    ['Quyền / scopes', client.scopes.join(' ')],
    ['Đơn vị / agencies', client.agencies.map(({ code, name }) => `${code} ${name}`).join(', ')],
  ]);
  return `${head}\n${secretTable(client.secrets)}${client.certificates.length === 0 ? '' : `\n${bindingTable(client.certificates)}`}`;
}

/** Secrets, newest first; never what they are. */
export function secretTable(secrets: readonly SecretRecord[]): string {
  const columns = [
    { vi: 'Mật khẩu', en: 'Secret' },
    { vi: 'Cấp lúc', en: 'Issued' },
    { vi: 'Hết hiệu lực', en: 'Ends' },
  ];
  return table(
    columns,
    secrets.map(({ id, createdAt, expiresAt }) => [id, shownMoment(createdAt), shownMoment(expiresAt)]),
  );
}

function bindingTable(certificates: readonly BoundCertificate[]): string {
  const columns = [
    { vi: 'Liên kết', en: 'Binding' },
    { vi: 'Gắn lúc', en: 'Bound' },
    { vi: 'Gỡ lúc', en: 'Withdrawn' },
    { vi: 'Chứng thư số', en: 'Certificate' },
  ];
  const about = ({ fingerprint, subject, issuer }: BoundCertificate) => fingerprint ?? `${subject} ← ${issuer}`;
  return table(
    columns,
    certificates.map((one) => [one.id, shownMoment(one.boundAt), shownMoment(one.withdrawnAt), about(one)]),
  );
}

function statusOf({ disabledAt }: ClientSummary): string {
  return disabledAt === undefined ? 'hoạt động (active)' : `tạm ngừng từ (suspended since) ${shownMoment(disabledAt)}`;
}
