import type { GatewayKey } from './adapters/pki/gateway-key.ts';
import type { KeyKind } from './adapters/pki/issue-certificate.ts';
import type { KeyFolder } from './adapters/pki/key-folder.ts';
import { makeInFolder, pointTo } from './adapters/pki/key-folder.ts';
import type { GatewayKeyOptions } from './adapters/pki/key-source.ts';
import { keyMark, loadGatewayKey } from './adapters/pki/key-source.ts';
import type { Log } from './adapters/postgres/embedded.ts';
import type { KeyRecord, PublicKey } from './routing/gateway-keys.ts';

/** The key that signs in this process, and all that are known. */
export interface SigningKeys {
  readonly current: () => GatewayKey;
  readonly list: KeyRecord['list'];
  /** A known key, read anew when it is not, once a second at most. */
  byFingerprint(fingerprint: string): Promise<PublicKey | undefined>;
  /** Makes this process follow rotations, and its key the one that signs. For gateways, not for single commands. */
  follow(log: Log): Promise<{ close(): Promise<void> }>;
}

/** How often another key is looked for. */
const lookEvery = 2000;
const rereadEvery = 1000;

/** Loads the key that is configured and notes it in the record before it signs anything. */
export async function openSigningKeys(options: () => GatewayKeyOptions, record: KeyRecord): Promise<SigningKeys> {
  let mark = await keyMark(options());
  let current = await load(options(), record);
  let known = new Map<string, PublicKey>();
  let readAt = Number.NEGATIVE_INFINITY;

  async function look(log: Log): Promise<void> {
    const seen = await keyMark(options());
    if (seen === mark) return;
    const loaded = await load(options(), record);
    await record.activate(loaded.fingerprint, 'gateway');
    mark = seen;
    if (loaded.fingerprint === current.fingerprint) return;
    current = loaded;
    log.info({ fingerprint: loaded.fingerprint, notAfter: loaded.notAfter }, 'signing key changed');
  }

  return {
    current: () => current,
    list: record.list,
    async byFingerprint(fingerprint) {
      if (!known.has(fingerprint) && performance.now() - readAt > rereadEvery) {
        readAt = performance.now();
        known = new Map((await record.list()).map((key) => [key.fingerprint, key]));
      }
      return known.get(fingerprint);
    },
    async follow(log) {
      await record.activate(current.fingerprint, 'gateway');
      return every(
        lookEvery,
        () => look(log),
        (error) => log.error({ err: error }, 'the new signing key is not usable; the old one goes on'),
      );
    },
  };
}

/** Makes a key in the folder, notes it, and only then lets it sign. */
export async function rotateKey(folder: KeyFolder, kind: KeyKind, record: KeyRecord): Promise<GatewayKey> {
  const { key, stem } = await makeInFolder(folder, kind);
  await noteKey(key, record);
  await pointTo(folder.folder, stem);
  return key;
}

async function load(options: GatewayKeyOptions, record: KeyRecord): Promise<GatewayKey> {
  const key = await loadGatewayKey(options);
  await noteKey(key, record);
  return key;
}

function noteKey({ fingerprint, algorithm, certificateDer: der, origin }: GatewayKey, record: KeyRecord): Promise<void> {
  return record.note({ fingerprint, algorithm, der, origin });
}

/** Calls `work` again and again; `close` ends this and waits for the last. */
function every(milliseconds: number, work: () => Promise<void>, failed: (error: unknown) => void): { close(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    running = work()
      .catch(failed)
      .finally(() => {
        busy = false;
      });
  }, milliseconds).unref();
  return {
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}
