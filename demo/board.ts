import { displayWidth, table } from '../src/cli/table.ts';
import { receiptWord, stateWord } from '../src/cli/words.ts';
import type { OperatorDelivery, PackageLine } from '../src/client/client.ts';
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

/** What a board shows of what was seen. */
export interface Sheet<S> {
  readonly columns: Parameters<typeof table>[0];
  /** Without `now` everything that changes by itself is left out. */
  rows(seen: S, now: Date | undefined): string[][];
}

/** The sheet of one gateway: every package and delivery. */
export const deliverySheet = (describe: Describe): Sheet<Snapshot> => ({ columns, rows: (seen, now) => rowsOf(seen, describe, now) });

/** Shows a sheet: redrawn in place on a terminal, else a new block when something has changed. */
export class Board<S = Snapshot> {
  readonly #out: NodeJS.WriteStream;
  readonly #sheet: Sheet<S>;
  /** Lines of the table that stand on the terminal, to be drawn over. */
  #drawn = 0;
  #text = '';
  #essence = '';
  #shown = { essence: '', at: 0 };

  constructor(out: NodeJS.WriteStream, sheet: Sheet<S>) {
    this.#out = out;
    this.#sheet = sheet;
  }

  /** Says something above the table. */
  say(text: string): void {
    this.#write(`${text}\n`);
  }

  readonly show = (seen: S): void => {
    const rows = this.#sheet.rows(seen, new Date());
    this.#text = rows.length === 0 ? '' : table(this.#sheet.columns, rows);
    this.#essence = JSON.stringify(this.#sheet.rows(seen, undefined));
    if (this.#out.isTTY) this.#write('');
    else if (Date.now() - this.#shown.at > 1000) this.#block();
  };

  /** Shows the last state and leaves it where it is. */
  end(): void {
    if (!this.#out.isTTY) this.#block();
    this.#drawn = 0;
    this.#text = '';
  }

  #block(): void {
    if (this.#essence === this.#shown.essence || this.#text === '') return;
    this.#shown = { essence: this.#essence, at: Date.now() };
    this.#out.write(`\n${this.#text}\n`);
  }

  /** On a terminal the table moves down below what is written. One write, so that nothing flickers. */
  #write(text: string): void {
    if (!this.#out.isTTY) {
      this.#out.write(text);
      return;
    }
    const over = this.#drawn > 0 ? `\u001b[${this.#drawn}A\u001b[J` : '';
    const lines =
      this.#text === ''
        ? []
        : this.#text
            .trimEnd()
            .split('\n')
            .slice(0, Math.max(3, this.#out.rows - 2));
    this.#drawn = lines.length;
    this.#out.write(`${over}${text}${lines.map((line) => `${cut(line, this.#out.columns - 1)}\n`).join('')}`);
  }
}

function cut(line: string, width: number): string {
  if (displayWidth(line) <= width) return line;
  return `${[...line].slice(0, Math.max(0, width - 1)).join('')}…`;
}

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
  return [
    name,
    shortName(one.sender),
    shortName(delivery.recipient),
    urgency,
    stateWord(delivery.state),
    attempts,
    age,
    note(delivery, now),
  ];
}

function ageOf({ state, createdAt, changedAt }: OperatorDelivery, now: Date): string {
  const end = state === 'waiting' || state === 'held' ? now : new Date(changedAt);
  return `${(Math.max(0, end.getTime() - Date.parse(createdAt)) / 1000).toFixed(1).replace('.', ',')} s`;
}

function note(delivery: OperatorDelivery, now: Date | undefined): string {
  const { state, attempts, tries, channel, fetchedAt, problem } = delivery;
  if (problem !== undefined) return cut(problem.vi, 80);
  if (state === 'waiting' && channel === 'inbox') return fetchedAt === undefined ? 'chờ đơn vị đến lấy' : 'đã tải, chờ xác nhận';
  if (state === 'waiting' && attempts > 0) return whenAgain(delivery, now);
  return state === 'delivered' && attempts > tries ? 'sau khi chuyển lại' : '';
}

function whenAgain({ dueAt }: OperatorDelivery, now: Date | undefined): string {
  if (now === undefined || dueAt === undefined) return 'sẽ thử lại';
  const wait = (Date.parse(dueAt) - now.getTime()) / 1000;
  // Due, and still not tried: the recipient's breaker is open, so attempts are not wasted on it.
  return wait < -0.5 ? 'tạm ngắt, chờ đơn vị nhận kết nối lại' : `thử lại sau ${Math.max(0, wait).toFixed(1).replace('.', ',')} s`;
}
