import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeBase64 } from './adapters/edxml/base64.ts';
import { liftBody } from './adapters/edxml/lift.ts';
import { readPartsSignature } from './adapters/edxml/parts-signature.ts';
import { hashCanonicalStreamed, readRun, splice } from './adapters/edxml/splice.ts';
import { parts } from './adapters/mime/multipart.ts';
import { createProveSigner } from './adapters/pki/signer-login.ts';
import { createUsedMarks } from './adapters/postgres/used-marks.ts';
import { createOldFormService } from './adapters/soap/old-form/service.ts';
import type { SoapPorts, SoapService } from './adapters/soap/service.ts';
import { createSoapService } from './adapters/soap/service.ts';
import type { Parts } from './parts.ts';
import { productRoot } from './paths.ts';

/** What an envelope may hold in memory, its package not counted. */
const envelopeBytes = 256 * 1024;

/** Longest canonical form of a signed part of an envelope: namespaces that are declared once may be repeated in it. */
const canonicalBytes = 8 * envelopeBytes;

/** The SOAP services, on the way in that REST has: ours, and the older form of edXML. */
export async function startSoap(
  { config, store, metrics: report, log }: Pick<Parts, 'config' | 'store' | 'metrics' | 'log'>,
  core: Pick<SoapPorts, 'takeIn' | 'receive' | 'validate'>,
): Promise<readonly SoapService[]> {
  const { mailbox, directory, storage, now } = store;
  const limits = { packageBytes: Number.POSITIVE_INFINITY, textBytes: envelopeBytes };
  const lift: SoapPorts['lift'] = (body, openRun) => liftBody(body, openRun, { ...limits, noDigest: true });
  const openContent: SoapPorts['openContent'] = ({ text, runs, sha256 }) => storage.openPackage(text, runs, undefined, sha256);
  const spool: SoapPorts['spool'] = (body) => storage.takeIn((openRun) => liftBody(body, openRun, limits));
  // the file is looked at anew each time, as clients of mutual TLS are judged by what it says now
  const { tlsClientCa } = config;
  const proveSigner = createProveSigner(tlsClientCa === undefined ? undefined : () => readFile(tlsClientCa), now);
  const signatures: Pick<SoapPorts, 'readSignature' | 'hashStreamed' | 'readRun' | 'readTaken'> = {
    readRun,
    readTaken: splice,
    readSignature: (doc, signature) => readPartsSignature(doc, signature, canonicalBytes),
    hashStreamed: hashCanonicalStreamed,
  };
  const ports: SoapPorts = {
    ...core,
    ...signatures,
    spool,
    proveSigner,
    lift,
    parts,
    decodeBase64,
    openContent,
    mailbox,
    directory,
    report,
    marks: createUsedMarks(store.database.pool, now),
    log,
    now,
  };
  const settings = {
    packageLimit: config.maxPackageBytes,
    publicUrl: config.publicUrl,
    plainPasswords: config.soapPlainPasswords === 'yes',
    wsdl: readFileSync(join(productRoot, 'schemas', 'wsdl', 'lienthong.wsdl'), 'utf8'),
  };
  return [await createSoapService(ports, settings), await createOldFormService(ports, settings)];
}
