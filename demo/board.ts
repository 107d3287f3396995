import type { OperatorDelivery, PackageLine } from '../src/client/client.ts';
import { displayWidth, table } from '../src/cli/table.ts';
import { receiptWord, stateWord } from '../src/cli/words.ts';
import { shortName } from './cast.ts';
import type { Snapshot } from './monitor.ts';

/** What the demo knows of the package with these bytes: its number, and why it was rejected. */
export type Describe = (sha256: string) => { readonly name?: string; readonly rejected?: string };

const urgencies = ['thường', 'khẩn', 'thượng khẩn', 'hỏa tốc', 'hẹn giờ'];

const columns = [
  { vi: 'Gói tin', en: 'Package' },
  { vi: 'Đơn vị gửi', en: 'From' },
  { vi: 'Đơn vị nhận', en: 'To' },
  { vi: 'Độ khẩn', en: 'Urgency' },
  { vi: 'Trạng thái', en: 'State' },
  { vi: 'Số lần', en: 'Attempts', right: true },
  { vi: 'Tuổi', en: 'Age', right: true },
  { vi: 'Ghi chú', en: 'Note' },
];

/** Shows every package and delivery: redrawn in place on a terminal, else a new block whenever something has changed. */
export class Board {
  readonly #out: NodeJS.WriteStream;
  readonly #describe: Describe;
  #drawn = 0;
  #shown = '';
  #last: string | undefined;

  constructor(out: NodeJS.WriteStream, describe: Describe) {
    this.#out = out;
    this.#describe = describe;
  }

  /** Says something above the table. */
  say(text: string): void {
    this.#clear();
    this.#out.write(`${text}\n`);
    if (this.#out.isTTY && this.#last !== undefined) this.#draw(this.#last);
  }

  readonly show = (snapshot: Snapshot): void => {
    const text = table(columns, rowsOf(snapshot, this.#describe, new Date()));
    const essence = JSON.stringify(rowsOf(snapshot, this.#describe, undefined));
    const isNews = essence !== this.#shown;
    this.#shown = essence;
    this.#last = text;
    if (this.#out.isTTY) {
      this.#clear();
      this.#draw(text);
    } else if (isNews && snapshot.packages.length > 0) {
      this.#out.write(`\n${text}`);
    }
  };

  /** Leaves the table where it is. */
  end(): void {
    this.#drawn = 0;
    this.#last = undefined;
  }

  #draw(text: string): void {
    const lines = text.split('\n').slice(0, Math.max(3, this.#out.rows - 2));
    this.#out.write(`${lines.map((line) => cut(line, this.#out.columns - 1)).join('\n')}\n`);
    this.#drawn = lines.length;
  }

  #clear(): void {
    if (this.#out.isTTY && this.#drawn > 0) this.#out.write(`\u001b[${this.#drawn}A\u001b[J`);
    this.#drawn = 0;
  }
}

function cut(line: string, width: number): string {
  if (displayWidth(line) <= width) return line;
  return `${[...line].slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** Without `now` everything that changes by itself is left out. */
function rowsOf({ packages, deliveries }: Snapshot, describe: Describe, now: Date | undefined): string[][] {
  return packages.flatMap((one) => {
    const { name = one.reference ?? one.id, rejected = '' } = describe(one.sha256);
    const own = deliveries.filter((delivery) => delivery.package === one.id);
    if (!one.accepted) return [[name, shortName(one.sender), '', '', receiptWord('rejected'), '', '', rejected]];
    return own.map((delivery) => deliveryRow(one, name, delivery, now));
  });
}

function deliveryRow(one: PackageLine, name: string, delivery: OperatorDelivery, now: Date | undefined): string[] {
  const urgency = one.kind === 'status' ? 'trạng thái' : (urgencies[delivery.urgency] ?? '');
  const age = now === undefined ? '' : ageOf(delivery, now);
  const attempts = String(delivery.attempts);
  return [name, shortName(one.sender), shortName(delivery.recipient), urgency, stateWord(delivery.state), attempts, age, note(delivery, now)];
}

function ageOf({ state, createdAt, changedAt }: OperatorDelivery, now: Date): string {
  const end = state === 'waiting' || state === 'held' ? now : new Date(changedAt);
  return `${(Math.max(0, end.getTime() - Date.parse(createdAt)) / 1000).toFixed(1).replace('.', ',')} s`;
}

function note({ state, attempts, tries, channel, dueAt, fetchedAt, problem }: OperatorDelivery, now: Date | undefined): string {
  if (problem !== undefined) return problem.vi;
  if (state === 'waiting' && channel === 'inbox') return fetchedAt === undefined ? 'chờ đơn vị đến lấy' : 'đã tải, chờ xác nhận';
  if (state === 'waiting' && attempts > 0) {
    const wait = now === undefined || dueAt === undefined ? 0 : Math.max(0, Date.parse(dueAt) - now.getTime()) / 1000;
    return now === undefined ? 'sẽ thử lại' : `thử lại sau ${wait.toFixed(1).replace('.', ',')} s`;
  }
  return state === 'delivered' && attempts > tries ? 'sau khi chuyển lại' : '';
}
