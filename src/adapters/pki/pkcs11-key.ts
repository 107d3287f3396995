import { createHash, verify, X509Certificate } from 'node:crypto';
import { createRequire } from 'node:module';
import { aboutKey, type GatewayKey } from './gateway-key.ts';
import type { TokenOptions } from './key-source.ts';

type Handle = Buffer;

/** What is used of a PKCS#11 module (OASIS PKCS #11 2.40). Declared here, for the library may be absent when this is compiled. */
interface Module {
  load(path: string): void;
  C_Initialize(options: { flags: number }): void;
  C_GetSlotList(tokenPresent: boolean): Handle[];
  C_GetTokenInfo(slot: Handle): { readonly label: string };
  C_OpenSession(slot: Handle, flags: number): Handle;
  C_CloseSession(session: Handle): void;
  C_Login(session: Handle, userType: number, pin: string): void;
  C_FindObjectsInit(session: Handle, template: readonly { readonly type: number; readonly value: number | string }[]): void;
  C_FindObjects(session: Handle, most: number): Handle[];
  C_FindObjectsFinal(session: Handle): void;
  C_SignInit(session: Handle, mechanism: { readonly mechanism: number }, key: Handle): void;
  C_SignAsync(session: Handle, input: Buffer, output: Buffer): Promise<Buffer>;
}

type Constant =
  | 'CKF_SERIAL_SESSION'
  | 'CKF_OS_LOCKING_OK'
  | 'CKU_USER'
  | 'CKR_USER_ALREADY_LOGGED_IN'
  | 'CKA_LABEL'
  | 'CKA_CLASS'
  | 'CKO_PRIVATE_KEY'
  | 'CKM_ECDSA'
  | 'CKM_SHA256_RSA_PKCS';

type Library = Readonly<Record<Constant, number>> & { readonly PKCS11: new () => Module };

/** The library is native and optional: it is looked for when a token is configured, and only then. */
function library(): Library {
  try {
    return createRequire(import.meta.url)('pkcs11js') as Library;
  } catch (error) {
    throw new Error('PKCS#11 needs the package pkcs11js, which could not be loaded: install it with build tools present', { cause: error });
  }
}

const pkcs11 = library();
/** A module may be initialised once in a process. */
const modules = new Map<string, Module>();

/** A session with the private key found in it. */
interface Signer {
  readonly session: Handle;
  readonly key: Handle;
}

/**
 * The key of a PKCS#11 token that belongs to this certificate. It never leaves the token; up to four signatures run at the same time,
 * in threads of their own. A session that was lost is opened anew, once for each signature. Throws an Error that says what to mend.
 */
export async function loadFromToken(options: TokenOptions, certificatePem: string): Promise<GatewayKey> {
  const { certificate, ...about } = aboutKey(certificatePem, options.module);
  const token = openToken(options);
  const sign = (signer: Signer, bytes: Uint8Array) => signWith(token.module, signer, about.algorithm, bytes);
  const open = () => findSigner(token, options, certificate, sign);
  const idle: Signer[] = [await open()];
  const turn = createTurns(4);

  return {
    ...about,
    origin: 'pkcs11',
    sign: (bytes) =>
      turn(async () => {
        const signer = idle.pop() ?? (await open());
        try {
          const value = await sign(signer, bytes);
          idle.push(signer);
          return value;
        } catch {
          token.close(signer.session);
          const fresh = await open();
          const value = await sign(fresh, bytes);
          idle.push(fresh);
          return value;
        }
      }),
  };
}

function openToken({ module: path, token: label, pin }: TokenOptions) {
  const module = modules.get(path) ?? start(path);
  modules.set(path, module);
  const session = (): Handle => {
    const slot = module.C_GetSlotList(true).find((one) => module.C_GetTokenInfo(one).label.trim() === label);
    if (slot === undefined) throw new Error(`${path}: there is no token with the label ${label}`);
    const opened = module.C_OpenSession(slot, pkcs11.CKF_SERIAL_SESSION);
    try {
      module.C_Login(opened, pkcs11.CKU_USER, pin());
    } catch (error) {
      // a login counts for all sessions of the process
      if ((error as { code?: number }).code !== pkcs11.CKR_USER_ALREADY_LOGGED_IN) throw error;
    }
    return opened;
  };
  const close = (opened: Handle) => {
    try {
      module.C_CloseSession(opened);
    } catch {
      // it was lost already
    }
  };
  return { module, session, close };
}

type Token = ReturnType<typeof openToken>;

function start(path: string): Module {
  const module = new pkcs11.PKCS11();
  module.load(path);
  module.C_Initialize({ flags: pkcs11.CKF_OS_LOCKING_OK });
  return module;
}

/** Tries every private key that may be meant: the one whose signature the certificate verifies is ours. */
async function findSigner(
  token: Token,
  options: TokenOptions,
  certificate: X509Certificate,
  sign: (signer: Signer, bytes: Uint8Array) => Promise<Buffer>,
): Promise<Signer> {
  const session = token.session();
  const probe = Buffer.from('lienthong: which key is it?');
  for (const key of privateKeys(token.module, session, options.key)) {
    const value = await sign({ session, key }, probe).catch(() => Buffer.alloc(0));
    if (verify('sha256', probe, { key: certificate.publicKey, dsaEncoding: 'ieee-p1363' }, value)) return { session, key };
  }
  token.close(session);
  const named = options.key === undefined ? '' : ` with the label ${options.key}`;
  throw new Error(`token ${options.token}: no private key${named} belongs to the certificate`);
}

function privateKeys(module: Module, session: Handle, label: string | undefined): Handle[] {
  const named = label === undefined ? [] : [{ type: pkcs11.CKA_LABEL, value: label }];
  module.C_FindObjectsInit(session, [{ type: pkcs11.CKA_CLASS, value: pkcs11.CKO_PRIVATE_KEY }, ...named]);
  try {
    return module.C_FindObjects(session, 100);
  } finally {
    module.C_FindObjectsFinal(session);
  }
}

async function signWith(module: Module, { session, key }: Signer, algorithm: GatewayKey['algorithm'], bytes: Uint8Array): Promise<Buffer> {
  // tokens hash for RSA; for ECDSA few do, so they get the digest
  const isEc = algorithm === 'ecdsa-sha256';
  module.C_SignInit(session, { mechanism: isEc ? pkcs11.CKM_ECDSA : pkcs11.CKM_SHA256_RSA_PKCS }, key);
  const input = isEc ? createHash('sha256').update(bytes).digest() : Buffer.from(bytes);
  return module.C_SignAsync(session, input, Buffer.alloc(1024));
}

/** Lets so many run at the same time; the others wait in line. */
function createTurns(most: number) {
  let running = 0;
  const line: (() => void)[] = [];
  return async function turn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= most) await new Promise<void>((resolve) => line.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = line.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
