import fc from 'fast-check';
import { diag } from 'libxml2-wasm';
import { defaultLimits } from '../../../src/adapters/edxml/limits.ts';
import { withTree } from '../../../src/adapters/edxml/tree.ts';
import { problemText } from '../../../src/routing/problem.ts';
import { buildPackage, buildStatus, pdf } from '../../support/packages.ts';
import { examineBytes } from '../../support/sample-folder.ts';

const seeds = [
  buildPackage(),
  buildPackage({ order: 'clause', prefix: '', action: 'update', attachments: [pdf('a.pdf', { zip: true }), pdf('b.pdf')] }),
  buildStatus(),
];

/** A good package with some bytes changed, taken out, doubled or put elsewhere. */
const spoilt = fc
  .record({
    seed: fc.constantFrom(...seeds),
    cuts: fc.array(
      fc.record({
        at: fc.nat(4000),
        length: fc.nat(60),
        to: fc.nat(4000),
        put: fc.constantFrom('', '<', '>', '"', '&', '\0', '<!--', ']]>', 'é'),
      }),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
  })
  .map(({ seed, cuts }) =>
    cuts.reduce<Buffer>((bytes, { at, length, to, put }) => {
      const piece = bytes.subarray(at, at + length);
      const rest = Buffer.concat([bytes.subarray(0, at), Buffer.from(put), bytes.subarray(at + length)]);
      return to % 2 === 0 ? rest : Buffer.concat([rest.subarray(0, to), piece, rest.subarray(to)]);
    }, seed),
  );

describe('examine', () => {
  it('has an answer for everything: a message or reasons, never a throw', async () => {
    await fc.assert(
      fc.asyncProperty(spoilt, async (bytes) => {
        const examined = await examineBytes(bytes);
        expect(examined.message === undefined).toBe(examined.problems.length > 0);
        expect(structuredClone(examined)).toEqual(examined);
        for (const problem of [...examined.problems, ...examined.warnings]) expect(problemText(problem).vi).not.toMatch(/\{\w+\}/);
      }),
      { numRuns: 300 },
    );
  });

  it('reads the same from every order and prefix', async () => {
    const messages = await Promise.all(
      [{}, { order: 'clause' as const }, { prefix: 'x' }, { prefix: '', order: 'clause' as const }].map(
        async (spec) => (await examineBytes(buildPackage(spec))).message,
      ),
    );
    for (const message of messages) expect(message).toEqual(messages[0]);
  });

  it('tells at most as many problems as asked for, the first of the file', async () => {
    const to = Array.from({ length: 300 }, (_, i) => ({ code: `sai-${i}`, name: 'UBND xã' }));
    const { problems } = await examineBytes(buildPackage({ to }), { problems: 5 });
    expect(problems.map((problem) => problem.params?.['value'])).toEqual(['sai-0', 'sai-1', 'sai-2', 'sai-3', 'sai-4']);
  });

  it('measures days in Viet Nam, where a day begins seven hours early', async () => {
    const at = (now: string) => examineBytes(buildPackage({ promulgationDate: '2026/03/02', dueDate: '' }), { now });
    expect((await at('2026-03-01T17:00:00Z')).warnings).toEqual([]);
    expect((await at('2026-03-01T16:59:59Z')).warnings.map((warning) => warning.code)).toEqual(['PROMULGATION_TOMORROW']);
    expect((await at('2026-02-28T16:59:59Z')).problems.map((problem) => problem.code)).toEqual(['PROMULGATION_IN_FUTURE']);
  });
});

describe('the tree', () => {
  const lifted = { text: seeds[0] as Buffer };

  it('is freed whatever happens', async () => {
    diag.configure({ enabled: true });
    try {
      withTree(lifted, defaultLimits, () => 1);
      expect(() =>
        withTree(lifted, defaultLimits, () => {
          throw new Error('on purpose');
        }),
      ).toThrow('on purpose');
      withTree({ text: Buffer.from('<a><b></a>') }, defaultLimits, () => 1);
      withTree({ text: Buffer.from('<other/>') }, defaultLimits, () => 1);
      for (const seed of seeds) await examineBytes(seed);
      expect(diag.report()).toEqual({});
    } finally {
      diag.configure({ enabled: false });
    }
  });
});
