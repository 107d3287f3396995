import { examine, found, LARGE_PDF, nothing, PDF, refused, UUID, warned, ZIP_TYPE } from '../../support/attachments.ts';
import { sha256 } from '../../support/byte-streams.ts';
import type { EntryToPack } from '../../support/zip-files.ts';
import { zipOf } from '../../support/zip-files.ts';

const one = (entry: Partial<EntryToPack> = {}) => zipOf([{ name: `${UUID}.pdf`, content: PDF, ...entry }]);
const zipped = async (body: Buffer, limits?: { ratio: number; fileBytes: number }) =>
  found(await examine(body, { type: ZIP_TYPE }, limits));

describe('the one-entry ZIP form', () => {
  it.each<[string, Partial<EntryToPack>]>([
    ['with sizes behind the content', {}],
    ['with sizes before it', { flags: 0x800 }],
    ['stored', { stored: true, flags: 0 }],
    ['with an extension in capitals', { name: `${UUID}.PDF` }],
  ])('is unpacked once, %s', async (_, entry) => {
    const body = one(entry);
    const { attachment, ...rest } = await examine(body, { type: ZIP_TYPE });
    expect(found(rest)).toEqual(nothing);
    expect(attachment).toMatchObject({ form: 'zip', sniffedType: 'application/pdf', size: body.length, sha256: sha256(body) });
    expect(attachment).toMatchObject({ fileSize: PDF.length, fileSha256: sha256(PDF) });
  });

  it('is recognised whatever it is declared as, with a warning', async () => {
    const examined = await examine(one());
    expect(found(examined)).toEqual(warned('TYPE_MISMATCH'));
    expect(examined.attachment).toMatchObject({ form: 'zip', declaredType: 'application/pdf', sniffedType: 'application/pdf' });
  });

  it('is something else with another name or another entry: a plain file', async () => {
    for (const name of ['van-ban.pdf', `${UUID}.doc`, UUID]) expect((await examine(one({ name }))).attachment?.form).toBe('plain');
    const two = zipOf([
      { name: `${UUID}.pdf`, content: PDF },
      { name: 'b.pdf', content: PDF },
    ]);
    expect((await examine(two)).attachment).toMatchObject({ form: 'plain', sniffedType: ZIP_TYPE });
  });

  it('has its content checked too', async () => {
    expect(await zipped(one({ content: Buffer.from('rubbish, 17 bytes') }))).toEqual(warned('TYPE_MISMATCH'));
  });

  it.each<[string, string, Buffer]>([
    ['a wrong CRC-32', 'ZIP_CHECKSUM', one({ stated: { crc: 1 } })],
    ['a wrong size', 'ZIP_CHECKSUM', one({ stated: { size: 3 } })],
    ['a content cut short', 'ZIP_MALFORMED', one({ stated: { packedSize: 5 } })],
    ['a content that reaches into the directory', 'ZIP_MALFORMED', one({ stated: { packedSize: 5000 } })],
    ['bytes hidden behind its content', 'ZIP_MALFORMED', one({ hidden: Buffer.alloc(300) })],
    ['bytes hidden behind a large content', 'ZIP_MALFORMED', one({ content: LARGE_PDF, hidden: Buffer.alloc(300_000) })],
    ['a large content cut short', 'ZIP_MALFORMED', one({ content: LARGE_PDF, stated: { packedSize: 100_000 } })],
    ['a wrong CRC-32 of a large content', 'ZIP_CHECKSUM', one({ content: LARGE_PDF, stated: { crc: 1 } })],
    ['bytes hidden behind its sizes', 'ZIP_MALFORMED', one({ gap: Buffer.alloc(3) })],
    ['a password', 'ZIP_UNSUPPORTED', one({ flags: 0x809 })],
    ['another packing method', 'ZIP_UNSUPPORTED', one({ stated: { method: 93 } })],
    ['sizes of ZIP64', 'ZIP_UNSUPPORTED', one({ stated: { size: 0xffffffff } })],
    ['bytes before it', 'ZIP_EXPECTED', Buffer.concat([Buffer.from('#!'), one()])],
    ['its end missing', 'ZIP_MALFORMED', one().subarray(0, -4)],
    ['only its first half', 'ZIP_MALFORMED', one().subarray(0, 80)],
    ['another name in its header', 'ZIP_MALFORMED', one({ headerName: 'b.pdf' })],
  ])('is refused with %s', async (_, code, body) => expect(await zipped(body)).toEqual(refused(code)));

  it('is refused when damaged also under another declared type', async () => {
    expect(found(await examine(one().subarray(0, -4)))).toEqual(refused('ZIP_MALFORMED'));
    expect(found(await examine(one({ flags: 0x809 })))).toEqual(refused('ZIP_UNSUPPORTED'));
  });

  it('does not unpack a bomb, whether it admits to being one or not', async () => {
    const zeros = Buffer.alloc(20 << 20);
    expect(await zipped(one({ content: zeros }))).toEqual(refused('ZIP_BOMB'));
    expect(await zipped(one({ content: zeros, stated: { size: 1000 } }))).toEqual(refused('ZIP_BOMB'));
    expect(await zipped(one({ content: Buffer.alloc(70 << 20), stated: { size: 1000 } }))).toEqual(refused('ZIP_BOMB'));
    expect(await zipped(one({ content: zeros }), { ratio: 2000, fileBytes: 10 << 20 })).toEqual(refused('ZIP_BOMB'));
    expect(await zipped(one({ content: Buffer.alloc(500_000) }))).toEqual(warned('TYPE_MISMATCH'));
  });

  it('is a plain file when it has many entries, however large its directory is', async () => {
    const entries = Array.from({ length: 2500 }, (_, i) => ({
      name: `thư mục/tệp ${i}.txt`,
      content: Buffer.from(`${i}`),
      flags: i % 2 === 0 ? 0x800 : 0x808,
    }));
    const { attachment, ...rest } = await examine(zipOf(entries, 'a comment'), { name: 'ho-so.zip', type: ZIP_TYPE });
    expect([found(rest), attachment?.form]).toEqual([nothing, 'plain']);
  });
});

describe('a ZIP that other programs would unpack blindly', () => {
  const zip = (...entries: EntryToPack[]) => examine(zipOf(entries), { name: 'a.zip', type: ZIP_TYPE });
  const good = { name: 'a.txt', content: PDF };

  it.each(['../a.txt', 'a/../../b', '/etc/passwd', 'C:\\a', 'c:a', 'a\\b', 'a\0b', 'a\nb', '..', ''])(
    'is refused with the entry name %j',
    async (name) => {
      expect(found(await zip(good, { name, content: PDF }))).toEqual(refused('ZIP_ENTRY_NAME'));
    },
  );

  it('is refused when only the entry itself, or its Unicode Path field, has that name', async () => {
    expect(found(await zip({ ...good, headerName: '../b' }))).toEqual(refused('ZIP_ENTRY_NAME'));
    const field = Buffer.concat([Buffer.from([0x75, 0x70, 9, 0, 1, 0, 0, 0, 0]), Buffer.from('../b')]);
    expect(found(await zip({ ...good, extra: field }))).toEqual(refused('ZIP_ENTRY_NAME'));
  });

  it('is refused with a symbolic link', async () => {
    expect(found(await zip({ ...good, unixMode: 0o120777 }))).toEqual(refused('ZIP_ENTRY_NAME'));
  });

  it('is refused with an entry that its directory does not list', async () => {
    const inside = zipOf([{ name: '../evil', content: PDF }]).subarray(0, 60);
    expect(found(await zip({ ...good, gap: inside }))).toEqual(refused('ZIP_MALFORMED'));
    expect(found(await zip({ ...good, hidden: inside }))).toEqual(refused('ZIP_MALFORMED'));
  });

  it('is refused when entries overlap or there is none', async () => {
    const overlapping = zipOf([good, good]);
    overlapping.writeUInt32LE(0, overlapping.lastIndexOf('PK\x01\x02', undefined, 'latin1') + 42);
    expect(found(await examine(overlapping, { name: 'a.zip', type: ZIP_TYPE }))).toEqual(refused('ZIP_MALFORMED'));
    expect(found(await zip())).toEqual(refused('ZIP_MALFORMED'));
  });

  it('is refused when all entries together are a bomb', async () => {
    const entries = Array.from({ length: 4 }, (_, i) => ({ name: `${i}`, content: Buffer.alloc(1_000_000) }));
    const examined = await examine(zipOf(entries), { name: 'a.zip', type: ZIP_TYPE }, { ratio: 100, fileBytes: 3_500_000 });
    expect(found(examined)).toEqual(refused('ZIP_BOMB'));
  });

  it('may be locked with a password', async () => {
    expect(found(await zip({ ...good, flags: 0x801 }))).toEqual(nothing);
  });

  it('is only warned about when it is not declared as a ZIP: then it is a file like any other', async () => {
    const examined = await examine(zipOf([{ name: '../a', content: PDF }]), { name: 'a.bin', type: 'application/octet-stream' });
    expect(found(examined)).toEqual(warned('ZIP_ENTRY_NAME'));
    const broken = await examine(zipOf([good]).subarray(0, -3), { name: 'a.bin', type: 'application/octet-stream' });
    expect([found(broken), broken.attachment?.form]).toEqual([warned('ZIP_MALFORMED'), 'plain']);
  });
});
