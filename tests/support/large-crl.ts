import { createPrivateKey, randomBytes, sign } from 'node:crypto';
import { children, elementAt, whole } from '../../src/adapters/pki/revocation/der.ts';
import type { TestAuthority } from './authority.ts';

/** A list with so many entries, signed with the authority's key, and their serial numbers. Made of a list of openssl, entry by entry. */
export async function largeCrl(authority: TestAuthority, entries: number): Promise<{ der: Buffer; serials: string[] }> {
  const model = await authority.crl();
  const [tbs, algorithm] = [...children(model, elementAt(model, 0, model.length))];
  if (tbs === undefined || algorithm === undefined) throw new Error('not a list');
  const [version, inner, issuer, from, until, , extensions] = [...children(model, tbs)].map((one) => whole(model, one));
  const serials = Array.from({ length: entries }, () => `5a${randomBytes(15).toString('hex')}`);
  const time = tlv(0x17, Buffer.from('260101000000Z'));
  const list = tlv(0x30, Buffer.concat(serials.map((serial) => tlv(0x30, Buffer.concat([tlv(0x02, Buffer.from(serial, 'hex')), time])))));
  const signed = tlv(0x30, Buffer.concat([version, inner, issuer, from, until, list, extensions].map((part) => Buffer.from(part ?? []))));
  const value = sign('sha256', signed, createPrivateKey(authority.certificate.keyPem));
  const der = tlv(0x30, Buffer.concat([signed, whole(model, algorithm), tlv(0x03, Buffer.concat([Buffer.from([0]), value]))]));
  return { der, serials };
}

function tlv(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 + bytes.length]), bytes, content]);
}
