import { liftFile } from '../src/adapters/edxml/lift.ts';
import { verifyReceipt, verifyWithXmlCrypto } from '../src/adapters/edxml/second-verifier.ts';
import { type Client, type ReceiptView, readReceipt } from '../src/client/client.ts';
import { digestOf } from '../src/client/download.ts';
import type { Ledger } from '../src/routing/ledger.ts';
import type { Arrival } from './arrivals.ts';
import { agencies, cast } from './cast.ts';
import type { Prepared } from './compose.ts';
import { clientOf, type Stage } from './stage.ts';
import type { Told } from './story.ts';

/** What was proven at the end. `faults` is empty when all is well. */
export interface Evidence {
  readonly packages: number;
  readonly deliveries: number;
  readonly receipts: number;
  readonly lost: number;
  readonly doubled: number;
  readonly altered: number;
  readonly faults: readonly string[];
}

/** A receipt of a feed. */
export interface Receipt {
  readonly xml: string;
  readonly view: ReceiptView;
}

/** Checks everything without believing the gateway: its receipts, the bytes that arrived, copies, and last its own ledger. */
export async function examine(stage: Stage, told: Told, tell: (text: string) => void): Promise<Evidence> {
  const { arrivals } = stage;
  const receipts = (await Promise.all(agencies.map(({ id }) => receiptsOf(clientOf(stage.clients, id))))).flat();
  const bad = unsound(stage, receipts);
  const promised = receipts.flatMap(({ view }) => (view.kind === 'accepted' ? view.recipients.map((one) => one.delivery) : []));
  tell(`  ${receipts.length - bad.length}/${receipts.length} biên nhận kiểm tra bằng bộ xác minh thứ hai / receipts verified`);
  const lost = promised.filter((delivery) => !arrivals.has(delivery));
  const altered = (await Promise.all(arrivals.taken.map((arrival) => alteration(stage, arrival)))).flat();
  tell(`  ${arrivals.taken.length} bản nhận được so từng byte với bản gửi / copies compared with what was sent`);
  const doubled = copies(arrivals.taken);
  tell(`  ${arrivals.repeats} bản gửi lại bị đơn vị nhận bỏ qua theo mã lần chuyển / repeats dropped by delivery id`);
  const ledger = await readLedger(stage, tell);
  return {
    packages: stage.prepared.size - 1,
    deliveries: promised.length,
    receipts: receipts.length - bad.length,
    lost: lost.length,
    doubled: doubled.length,
    altered: altered.length,
    faults: [
      ...told.faults,
      ...arrivals.complaints,
      ...bad,
      ...lost.map((delivery) => `chưa đến nơi / lost: ${delivery}`),
      ...altered,
      ...doubled,
      ...missing(stage, told, receipts, promised),
      ...ledger,
    ],
  };
}

/** All receipts of an agency. */
export async function receiptsOf(client: Client): Promise<Receipt[]> {
  const found: Receipt[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await client.receipts(after === undefined ? {} : { after });
    found.push(...page.receipts.map(({ xml }) => ({ xml, view: readReceipt(xml) })));
    if (page.receipts.length === 0 || page.next === null) return found;
    after = page.next;
  }
}

/** Receipts whose signature is not the gateway's, or that speak of bytes that nobody sent. */
function unsound({ prepared, provided }: Stage, receipts: readonly Receipt[]): string[] {
  const sizes = new Map([...prepared.values()].map(({ sha256, size }) => [sha256, size]));
  return receipts.flatMap(({ xml, view }) => {
    const opinion = verifyReceipt(xml, provided.gatewayCertificate);
    if (!opinion.valid) return [`biên nhận / receipt ${view.id}: ${opinion.reason}`];
    return sizes.get(view.package.sha256) === view.package.size ? [] : [`biên nhận không đúng gói tin / not of our packages: ${view.id}`];
  });
}

/** What is wrong with a copy: its bytes on the recipient's disk, or its sender's signature. */
async function alteration(stage: Stage, arrival: Arrival): Promise<string[]> {
  const { sha256, size } = await digestOf(arrival.path);
  const sent = sentAs(stage, sha256);
  const about = `${cast[arrival.agency].short}, ${arrival.delivery}`;
  const same = sent !== undefined && sent.size === size && sent.sha256 === arrival.sha256;
  if (sent === undefined || !same) return [`khác với bản gửi / altered: ${about}`];
  const lifted = await liftFile(arrival.path, { packageBytes: 2 ** 32, textBytes: 2 ** 22 });
  const opinion = verifyWithXmlCrypto(lifted, stage.identities.get(sent.letter.from)?.certificatePem ?? '');
  return opinion.valid ? [] : [`chữ ký / signature: ${about}: ${opinion.reason}`];
}

function sentAs({ prepared }: Stage, sha256: string): Prepared | undefined {
  return [...prepared.values()].find((one) => one.sha256 === sha256);
}

/** An agency that took the same bytes more than once, under whatever ids. */
function copies(taken: readonly Arrival[]): string[] {
  const keys = taken.map(({ agency, sha256 }) => `${cast[agency].short}: ${sha256}`);
  return keys.filter((key, at) => keys.indexOf(key) !== at).map((key) => `nhận hai lần / doubled: ${key}`);
}

/** Receipts and deliveries that should be there and are not. */
function missing({ prepared }: Stage, told: Told, receipts: readonly Receipt[], promised: readonly string[]): string[] {
  const faults: string[] = [];
  const has = (kinds: readonly string[], delivery: string) =>
    receipts.some(({ view }) => view.delivery?.id === delivery && kinds.includes(view.kind));
  for (const delivery of promised) {
    if (!has(['delivered', 'failed'], delivery)) faults.push(`chưa có biên nhận kết quả / no receipt of the outcome: ${delivery}`);
  }
  for (const { letter } of prepared.values()) {
    const answer = told.sent.get(letter.id);
    const named = answer?.receipt.recipients.map((one) => one.code) ?? [];
    const wanted = answer === undefined ? [] : letter.to.map((id) => cast[id].code);
    if (named.join() !== wanted.join()) faults.push(`biên nhận thiếu đơn vị nhận / recipients differ: ${letter.id}`);
    if (answer !== undefined && !receipts.some(({ xml }) => xml === answer.xml))
      faults.push(`biên nhận không có trong danh sách: ${letter.id}`);
  }
  for (const kind of ['accepted', 'rejected', 'delivered', 'failed', 'expired']) {
    if (!receipts.some(({ view }) => view.kind === kind)) faults.push(`không có biên nhận / no receipt: ${kind}`);
  }
  return faults;
}

/** Has a gateway add up its ledger; returns what is wrong. */
export async function readLedger({ gateway }: Pick<Stage, 'gateway'>, tell: (text: string) => void): Promise<string[]> {
  try {
    const { unaccounted, checkedPackages, chain } = JSON.parse(await gateway.command('ledger', '--json')) as Ledger;
    tell(`  $ lienthong ledger: ${checkedPackages} gói tin, ${chain.links} sự kiện, ${unaccounted} không rõ / unaccounted`);
    return unaccounted === 0 ? [] : ['sổ cái không khớp / the ledger does not add up'];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
