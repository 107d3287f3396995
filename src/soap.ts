import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeBase64 } from './adapters/edxml/base64.ts';
import { liftBody } from './adapters/edxml/lift.ts';
import { parts } from './adapters/mime/multipart.ts';
import type { SoapPorts, SoapService } from './adapters/soap/service.ts';
import { createSoapService } from './adapters/soap/service.ts';
import type { Parts } from './parts.ts';
import { productRoot } from './paths.ts';

/** What an envelope may hold in memory, its package not counted. */
const envelopeBytes = 256 * 1024;

/** The SOAP service, on the way in that REST has. */
export function startSoap(
  { config, store, metrics: report, log }: Pick<Parts, 'config' | 'store' | 'metrics' | 'log'>,
  core: Pick<SoapPorts, 'takeIn' | 'receive' | 'validate'>,
): Promise<SoapService> {
  const { mailbox, directory, storage, now } = store;
  const lift: SoapPorts['lift'] = (body, openRun) =>
    liftBody(body, openRun, { packageBytes: Number.POSITIVE_INFINITY, textBytes: envelopeBytes });
  const openContent: SoapPorts['openContent'] = ({ text, runs, sha256 }) => storage.openPackage(text, runs, undefined, sha256);
  return createSoapService(
    { ...core, lift, parts, decodeBase64, openContent, mailbox, directory, report, log, now },
    {
      packageLimit: config.maxPackageBytes,
      publicUrl: config.publicUrl,
      plainPasswords: config.soapPlainPasswords === 'yes',
      wsdl: readFileSync(join(productRoot, 'schemas', 'wsdl', 'lienthong.wsdl'), 'utf8'),
    },
  );
}
