import { join } from 'node:path';
import type { GatewayKeyOptions } from './adapters/pki/key-source.ts';
import type { Config } from './config.ts';

/** Where this configuration has the gateway's signing key. */
export function keyOptions(config: Config, now: Date): GatewayKeyOptions {
  const { keyFile, certFile, pkcs11Module, pkcs11Token, pkcs11Pin, pkcs11Key } = config;
  const token = pkcs11Module !== undefined && pkcs11Token !== undefined && pkcs11Pin !== undefined;
  return {
    folder: join(config.data, 'keys'),
    name: config.gateway,
    now,
    ...(keyFile === undefined ? {} : { keyFile }),
    ...(certFile === undefined ? {} : { certificateFile: certFile }),
    ...(token
      ? {
          pkcs11: {
            module: pkcs11Module,
            token: pkcs11Token,
            pin: () => pkcs11Pin.reveal(),
            ...(pkcs11Key === undefined ? {} : { key: pkcs11Key }),
          },
        }
      : {}),
  };
}
