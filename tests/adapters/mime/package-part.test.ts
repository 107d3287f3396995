import { packagePart } from '../../../src/adapters/mime/multipart.ts';
import { collect, inChunks } from '../../support/byte-streams.ts';
import { FORM, form, part, RELATED, refusal } from '../../support/multipart-bodies.ts';

const send = async (text: string, contentType = FORM, sizes: readonly number[] = [5]) =>
  (await collect(packagePart(inChunks(Buffer.from(text), sizes), contentType))).toString();

describe('the package in a multipart body', () => {
  it.each(['package', 'file', 'edocFile'])('is the part named %s', async (name) => {
    expect(await send(`${form('empty', '')}${form(name, '<edXML/>')}--b--`)).toBe('<edXML/>');
  });

  it('is the part with a file name, whatever its name', async () => {
    expect(await send(`${form('x', '<edXML/>', '; filename="a.edxml"')}--b--`)).toBe('<edXML/>');
  });

  it('is the root part of multipart/related: the first, or the one that start names', async () => {
    expect(await send(`${part('Content-ID: <r>', 'one')}${part('A: b', '')}--b--`, RELATED)).toBe('one');
    expect(await send(`${part('A: b', '')}${part('Content-ID: <r@x>', 'two')}--b--`, `${RELATED}; start="<r@x>"`)).toBe('two');
  });

  it('stands alone', async () => {
    const extra = (text: string, type?: string) => refusal(send(text, type));
    expect(await extra(`${form('package', 'one')}${form('note', 'x')}--b--`)).toBe('MULTIPART_EXTRA_PART: note');
    expect(await extra(`${form('note', 'x')}${form('package', 'one')}--b--`)).toBe('MULTIPART_EXTRA_PART: note');
    expect(await extra(`${form('package', 'one')}${form('file', 'two')}--b--`)).toBe('MULTIPART_EXTRA_PART: file');
    expect(await extra(`${part('A: b', 'one')}${part('Content-ID: <att>', 'x')}--b--`, RELATED)).toBe('MULTIPART_EXTRA_PART: att');
    expect(await extra(`${part('Content-ID: <r>', 'one')}--b--`, `${RELATED}; start="<R>"`)).toBe('MULTIPART_EXTRA_PART: r');
  });

  it('has to be there', async () => {
    expect(await refusal(send('--b--'))).toBe('MULTIPART_NO_PACKAGE');
    expect(await refusal(send(`${form('package', '')}--b--`))).toBe('MULTIPART_NO_PACKAGE');
  });

  it('gives the stream back when its reader stops', async () => {
    let closed = false;
    const body = async function* () {
      try {
        for (;;) yield Buffer.from(form('package', 'x'.repeat(100)));
      } finally {
        closed = true;
      }
    };
    for await (const chunk of packagePart(body(), FORM)) if (chunk.length > 0) break;
    expect(closed).toBe(true);
  });
});
