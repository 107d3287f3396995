import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig } from '../../src/config.ts';
import { openSecretsVault } from '../../src/facade.ts';
import { openStore } from '../../src/store.ts';
import { newId } from './acceptance.ts';
import type { TestGateway } from './gateway.ts';
import type { GatewayEnv } from './gateway-process.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Gives a system of an axis (a gateway whose `/vxp` plays it) a secret, for all agencies that the client speaks for. */
export async function giveSystem(axis: TestGateway, systemId: string, codes: readonly string[], secret: string): Promise<void> {
  const config = readConfig(axis.env);
  const vault = await openSecretsVault(config);
  const store = await openStore(config, silent);
  try {
    const clientId = `client-${systemId}`;
    const agencyIds = codes.map((code) => axis.agency(code).agencyId);
    if ((await store.clients.show(clientId)) === null) {
      await store.register.addClient({ id: clientId, name: systemId, scopes: ['send', 'receive'], agencyIds }, 'cli:test');
    }
    const given = { systemId, clientId, endOlderAt: new Date(), secret: { id: newId(), sealed: vault.seal(secret, systemId) } };
    await store.facade.addSecret(given, 'cli:test');
  } finally {
    await store.close();
  }
}

/** Settings of a route, and what differs from the usual. */
export interface RouteOptions {
  readonly endpoint: string;
  readonly systemId: string;
  readonly secret: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** Opens the route `axis` of a gateway, with its secret in a file of its folder; the carrier is the agency with the code. */
export async function openAxisRoute(
  gateway: { readonly env: GatewayEnv; readonly folder: string },
  carrier: string,
  options: RouteOptions,
): Promise<string> {
  const { endpoint, systemId, secret, settings = {} } = options;
  const secretFile = join(gateway.folder, 'axis-secret');
  await writeFile(secretFile, `${secret}\n`, { mode: 0o600 });
  const store = await openStore(readConfig(gateway.env), silent);
  try {
    const agency = await store.register.byCode(carrier);
    const all = { endpoint, systemId, secretFile, pollSeconds: 0.5, followSeconds: 0.5, ...settings };
    await store.board.openRoute({ name: 'axis', kind: 'vxp', agencyId: agency?.id ?? '', carrierCode: carrier, settings: all }, 'cli:test');
  } finally {
    await store.close();
  }
  return secretFile;
}
