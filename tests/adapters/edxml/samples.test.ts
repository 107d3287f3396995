import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { productRoot } from '../../../src/paths.ts';
import type { Message } from '../../../src/routing/message.ts';
import type { Problem } from '../../../src/routing/problem.ts';
import { problemText } from '../../../src/routing/problem.ts';
import { examineBytes, sampleBytes } from '../../support/sample-folder.ts';

/** expected.json: every problem and warning, no more and no fewer, and what the message says of what matters to the case. */
interface Expected {
  readonly problems?: readonly Partial<Problem>[];
  readonly warnings?: readonly Partial<Problem>[];
  readonly message?: Partial<Message>;
  readonly sender?: string;
  readonly signature?: string;
  readonly origin?: 'agency' | 'axis';
}

const root = join(productRoot, 'tests/samples');
const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());

describe('samples', () => {
  it.each(folders.map(({ name }) => [name.replaceAll('-', ' '), name]))('%s', async (_, name) => {
    const folder = join(root, name);
    const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;
    const examined = await examineBytes(sampleBytes(folder), expected.origin === undefined ? {} : { origin: expected.origin });
    expect(examined.problems).toEqual((expected.problems ?? []).map((problem) => expect.objectContaining(problem)));
    expect(examined.warnings).toEqual((expected.warnings ?? []).map((warning) => expect.objectContaining(warning)));
    expect(examined.message === undefined).toBe(expected.message === undefined);
    if (expected.message !== undefined) expect(examined.message).toMatchObject(expected.message);
    if (expected.sender !== undefined) expect(examined.claimedSender).toBe(expected.sender);
    expect(examined.signature.state).toBe(expected.signature ?? 'absent');
    expect(structuredClone(examined)).toEqual(examined);
    expect([...examined.problems, ...examined.warnings].filter(hasGap)).toEqual([]);
  });
});

/** True when the text of a problem names a value that the problem doesn't bring. */
function hasGap(problem: Problem): boolean {
  const filled = Object.fromEntries(Object.keys(problem.params ?? {}).map((name) => [name, '•']));
  const { vi, en, fixVi, fixEn } = problemText({ ...problem, params: new Proxy(filled, { get: (all, name: string) => all[name] ?? '∅' }) });
  return [vi, en, fixVi, fixEn].some((text) => text.includes('∅'));
}
