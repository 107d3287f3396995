import { join } from 'node:path';
import type { Metrics } from './adapters/metrics/metrics.ts';
import { openVault, type Vault } from './adapters/pki/sealed-secrets.ts';
import { proven } from './adapters/rest/content.ts';
import type { Mount } from './adapters/rest/door.ts';
import type { Log } from './adapters/rest/ports.ts';
import type { AxisPorts, AxisSettings } from './adapters/vxp/server/ports.ts';
import { unreadableAnswer } from './adapters/vxp/server/refusal.ts';
import type { AxisService } from './adapters/vxp/server/service.ts';
import { createAxisService } from './adapters/vxp/server/service.ts';
import { unkindPorts, unkindService } from './adapters/vxp/server/unkind.ts';
import type { Config } from './config.ts';
import { profiles } from './routing/profile.ts';
import { createHappens, type Happens, type Unkindness } from './routing/unkind.ts';
import type { Store } from './store.ts';
import { createOwnUnits } from './units.ts';

/** What the HTTP server needs for calls of axis clients: they carry long lists in their headers, and read errors only in JSON. */
export const serverForFacade = { headerBytes: 160 * 1024, unreadable: unreadableAnswer() };

interface FacadeParts {
  readonly config: Config;
  readonly store: Store;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** The protocol of the national axis under `/vxp`. */
export async function mountFacade(
  { config, store, metrics, log }: FacadeParts,
  { takeIn, receive }: Pick<AxisPorts, 'takeIn' | 'receive'>,
): Promise<Mount> {
  const vault = await openSecretsVault(config);
  const ports: AxisPorts = {
    systems: store.facade,
    openSecret: vault.open,
    clientForLogin: store.register.clientForLogin,
    lists: store.facade,
    agencies: store.register.list,
    lookUp: store.lookUp,
    units: createOwnUnits(store, profiles[config.profile]),
    takeIn,
    receive,
    report: metrics,
    mailbox: store.mailbox,
    desk: store.desk,
    readContent: (found) => proven(store.storage.openPackage(found.text, found.runs), found),
    log,
    newId: store.newId,
    now: store.now,
  };
  const settings = { ...config, profile: profiles[config.profile] };
  return { path: '/vxp', below: true, answer: await serviceWith(ports, settings, config.axisUnkind) };
}

async function serviceWith(ports: AxisPorts, settings: AxisSettings, unkindness: Unkindness): Promise<AxisService> {
  if (Object.keys(unkindness).length === 0) return createAxisService(ports, settings);
  const { inAxisForm } = await import('./adapters/edxml/axis-form.ts');
  const when = createHappens(unkindness);
  const happens: Happens = (misbehaviour) => {
    const now = when(misbehaviour);
    if (now) ports.log.info({ misbehaviour }, 'axis.misbehaved');
    return now;
  };
  return unkindService(createAxisService(unkindPorts(ports, happens, inAxisForm), settings), happens);
}

/** The vault of the secrets of axis clients. */
export function openSecretsVault({ data, secretsKeyFile }: Config): Promise<Vault> {
  return openVault(secretsKeyFile ?? join(data, 'keys', 'secrets-key'));
}
