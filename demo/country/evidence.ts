import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { attachmentFile, attachmentSources } from '../../src/adapters/edxml/attachment-files.ts';
import { liftFile } from '../../src/adapters/edxml/lift.ts';
import { defaultLimits } from '../../src/adapters/edxml/limits.ts';
import { verifyReceipt } from '../../src/adapters/edxml/second-verifier.ts';
import type { Arrival } from '../arrivals.ts';
import { cast } from '../cast.ts';
import type { Prepared } from '../compose.ts';
import { referenceOf } from '../compose.ts';
import type { Evidence } from '../evidence.ts';
import { readLedger, receiptsOf } from '../evidence.ts';
import type { Province } from './places.ts';
import { packageOf, type Seen } from './sheet.ts';
import type { CountryStage } from './stage.ts';
import type { Posted } from './story.ts';

type Tell = (text: string) => void;

/** Checks from end to end without believing any of the three: bytes, attachments, copies, receipts, fates, and last their own ledgers. */
export async function examineCountry(stage: CountryStage, posted: Posted, tell: Tell): Promise<Evidence> {
  const { home, away, arrivals } = stage;
  const prepared = [...stage.prepared.values()];
  const receipts = await Promise.all([home, away].map(receiptFaults));
  const carried = prepared.flatMap((one) => carriedFaults(one, stage.seen()));
  tell(`  ${prepared.length - carried.length}/${prepared.length} gói tin trên trục đúng từng byte với bản đã ký / as signed on the axis`);
  const expected = prepared.flatMap((one) => wanted(one).map((to) => ({ one, to })));
  const found = expected.map(({ one, to }) =>
    arrivals.taken.filter((arrival) => arrival.agency === to && isOf(arrival, one, stage.seen())),
  );
  const lost = expected.filter((_, at) => found[at]?.length === 0);
  const doubled = expected.filter((_, at) => (found[at]?.length ?? 0) > 1);
  const compared = await Promise.all(
    expected.map(({ one }, at) => Promise.all((found[at] ?? []).map((arrival) => alteration(stage, one, arrival)))),
  );
  const altered = compared.flat(2);
  tell(
    `  ${found.flat().length} bản nhận được: tệp đính kèm đúng mã băm với tệp đã gửi / copies whose attachments are those that were sent`,
  );
  const surplus = arrivals.taken.length - found.flat().length;
  const ledgers = await Promise.all([home, stage.axis, away].map((place) => readLedger(place, tell)));
  return {
    packages: posted.size,
    deliveries: expected.length,
    receipts: receipts.reduce((sum, one) => sum + one.verified, 0),
    lost: lost.length,
    doubled: doubled.length + Math.max(0, surplus),
    altered: altered.length + carried.length,
    faults: [
      ...carried,
      ...receipts.flatMap(({ faults }) => faults),
      ...lost.map(({ one, to }) => `chưa đến nơi / lost: ${referenceOf(one.letter)} → ${cast[to].short}`),
      ...doubled.map(({ one, to }) => `nhận hai lần / doubled: ${referenceOf(one.letter)} → ${cast[to].short}`),
      ...(surplus > 0 ? [`${surplus} bản không ai gửi / copies that nobody sent`] : []),
      ...altered,
      ...(arrivals.complaints.length > 0 ? arrivals.complaints : []),
      ...fateFaults(stage.seen()),
      ...ledgers.flat(),
    ],
  };
}

/** Who must have a copy: everybody, but nobody of what was recalled unread, nor of the recall itself. */
function wanted({ letter }: Prepared) {
  return letter.id === 'mistaken' || letter.id === 'recall' ? [] : letter.to;
}

/** What A's sender signed is what the axis got; what stays in the province never went there. */
function carriedFaults(one: Prepared, { axis }: Seen): string[] {
  const sha256 = packageOf(axis, one)?.sha256;
  return sha256 === one.sha256 ? [] : [`khác với bản đã ký / the axis has other bytes: ${referenceOf(one.letter)}`];
}

function isOf(arrival: Arrival, one: Prepared, seen: Seen): boolean {
  return [seen.home, seen.away].some((snapshot) => packageOf(snapshot, one)?.id === arrival.package);
}

/** What is wrong with a copy: its attachments are not the files that were sent. The axis may have written anew what is around them. */
async function alteration({ folder }: CountryStage, { letter }: Prepared, arrival: Arrival): Promise<string[]> {
  if (letter.file === undefined) return [];
  const lifted = await liftFile(arrival.path, { packageBytes: 2 ** 32, textBytes: 2 ** 22 });
  const [source, second] = attachmentSources(lifted, defaultLimits);
  const sent = await digestOfAll(createReadStream(join(folder, 'packages', `${letter.id}.pdf`)));
  const got = source === undefined ? '' : await digestOfAll(attachmentFile(source, { form: 'plain', fileSize: 0 }));
  return got === sent && second === undefined
    ? []
    : [`tệp đính kèm bị đổi / attachment altered: ${referenceOf(letter)}, ${cast[arrival.agency].short}`];
}

async function digestOfAll(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of bytes) hash.update(piece);
  return hash.digest('hex');
}

/** Receipts of a province that do not verify with its own certificate. */
async function receiptFaults({
  clients,
  certificate,
}: Province): Promise<{ readonly verified: number; readonly faults: readonly string[] }> {
  const all = (await Promise.all([...clients.values()].map(receiptsOf))).flat();
  const faults = all.flatMap(({ xml, view }) => {
    const opinion = verifyReceipt(xml, certificate);
    return opinion.valid ? [] : [`biên nhận / receipt ${view.id}: ${opinion.reason}`];
  });
  return { verified: all.length - faults.length, faults };
}

/** Every delivery on the three has ended, well or by the recall. */
function fateFaults({ home, axis, away }: Seen): string[] {
  const open = [home, axis, away].flatMap(({ deliveries }) =>
    deliveries.filter(({ state }) => state !== 'delivered' && state !== 'cancelled'),
  );
  return open.map(({ recipient, state }) => `chưa xong / not at its end: ${recipient} ${state}`);
}
