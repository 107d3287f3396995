import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { ProblemAnswer, ReceiptView, Sent } from '../client/client.ts';
import { command } from './command.ts';
import { type GatewayOptions, gatewayOptions, withClient } from './gateway.ts';
import { shownMoment } from './moment.ts';
import type { Prepared, PrepareOptions } from './prepare.ts';
import { endProgress, note, print, showProgress } from './print.ts';
import { shownSize } from './sizes.ts';
import { facts, oneLine, table } from './table.ts';
import { receiptWord, stateWord } from './words.ts';

interface SendOptions extends GatewayOptions, PrepareOptions {
  readonly idempotencyKey?: string;
  readonly receipt?: string;
}

/** `lienthong send` and `lienthong validate`. */
export function sendCommands(parent: Command): void {
  const send = packageOptions(
    command(parent, 'send <file>', {
      vi: 'Gửi một gói tin edXML (ký nếu chưa ký) và in biên nhận',
      en: 'Send an edXML package (signed if it is not yet) and print the receipt',
    }),
  );
  send
    .option('--idempotency-key <id>', 'mã gửi của bạn: gửi lại cùng mã phải cùng nội dung / your id of this transmission')
    .option('--receipt <file>', 'lưu biên nhận có chữ ký vào tệp / save the signed receipt')
    .action(async (path: string, options: SendOptions) => {
      const sent = await upload(path, options, (client, source, progress) =>
        client.send(source, {
          progress,
          ...keyFor(source, options.idempotencyKey),
        }),
      );
      if (options.receipt !== undefined) await writeFile(options.receipt, sent.xml);
      print(options, { first: sent.first, ...sent.receipt, ...(options.receipt === undefined ? { xml: sent.xml } : {}) }, () =>
        sentText(sent),
      );
    });

  const validate = packageOptions(
    command(parent, 'validate <file>', {
      vi: 'Kiểm tra một gói tin như khi gửi, không lưu, không chuyển',
      en: 'Check a package as if it were sent, without storing or sending it',
    }),
  );
  validate.action(async (path: string, options: SendOptions) => {
    const found = await upload(path, options, (client, source, progress) => client.validate(source, { progress }));
    print(options, found, () => `Hợp lệ / valid\n${problemsText(found.warnings)}`);
  });
}

function packageOptions(to: Command): Command {
  return gatewayOptions(to)
    .option('--as <code>', 'mã đơn vị gửi phải có trong gói tin / the sender that the package must name')
    .option('--key <file>', 'khóa bí mật (PEM) để ký nếu gói tin chưa ký / private key to sign with')
    .option('--cert <file>', 'chứng thư số (PEM) của khóa đó / its certificate')
    .option(
      '--signed <file>',
      'lưu gói tin đã ký vào tệp này; nếu tệp đã có thì gửi tệp đó / keep the signed package here, and send it from here',
    );
}

/**
 * A signature differs each time it is made. A package that is signed on its way carries the digest of the file as its id, so that
 * sending the file once more, after a failure for example, never makes a second document of it.
 */
function keyFor({ signing, fileSha256 }: Prepared, given: string | undefined): { readonly idempotencyKey?: string } {
  if (given !== undefined) return { idempotencyKey: given };
  return signing === 'now' ? { idempotencyKey: `sha256-${fileSha256}` } : {};
}

type Upload<T> = (
  client: Parameters<Parameters<typeof withClient<T>>[1]>[0],
  source: Prepared,
  progress: (sent: number) => void,
) => Promise<T>;

async function upload<T>(path: string, options: SendOptions, work: Upload<T>): Promise<T> {
  // The XML engine takes its time to load; commands that need none must not wait for it.
  const { prepare } = await import('./prepare.ts');
  const ready = await prepare(path, options);
  if (ready.signing === 'none') note('Gói tin không có chữ ký / the package is not signed (--key, --cert)');
  const total = shownSize(ready.size);
  return withClient(options, (client) => work(client, ready, (sent) => showProgress(`${shownSize(sent)} / ${total}`)).finally(endProgress));
}

function sentText({ first, receipt }: Sent): string {
  const repeated = first
    ? ''
    : 'Trục đã có gói tin này, đây là biên nhận đầu tiên. / The gateway had it already; this is the first receipt.\n';
  return `${repeated}${receiptText(receipt)}`;
}

/** The essentials of a receipt. */
export function receiptText(receipt: ReceiptView): string {
  const { package: about, delivery } = receipt;
  const head = facts([
    ['Biên nhận / receipt', `${receiptWord(receipt.kind)} ${receipt.id}`],
    ['Lúc / issued', shownMoment(receipt.issuedAt)],
    ['Trục / gateway', receipt.gateway],
    ['Gói tin / package', about.id],
    ['SHA-256', about.sha256],
    ['Dung lượng / size', `${about.size} B`],
    ['Đơn vị gửi / sender', about.sender],
    ['Số, ký hiệu / reference', about.reference],
    ['DocumentId', about.documentId],
    ['Chữ ký / signature', receipt.signature],
    ['Lần chuyển / delivery', delivery === undefined ? undefined : `${delivery.id} → ${delivery.recipient}`],
  ]);
  const recipients = receipt.recipients.map((one) => [one.code, stateWord(one.state), one.delivery, remarkOn(one)]);
  const columns = [
    { vi: 'Đơn vị nhận', en: 'Recipient' },
    { vi: 'Trạng thái', en: 'State' },
    { vi: 'Lần chuyển', en: 'Delivery' },
    { vi: 'Lý do', en: 'Reason' },
  ];
  return [head, recipients.length === 0 ? '' : `\n${table(columns, recipients)}`, problemsText(receipt.problems)].join('');
}

/** Problems or warnings, two lines each. */
export function problemsText(problems: readonly ProblemAnswer[]): string {
  return problems.map((one) => `\n${one.code}\n  ${oneLine(one.vi)}\n  ${oneLine(one.en)}\n`).join('');
}

function remarkOn({ forwarded, problem }: ReceiptView['recipients'][number]): string {
  const note = forwarded === undefined ? [] : [`chuyển cho ${forwarded.to} ${forwarded.name}`];
  return [...note, ...(problem === undefined ? [] : [problem.vi])].join('; ');
}
