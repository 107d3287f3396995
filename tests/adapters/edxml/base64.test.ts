import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { decodeBase64 } from '../../../src/adapters/edxml/base64.ts';
import { Rejection } from '../../../src/routing/problem.ts';
import { base64Text, collect, inChunks } from '../../support/byte-streams.ts';

async function decode(text: string, sizes: readonly number[] = [65536]): Promise<Buffer> {
  return collect(decodeBase64(inChunks(Buffer.from(text), sizes)));
}

async function refusalOf(text: string, sizes?: readonly number[]): Promise<[string | undefined, unknown]> {
  const error = await decode(text, sizes).catch((thrown: unknown) => thrown);
  if (!(error instanceof Rejection)) throw new Error('it was accepted');
  return [error.problems[0]?.code, error.problems[0]?.params?.['offset']];
}

const cuts = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 5 });
const space = fc.constantFrom('', ' ', '\n', '\r\n', '\t', ' \r\n\t ');

describe('base64', () => {
  it('decodes what Buffer encodes, with white space anywhere, however it is cut', async () => {
    const spaced = fc.array(space, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), spaced, cuts, async (bytes, spaces, sizes) => {
        const characters = [...Buffer.from(bytes).toString('base64')];
        const text = characters.map((character, i) => character + (spaces[i % spaces.length] ?? '')).join('');
        expect((await decode((spaces[0] ?? '') + text, sizes)).equals(Buffer.from(bytes))).toBe(true);
      }),
    );
  });

  it('refuses a text with one strange character and says where', async () => {
    const strange = fc.constantFrom('-', '_', '.', '\0', '\v', '*', 'Α', '０');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 8, max: 400 }), fc.nat(), strange, cuts, async (length, where, character, sizes) => {
        const text = base64Text(length * 4);
        const at = where % text.length;
        expect(await refusalOf(text.slice(0, at) + character + text.slice(at), sizes)).toEqual(['ATTACHMENT_BASE64', at]);
      }),
    );
  });

  it('finds the strange character in texts of many slices, with line breaks and without', async () => {
    for (const lined of [false, true]) {
      const text = lined ? base64Text(200_000).replace(/.{76}/g, '$&\r\n') : base64Text(200_000);
      for (const at of [0, 32_767, 32_768, 65_536, 131_071, text.length]) {
        expect(await refusalOf(`${text.slice(0, at)}!${text.slice(at)}`, [50_001])).toEqual(['ATTACHMENT_BASE64', at]);
      }
    }
  });

  it.each(['QQ', 'QQ=', 'QUI', 'Q', 'Q===', 'QQ===', 'QUJD=', '=', '====', 'QQ==QQ==', 'QQ=Q', 'QQ== Q', 'QR==', 'QUJ=', 'QUF='])(
    'refuses the padding of %s',
    async (text) => {
      for (const sizes of [[1], [3], [100]]) expect((await refusalOf(text, sizes))[0]).toBe('ATTACHMENT_BASE64_PADDING');
    },
  );

  it.each([4095, 4096, 8193, 16_384, 32_767, 32_768, 65_537, 262_144, 1_048_577])('is exact for %i bytes in large chunks', async (size) => {
    const bytes = randomBytes(size);
    for (const cut of [24_575, 32_768, 65_536, 262_145]) expect((await decode(bytes.toString('base64'), [cut])).equals(bytes)).toBe(true);
  });
});
