import { declaredOnRoot } from '../../../src/adapters/edxml/prefixes.ts';
import { buildPackage, pdf } from '../../support/packages.ts';
import { examineBytes } from '../../support/sample-folder.ts';

/** A package as the official samples are: its attachments in a prefix that is declared inside the envelope alone. */
function likeTheSamples(more: (text: string) => string = (text) => text): Buffer {
  const text = buildPackage({ attachments: [pdf('a.pdf')] })
    .toString()
    .replaceAll('<AttachmentEncoded>', '<edXML:AttachmentEncoded>')
    .replaceAll('</AttachmentEncoded>', '</edXML:AttachmentEncoded>')
    .replace('<edXML:Reference>', '<edXML:Reference xlink:href="">');
  return Buffer.from(more(text));
}

const mended = (bytes: Buffer) => examineBytes(bytes, { repairsPrefixes: true });
const codes = (problems: readonly { readonly code: string }[]) => problems.map(({ code }) => code);

describe('undeclared prefixes', () => {
  it('are mended only where that is allowed, and never without a word', async () => {
    const bytes = likeTheSamples();
    expect(codes((await examineBytes(bytes)).problems)).toEqual(['PREFIX_XLINK_UNDECLARED', 'PREFIX_EDXML_UNDECLARED']);
    const { problems, warnings, message } = await mended(bytes);
    expect(problems).toEqual([]);
    const found = warnings.filter(({ code }) => code === 'PREFIX_REPAIRED');
    expect(found.map(({ params }) => params?.['prefix'])).toEqual(['xlink', 'edXML']);
    expect(found.every(({ line = 0 }) => line > 1)).toBe(true);
    expect(message).toEqual((await examineBytes(buildPackage({ attachments: [pdf('a.pdf')] }))).message);
  });

  it('are mended in exactly these two spellings', async () => {
    for (const prefix of ['edxml', 'EDXML', 'ns0', 'xlinks', 'xsi']) {
      const bytes = likeTheSamples((text) => text.replaceAll(/(<\/?)edXML:AttachmentEncoded/g, `$1${prefix}:AttachmentEncoded`));
      const { problems } = await mended(bytes);
      expect(problems.length).toBeGreaterThan(0);
      expect(codes(problems)).not.toContain('PREFIX_REPAIRED');
    }
  });

  it.each([
    ['something else is wrong with the XML', (text: string) => text.replace('</edXML:Subject>', '')],
    ['the root is another element', (text: string) => text.replace('<edXML xmlns=', '<other xmlns=').replace(/<\/edXML>\s*$/, '</other>')],
    ['there is a DOCTYPE', (text: string) => text.replace('<edXML xmlns=', '<!DOCTYPE edXML>\n<edXML xmlns=')],
    ['the prefix means something else', (text: string) => text.replace(/xmlns:edXML="[^"]*"/, 'xmlns:edXML="urn:x"')],
  ])('do not help when %s', async (_, spoil) => {
    const { problems, message } = await mended(likeTheSamples(spoil));
    expect(problems.length).toBeGreaterThan(0);
    expect(message).toBeUndefined();
  });

  it('are declared on the root, wherever it stands, without moving a line', () => {
    for (const start of ['', '\u00ef\u00bb\u00bf', '<?xml version="1.0"?>\n', '<?xml version="1.0"?>\n<!-- <a> - --><?p <b> ? ?>\n']) {
      const text = Buffer.from(`${start}<x:edXML a="1"><b/></x:edXML>`, 'latin1');
      const made = declaredOnRoot(text, ['xlink'])?.toString('latin1');
      expect(made).toBe(`${start}<x:edXML xmlns:xlink="http://www.w3.org/1999/xlink" a="1"><b/></x:edXML>`);
    }
    expect(declaredOnRoot(Buffer.from('text'), ['xlink'])).toBeNull();
    expect(declaredOnRoot(Buffer.from('<!-- <a>'), ['xlink'])).toBeNull();
  });

  it('leave a signature without any worth', async () => {
    const { signature } = await mended(
      likeTheSamples((text) => text.replace('</edXML:edXMLHeader>', `${emptySignature}</edXML:edXMLHeader>`)),
    );
    expect(signature).toMatchObject({ state: 'absent', because: { code: 'SIGNATURE_OVER_REPAIRED' } });
    expect((await mended(likeTheSamples())).signature).toEqual({ state: 'absent' });
  });
});

const emptySignature = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/><SignatureValue/></Signature>';
