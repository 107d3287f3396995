import { execFile } from 'node:child_process';
import { sign } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Issued, ResponderOptions, TestAuthority } from './authority.ts';
import type { DerNode } from './der-tree.ts';
import { readDer, writeDer } from './der-tree.ts';

const run = promisify(execFile);

/** The answer (DER) that a responder would give about a certificate, without a nonce, for so many days. */
export async function answerOffline(
  authority: TestAuthority,
  about: Issued,
  { signer, options = ['-ndays', '1'] }: ResponderOptions = {},
): Promise<Buffer> {
  const { path, keyPath } = signer ?? authority.certificate;
  const folder = await mkdtemp(join(authority.folder, 'answer-'));
  const [request, answer] = [join(folder, 'request'), join(folder, 'answer')];
  const issuer = authority.certificate.path;
  await run('openssl', ['ocsp', '-issuer', issuer, '-cert', about.path, '-no_nonce', '-reqout', request]);
  const served = ['-index', authority.indexPath, '-CA', issuer, '-reqin', request, '-respout', answer];
  await run('openssl', ['ocsp', ...served, '-rsigner', path, '-rkey', keyPath, ...options]);
  return readFile(answer);
}

/** The same answer with every time in what is signed moved by so many milliseconds, signed again with the key (PEM, EC) of its signer. */
export function redated(answer: Buffer, by: number, keyPem: string): Buffer {
  const move = (nodes: readonly DerNode[]): DerNode[] =>
    nodes.map(({ tag, inside }) => ({
      tag,
      inside: Buffer.isBuffer(inside) ? (tag === 0x18 ? moved(inside, by) : inside) : move(inside as readonly DerNode[]),
    }));
  const resign = ([data, algorithm, , ...certificates]: readonly DerNode[]): DerNode[] => {
    const [signed] = move([data as DerNode]) as [DerNode];
    const value = Buffer.concat([Buffer.from([0]), sign('sha256', writeDer([signed]), keyPem)]);
    return [signed, algorithm as DerNode, { tag: 0x03, inside: value }, ...certificates];
  };
  const inBasic = (nodes: readonly DerNode[], depth: number): DerNode[] => {
    if (depth === 0) return resign(nodes);
    const last = nodes.at(-1) as DerNode;
    return [...nodes.slice(0, -1), { ...last, inside: inBasic(last.inside as readonly DerNode[], depth - 1) }];
  };
  // OCSPResponse, [0], ResponseBytes, OCTET STRING, BasicOCSPResponse
  return writeDer(inBasic(readDer(answer) ?? [], 5));
}

function moved(time: Buffer, by: number): Buffer {
  const [, year, month, day, hour, minute, second] = /^(....)(..)(..)(..)(..)(..)Z$/.exec(time.toString('latin1')) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) + by;
  return Buffer.from(`${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`);
}
