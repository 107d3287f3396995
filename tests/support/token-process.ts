import { loadGatewayKey } from '../../src/adapters/pki/key-source.ts';
import { createReceiptSigner } from '../../src/adapters/pki/receipt-xml.ts';

/**
 * Loads a key from a PKCS#11 token and signs with it, in a process of its own: where the tokens are is read from the environment by
 * the module itself. Prints JSON: the key with a receipt and signatures of the texts `0` … `39`, or the error.
 */
const [, , module = '', token = '', pin = '', certificateFile = '', label = ''] = process.argv;
const pkcs11 = { module, token, pin: () => pin, ...(label === '' ? {} : { key: label }) };

async function work(): Promise<object> {
  const options = { folder: '', name: 'H61', now: new Date(), pkcs11, ...(certificateFile === '' ? {} : { certificateFile }) };
  const key = await loadGatewayKey(options);
  const receipt = await createReceiptSigner(() => key)({
    id: '0190a5b2-1111-7222-8333-444455556666',
    kind: 'accepted',
    issuedAt: new Date('2026-03-02T02:15:00Z'),
    gateway: 'H61',
    package: { id: '0190a5b2-1111-7222-8333-444455557777', sha256: 'a'.repeat(64), size: 1, receivedAt: new Date() },
  });
  const signed = await Promise.all(Array.from({ length: 40 }, (_, i) => key.sign(Buffer.from(`${i}`))));
  const { algorithm, origin, certificatePem } = key;
  return { algorithm, origin, certificatePem, receipt, values: signed.map((value) => value.toString('base64')) };
}

const printed = await work().catch((error: Error) => ({ error: error.message }));
process.stdout.write(JSON.stringify(printed));
