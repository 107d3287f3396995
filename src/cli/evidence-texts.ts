import type { Rejudgement } from '../rejudge.ts';
import type { StoredEvidence, TrustStatement } from '../routing/evidence.ts';
import { shownMoment } from './moment.ts';
import { facts, table } from './table.ts';

const parts: Readonly<Record<Rejudgement['part'], string>> = {
  evidence: 'bằng chứng nguyên vẹn / evidence unaltered',
  content: 'đúng gói tin / the same package',
  signature: 'chữ ký / signature',
  path: 'chuỗi chứng thư / certificate path',
  binding: 'quy tắc của đơn vị / binding of the agency',
  timestamp: 'dấu thời gian / timestamp',
  revocation: 'thu hồi / revocation',
};

const verdicts: Readonly<Record<Rejudgement['verdict'], string>> = {
  holds: 'đúng / holds',
  fails: 'KHÔNG ĐÚNG / FAILS',
  'not-asked': 'không dùng đến / not relied on',
};

/** How each part came out. */
export function rejudgementText(found: readonly Rejudgement[]): string {
  return table(
    [
      { vi: 'Phần', en: 'Part' },
      { vi: 'Kết quả', en: 'Verdict' },
      { vi: 'Chi tiết', en: 'Detail' },
    ],
    found.map(({ part, verdict, reason }) => [parts[part], verdicts[verdict], reason ?? '']),
  );
}

const bases: Readonly<Record<TrustStatement['basis'], string>> = {
  imported: 'chứng thư số đã đăng ký / imported certificate',
  chain: 'chuỗi đến chứng thư gốc / path to an anchor',
  unsigned: 'không ký, theo chính sách / unsigned, by policy',
};

/** What a package was accepted on. */
export function evidenceText({ statement, at, reviews, objects, timestamp }: StoredEvidence): string {
  const said = JSON.parse(reviews.at(-1)?.statement ?? statement) as TrustStatement;
  return facts([
    ['Căn cứ tin cậy / trusted by', bases[said.basis]],
    ['Kết luận / verdict', said.verdict === 'provisional' ? 'tạm chấp nhận / provisional' : 'tin cậy / trusted'],
    ['Phiên bản chính sách / policy version', String(said.policyVersion)],
    ['Xét tại / judged at', `${shownMoment(at)} (${timestamp === undefined ? 'lúc nhận / receipt' : 'dấu thời gian / timestamp'})`],
    ['Chứng thư gốc / anchor', said.anchor === undefined ? undefined : `${said.anchor.id} (${said.anchor.name})`],
    ['Quy tắc / binding', said.binding?.id],
    ['Thu hồi / revocation', said.revocation],
    ...objects.map(({ kind, sha256, der }): [string, string] => [kind, `${sha256} (${der.length} B)`]),
  ]);
}
