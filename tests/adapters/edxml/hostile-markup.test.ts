import { buildPackage } from '../../support/packages.ts';
import { examineBytes } from '../../support/sample-folder.ts';
import { signatureTemplate } from '../../support/signed-packages.ts';

const good = buildPackage().toString();
const atEnd = '</edXML:MessageHeader>';

function withMarkup(before: string, added: string): string {
  if (!good.includes(before)) throw new Error(`not in the package: ${before}`);
  return good.replace(before, () => added + before);
}

/** Codes of the problems, found within a time and told in few bytes. */
async function answerTo(text: string): Promise<string[]> {
  const start = performance.now();
  const { problems } = await examineBytes(Buffer.from(text));
  expect(performance.now() - start).toBeLessThan(5000);
  expect(JSON.stringify(problems).length).toBeLessThan(100_000);
  return [...new Set(problems.map(({ code }) => code))];
}

describe('markup that would take a reader’s time or memory', () => {
  it('a namespace of megabytes, which the parser repeats for every element in it', async () => {
    const text = `<x:a xmlns:x="urn:${'a'.repeat(3_000_000)}">${'<x:b/>'.repeat(300)}</x:a>`;
    expect(await answerTo(withMarkup(atEnd, text))).toEqual(['TAG_TOO_LONG']);
  });

  it('names of 40,000 bytes, nested, which would stand in the place of every problem', async () => {
    const name = 'n'.repeat(40_000);
    const nested = `<x:${name} xmlns:x="urn:x">`.repeat(40) + '<edXML:From/>'.repeat(100) + `</x:${name}>`.repeat(40);
    expect(await answerTo(withMarkup(atEnd, nested))).toEqual(['NAME_TOO_LONG']);
  });

  it('a name of 256 bytes is no such name, one of 257 is', async () => {
    const named = (length: number) => withMarkup(atEnd, `<x:${'n'.repeat(length - 2)} xmlns:x="urn:x"/>`);
    expect(await answerTo(named(256))).toEqual([]);
    expect(await answerTo(named(257))).toEqual(['NAME_TOO_LONG']);
  });

  it.each(['<!---->', '<![CDATA[a]]>'])('a text in half a million pieces: %s', async (piece) => {
    expect(await answerTo(withMarkup('</edXML:Subject>', piece.repeat(250_000)))).toEqual(['TEXT_IN_PIECES']);
  });

  it('thousands of namespaces in force at once, which exclusive C14N compares at every element', async () => {
    const declarations = (level: number) => Array.from({ length: 60 }, (_, i) => `xmlns:n${level}-${i}="urn:n"`).join(' ');
    const opened = Array.from({ length: 240 }, (_, level) => `<x:a xmlns:x="urn:x" ${declarations(level)}>`).join('');
    const text = withMarkup(atEnd, `${opened}${'<x:b/>'.repeat(15_000)}${'</x:a>'.repeat(240)}`);
    expect(await answerTo(text.replace('</edXML:edXMLHeader>', `${signatureTemplate()}$&`))).toEqual(['TOO_MANY_NAMESPACES']);
  });

  it('namespaces declared again on every element, side by side, are what some libraries write', async () => {
    const declared = Array.from({ length: 2000 }, (_, i) => `<x${i}:a xmlns:x${i}="urn:${i}"/>`).join('');
    expect(await answerTo(withMarkup(atEnd, declared))).toEqual([]);
  });
});

describe('an XML declaration', () => {
  it.each(['encoding="ISO-8859-1"', 'encoding="UTF-16"', 'version="1.1"'])(
    'with %s far behind its beginning is no way around UTF-8',
    async (said) => {
      const declaration = `<?xml version="1.0" ${' '.repeat(300)}${said}?>`;
      expect(await answerTo(good.replace(/^<\?xml[^>]*\?>/, declaration))).toEqual(['NOT_XML']);
    },
  );
});

describe('an answer', () => {
  it('holds no megabytes of what was sent', async () => {
    expect(await answerTo(good.replace('000.00.12.H61', 'A.b-'.repeat(500_000)))).toEqual(['ORGAN_ID_FORM']);
  });

  it.each(['A.b-', 'AAAA'])('names no sender that can’t be one: %s', async (piece) => {
    const examined = await examineBytes(Buffer.from(good.replace('000.00.12.H61', piece.repeat(5000))));
    expect(examined.problems).not.toEqual([]);
    expect(examined.claimedSender).toBeUndefined();
  });

  it('takes no sign for a letter that only looks like one: K of Kelvin', async () => {
    expect(await answerTo(good.replace('000.00.12.H61', '000.00.12.\u212a61'))).toContain('ORGAN_ID_FORM');
  });
});
