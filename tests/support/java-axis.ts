import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const built = process.env['LIENTHONG_JAVA_AXIS'] ?? join(homedir(), '.cache', 'lienthong', 'java-axis');

/** Whether the Java client was built (tests/support/prepare-java.sh). */
export const hasJavaAxis = existsSync(join(built, 'stamp'));

/** What a caller of the library gets: an object, whose fields may be missing, or null. */
export type Seen = Record<string, unknown> | null;

/** What one call is given beside its values: the file of sendEdoc, the body of registerAgency. */
export interface More {
  readonly file?: string;
  readonly body?: string;
}

/** A service object in a Java process of its own. */
export class JavaAxis {
  readonly #process: ChildProcess;
  readonly #waiting: ((seen: Seen) => void)[] = [];

  constructor(endpoint: string, { id, secret }: { readonly id: string; readonly secret: string }) {
    const path = `${join(built, 'java-axis.jar')}:${join(built, 'lib', '*')}`;
    const env = { ...process.env, TZ: 'Asia/Ho_Chi_Minh' };
    this.#process = spawn('java', ['-cp', path, 'AxisSystem', endpoint, id, secret], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#process.stdout === null) throw new Error('no output');
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.#waiting.shift()?.(JSON.parse(line) as Seen));
  }

  call(op: string, json: Readonly<Record<string, unknown>> = {}, more: More = {}): Promise<Seen> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#process.stdin?.write(`${JSON.stringify({ op, json, ...more })}\n`);
    });
  }

  close(): void {
    this.#process.kill();
  }
}
