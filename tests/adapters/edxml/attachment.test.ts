import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examineAttachment } from '../../../src/adapters/edxml/attachment.ts';
import { examine, found, nothing, PDF, refused, UUID, warned, ZIP_TYPE } from '../../support/attachments.ts';
import { sha256 } from '../../support/byte-streams.ts';
import { zipOf } from '../../support/zip-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'attachment-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('an attachment', () => {
  it('is described by what is in it', async () => {
    const { attachment, ...rest } = await examine(PDF);
    expect(found({ ...rest })).toEqual(nothing);
    expect(attachment).toEqual({
      contentId: 'x',
      name: 'a.pdf',
      declaredType: 'application/pdf',
      sniffedType: 'application/pdf',
      form: 'plain',
      size: PDF.length,
      sha256: sha256(PDF),
      fileSize: PDF.length,
      fileSha256: sha256(PDF),
      unsigned: true,
    });
  });

  const signed = (name: string) => Buffer.concat([PDF, Buffer.alloc(40_000, ' '), Buffer.from(`<< ${name} [0 1 2 3] >>`)]);

  it.each(['/ByteRange', '/#42yte#52#61nge'])('may be signed when %s stands in it, wherever it is cut', async (name) => {
    for (let more = 0; more < 40; more += 1) {
      // slices of base64 are decoded and looked through one by one: the name is moved across their borders
      const body = Buffer.concat([PDF, Buffer.alloc(32_768 - PDF.length - more, ' '), Buffer.from(`${name} [0 1 2 3]`)]);
      expect((await examine(body)).attachment).not.toHaveProperty('unsigned');
    }
    expect((await examine(signed(name))).attachment).not.toHaveProperty('unsigned');
  });

  it('is not said to be unsigned when it is no PDF file, is packed, or is large', async () => {
    const text = await examine(Buffer.from('only text'), { name: 'a.txt', type: 'text/plain' });
    const packed = await examine(zipOf([{ name: `${UUID}.pdf`, content: PDF }]));
    const large = await examine(Buffer.concat([PDF, randomBytes(900_000)]));
    for (const { attachment } of [text, packed, large]) {
      expect(attachment?.name).toBeDefined();
      expect(attachment).not.toHaveProperty('unsigned');
    }
  });

  it('is read from a run as from the text', async () => {
    const body = zipOf([{ name: `${UUID}.pdf`, content: Buffer.concat([PDF, randomBytes(300_000)]) }]);
    const path = join(folder, 'run');
    const text = `\r\n${body.toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n`;
    writeFileSync(path, `<x>${text}</x>`);
    const declared = { contentId: 'x', name: 'a.pdf', type: ZIP_TYPE, at: '/x' };
    const run = { token: '', at: 0, length: text.length, path, start: 3, sha256: '' };
    expect(await examineAttachment(run, declared)).toEqual(await examineAttachment(text, declared));
    expect((await examineAttachment(run, declared)).attachment?.fileSize).toBe(PDF.length + 300_000);
  });

  it('says where a problem is and which attachment it is about', async () => {
    expect((await examine('QUJ*', { name: 'a\u202efdp.exe' })).problems).toEqual([
      { code: 'ATTACHMENT_NAME', at: '/edXML/AttachmentEncoded/Attachment[1]', line: 9, params: { name: 'a\\u{202e}fdp.exe' } },
      {
        code: 'ATTACHMENT_BASE64',
        at: '/edXML/AttachmentEncoded/Attachment[1]',
        line: 9,
        params: { offset: 3, name: 'a\\u{202e}fdp.exe' },
      },
    ]);
  });

  it.each(['', ' ', '..', '../a.pdf', 'a/b.pdf', 'a\\b.pdf', 'C:a.pdf', 'a\0.pdf', 'a\n.pdf', 'a\u202efdp', `${'a'.repeat(252)}.pdf`])(
    'must not be named %j',
    async (name) => expect(found(await examine(PDF, { name })).problems).toEqual(['ATTACHMENT_NAME']),
  );

  it.each(['con.pdf', 'a.pdf.', 'a?.pdf', `${'ệ'.repeat(100)}.pdf`])('is warned about for the name %j', async (name) => {
    expect(found(await examine(PDF, { name })).warnings).toContain('ATTACHMENT_NAME_UNUSUAL');
  });

  it.each(['1761211722949_Công văn số 12 (bản ký).SIGNED.PDF', `${'a'.repeat(251)}.pdf`, 'Tờ trình.pdf'])(
    'may be named %j',
    async (name) => {
      expect(found(await examine(PDF, { name }))).toEqual(nothing);
    },
  );

  it('must have content, also inside the ZIP form', async () => {
    expect(found(await examine(' \n'))).toEqual(refused('ATTACHMENT_EMPTY'));
    const empty = zipOf([{ name: `${UUID}.pdf`, content: Buffer.alloc(0) }]);
    expect(found(await examine(empty, { type: ZIP_TYPE }))).toEqual(refused('ATTACHMENT_EMPTY'));
  });

  it.each<[string, Buffer]>([
    ['application/pdf', PDF],
    ['image/png', Buffer.from('\x89PNG\r\n\x1a\n....', 'latin1')],
    ['image/jpeg', Buffer.from('\xff\xd8\xff\xe0', 'latin1')],
    ['image/tiff', Buffer.from('II*\0\x08', 'latin1')],
    ['text/rtf', Buffer.from('{\\rtf1}')],
    ['application/x-ole-storage', Buffer.from('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0', 'latin1')],
    ['application/xml', Buffer.from('\ufeff<?xml version="1.0"?><a/>')],
    ['text/html', Buffer.from('<!DOCTYPE html><p>')],
    ['text/plain', Buffer.from('BM. 01: Biểu mẫu báo cáo')],
    ['image/bmp', Buffer.from('BM\x01\0\0\0', 'latin1')],
    ['application/octet-stream', Buffer.from([0, 1, 2, 3, 250])],
    [ZIP_TYPE, zipOf([{ name: 'a.txt', content: PDF }])],
    [
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      zipOf([
        { name: '[Content_Types].xml', content: PDF },
        { name: 'word/document.xml', content: PDF },
      ]),
    ],
    [
      'application/vnd.oasis.opendocument.text',
      zipOf([{ name: 'mimetype', stored: true, flags: 0, content: Buffer.from('application/vnd.oasis.opendocument.text') }]),
    ],
  ])('is recognised as %s', async (type, bytes) => {
    expect((await examine(bytes, { name: 'tep', type: 'application/octet-stream' })).attachment?.sniffedType).toBe(type);
  });

  it('may be declared anything, by a name that every object has too', async () => {
    expect(found(await examine(PDF, { name: 'a.constructor', type: '__proto__' }))).toEqual(nothing);
  });

  it('is warned about when type or extension say something else', async () => {
    expect(found(await examine(PDF, { type: 'image/png' }))).toEqual(warned('TYPE_MISMATCH'));
    expect(found(await examine(PDF, { name: 'a.docx' }))).toEqual(warned('TYPE_MISMATCH'));
    expect((await examine(PDF, { name: 'a.docx' })).warnings[0]?.params).toEqual({
      name: 'a.docx',
      declared: '.docx',
      sniffed: 'application/pdf',
    });
    expect(found(await examine(Buffer.from('rubbish, 17 bytes')))).toEqual(warned('TYPE_MISMATCH'));
  });

  it('is refused as a PDF destroyed by a text conversion, plain or zipped', async () => {
    const binary = Buffer.concat([PDF, randomBytes(5000)]);
    const destroyed = Buffer.from(binary.toString('utf8'));
    expect(found(await examine(destroyed))).toEqual(refused('PDF_DESTROYED'));
    expect(found(await examine(zipOf([{ name: `${UUID}.pdf`, content: destroyed }]), { type: ZIP_TYPE }))).toEqual(
      refused('PDF_DESTROYED'),
    );
    expect(found(await examine(binary))).toEqual(nothing);
  });

  it('declared application/zip must be one', async () => {
    expect(found(await examine(PDF, { type: 'Application/ZIP; charset=x' }))).toEqual(refused('ZIP_EXPECTED'));
  });
});

const samples = process.env['LIENTHONG_SAMPLES'] ?? join(import.meta.dirname, '../../../../../shared/samples');
const withSamples = existsSync(samples) ? describe : describe.skip;

withSamples('the sample packages', () => {
  const read = (path: string, name: string, type: string) => {
    const xml = readFileSync(join(samples, path), 'utf8');
    return examine(/TransferEncoded[^>]*>\s*([A-Za-z0-9+/=\s]+)</.exec(xml)?.[1] ?? '', { name, type });
  };

  it('hold the ZIP form declared as a PDF', async () => {
    const examined = await read('axis-roundtrip/2025-10_874e0f18.edxml', '1761211722949_TestTrucLienThong.pdf', 'application/pdf');
    expect(found(examined)).toEqual(warned('TYPE_MISMATCH'));
    expect(examined.attachment).toMatchObject({ form: 'zip', sniffedType: 'application/pdf' });
  });

  it('hold a ZIP form with 17 bytes of rubbish in it', async () => {
    const examined = await read('axis-roundtrip/2019-05_852e179c.edxml', 'GUIDE_INSTALL OPENVPN.SIGNED.PDF', ZIP_TYPE);
    expect([found(examined), examined.attachment?.fileSize]).toEqual([warned('TYPE_MISMATCH'), 17]);
  });

  it('hold an entry that leaves its folder', async () => {
    expect(found(await read('mutated/20_zipslip.edxml', 'metaA.txt', ZIP_TYPE))).toEqual(refused('ZIP_ENTRY_NAME'));
  });
});
