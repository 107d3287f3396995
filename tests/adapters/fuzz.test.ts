import fc from 'fast-check';
import { examineAttachment } from '../../src/adapters/edxml/attachment.ts';
import { decodeBase64 } from '../../src/adapters/edxml/base64.ts';
import { examine } from '../../src/adapters/edxml/examine.ts';
import { liftBody } from '../../src/adapters/edxml/lift.ts';
import { defaultLimits } from '../../src/adapters/edxml/limits.ts';
import { packagePart } from '../../src/adapters/mime/multipart.ts';
import { Rejection } from '../../src/routing/problem.ts';
import { collect, inChunks } from '../support/byte-streams.ts';
import { often, patience } from '../support/fuzz.ts';
import { oneFileZip } from '../support/one-file-zip.ts';
import { buildPackage } from '../support/packages.ts';

const package_ = buildPackage();
const xmlPieces = [
  '<',
  '>',
  '</',
  '/>',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?',
  '?>',
  '&',
  ';',
  '&#',
  '"',
  "'",
  '=',
  ' ',
  '\0',
  '\r\n',
  'xmlns',
  ':',
  '<!DOCTYPE',
  'edXML:',
  'A'.repeat(17_000),
];
const change = fc.tuple(
  fc.nat(),
  fc.nat(60),
  fc.oneof(
    fc.constantFrom(...xmlPieces),
    fc.string(),
    fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  ),
);
/** Bytes with pieces cut out and others put in. */
const changed = (bytes: Buffer) =>
  fc.array(change, { minLength: 1, maxLength: 6 }).map((changes) =>
    changes.reduce((now, [at, cut, added]) => {
      const place = at % (now.length + 1);
      return Buffer.concat([now.subarray(0, place), Buffer.from(added), now.subarray(place + cut)]);
    }, bytes),
  );
const chunks = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 4 });

/** A refusal is an answer; anything else that is thrown is a fault. */
async function answered<T>(work: Promise<T>): Promise<T | 'refused'> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Rejection) return 'refused';
    throw error;
  }
}

async function lifted(bytes: Buffer, sizes: readonly number[]) {
  const held: Buffer[] = [];
  const openRun = () => {
    const own: Buffer[] = [];
    return {
      write: (chunk: Uint8Array) => void own.push(Buffer.from(chunk)),
      close: async () => {
        held.push(Buffer.concat(own));
        return { path: '', start: 0, length: Buffer.concat(own).length, sha256: '' };
      },
      takeBack: async () => Buffer.concat(own),
    };
  };
  const taken = await liftBody(inChunks(bytes, sizes), openRun, { packageBytes: 1 << 24, textBytes: 1 << 22 });
  return { taken, held };
}

describe('random bytes', () => {
  it(
    'are lifted without losing one of them, however they are cut',
    () =>
      fc.assert(
        fc.asyncProperty(changed(package_), chunks, async (bytes, sizes) => {
          const result = await answered(lifted(bytes, sizes));
          if (result === 'refused') return;
          const { taken, held } = result;
          const pieces: Uint8Array[] = [];
          let done = 0;
          for (const [i, run] of taken.runs.entries()) {
            pieces.push(taken.text.subarray(done, run.at), held[i] as Buffer);
            done = run.at + run.token.length;
          }
          expect(Buffer.concat([...pieces, taken.text.subarray(done)]).equals(bytes)).toBe(true);
        }),
        often() as fc.Parameters<[Buffer, number[]]>,
      ),
    patience,
  );

  it(
    'make the reader answer, never fail',
    () =>
      fc.assert(
        fc.asyncProperty(changed(package_), async (bytes) => {
          const result = await answered(lifted(bytes, [65_536]));
          if (result === 'refused' || result.taken.runs.length > 0) return;
          const examined = await examine(result.taken, { ...defaultLimits, now: '2026-03-02T10:00:00+07:00' });
          const said = examined.problems.flatMap(({ at, params }) => [at, ...Object.values(params ?? {})]);
          expect(said.join('')).not.toContain('\0');
        }),
        often() as fc.Parameters<[Buffer]>,
      ),
    patience,
  );

  it(
    'in a multipart body are a package or a refusal',
    () =>
      fc.assert(
        fc.asyncProperty(
          changed(Buffer.from('--b\r\nContent-Disposition: form-data; name="package"\r\n\r\n<edXML/>\r\n--b--\r\n')),
          chunks,
          async (bytes, sizes) => {
            await answered(collect(packagePart(inChunks(bytes, sizes), 'multipart/form-data; boundary=b')));
          },
        ),
        often() as fc.Parameters<[Buffer, number[]]>,
      ),
    patience,
  );

  it(
    'as base64 are what node makes of them, or a refusal',
    () =>
      fc.assert(
        fc.asyncProperty(fc.oneof(fc.base64String(), changed(Buffer.from('QUJDREVGRw==')).map(String)), chunks, async (text, sizes) => {
          const decoded = await answered(collect(decodeBase64(inChunks(Buffer.from(text), sizes))));
          if (decoded !== 'refused') expect(decoded.equals(Buffer.from(text, 'base64'))).toBe(true);
        }),
        often() as fc.Parameters<[string, number[]]>,
      ),
    patience,
  );

  it(
    'as a ZIP are looked into or refused',
    () =>
      fc.assert(
        fc.asyncProperty(changed(oneFileZip('a.pdf', Buffer.from('%PDF-1.7\n%%EOF\n'))), async (bytes) => {
          const about = { contentId: 'x', name: 'a.pdf', type: 'application/zip', at: '/edXML', line: 1 };
          await answered(examineAttachment(bytes.toString('base64'), about));
        }),
        often() as fc.Parameters<[Buffer]>,
      ),
    patience,
  );
});
