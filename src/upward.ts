import { readFile } from 'node:fs/promises';
import { createSubmitToFolder } from './adapters/folder/submit.ts';
import { createOutsideRegister } from './adapters/postgres/outside-register.ts';
import { knownDocIds } from './adapters/postgres/submissions.ts';
import { createAddresses } from './adapters/senders/addresses.ts';
import { outcomeOfFailure } from './adapters/senders/answer.ts';
import { openAxis, type Route } from './adapters/vxp/client/axis.ts';
import { createCall } from './adapters/vxp/client/call.ts';
import type { SecretPlace } from './adapters/vxp/client/settings.ts';
import { createSubmitToAxis } from './adapters/vxp/client/submit.ts';
import { createSync } from './adapters/vxp/client/sync.ts';
import type { Config } from './config.ts';
import type { OutgoingPackage } from './routing/outbox.ts';
import type { AdmitSender } from './routing/outside.ts';
import { Rejection } from './routing/problem.ts';
import type { UpwardConnectors } from './routing/upward.ts';
import type { Store } from './store.ts';

/** Opens the other side of a route of the kind `vxp`, with the secret of this moment. */
export type OpenAxis = (route: Route) => ReturnType<typeof openAxis>;

/** How this gateway speaks to an axis. */
export async function createOpenAxis(config: Config, { now }: Pick<Store, 'now'>): Promise<OpenAxis> {
  const addresses = createAddresses(config.pushAllow);
  const call = createCall({
    check: (url) => addresses.check(url),
    lookup: addresses.lookup,
    ...(config.pushCa === undefined ? {} : { ca: await readFile(config.pushCa, 'utf8') }),
    connectWithin: config.pushConnectSeconds * 1000,
    endWithin: config.pushSeconds * 1000,
    endWithinPerMb: config.pushSecondsPerMb * 1000,
    now,
  });
  return (route) => openAxis(call, (place) => readSecret(config, place), route);
}

/** A file is read each time, so that a new secret needs no restart. What is thrown names the place, and never holds what stands there. */
async function readSecret({ routeSecrets }: Config, place: SecretPlace): Promise<string> {
  if ('env' in place) {
    const secret = routeSecrets.get(place.env);
    if (secret === undefined) throw new Error(`${place.env} is not set`);
    return secret.reveal();
  }
  const secret = (await readFile(place.file, 'utf8')).replace(/\r?\n$/, '');
  if (secret === '') throw new Error(`${place.file} is empty`);
  return secret;
}

/** The connectors of upward routes by kind. */
export async function createUpwardConnectors(config: Config, store: Store): Promise<UpwardConnectors> {
  const { pool } = store.database;
  const readContent = ({ text, runs, sha256 }: OutgoingPackage) => store.storage.openPackage(text, runs, undefined, sha256);
  const vxp = createSubmitToAxis({
    openAxis: await createOpenAxis(config, store),
    readContent,
    knownDocIds: (...asked) => knownDocIds(pool, ...asked),
    outcomeOfFailure,
    now: store.now,
  });
  return { vxp, folder: createSubmitToFolder({ readContent }) };
}

/** Enters senders that routes bring into the register. A code that is somebody's already, or was, is not given to them. */
export function createAdmitSender({ register, lookUp, newId }: Pick<Store, 'register' | 'lookUp' | 'newId'>): AdmitSender {
  return async function admit({ code, name }, route, on) {
    const agency = {
      id: newId(),
      name: name === '' ? code : name,
      status: 'active',
      signaturePolicy: 'required',
      channel: 'upward',
      codes: [{ code, scheme: 'axis', validFrom: '2000-01-01' }],
    } as const;
    try {
      await register.add([agency], `route:${route}`);
    } catch (error) {
      if (!(error instanceof Rejection) || error.problems[0]?.code !== 'CODE_TAKEN') throw error;
    }
    const found = (await lookUp([code], on)).get(code);
    return found?.channel === 'upward' ? found : null;
  };
}

/** Brings the agencies elsewhere to what the other side of a route lists. */
export function createSyncDirectory({ database, newId, now }: Store, openAxis: OpenAxis): ReturnType<typeof createSync> {
  return createSync({ openAxis, register: createOutsideRegister(database.pool, newId, now) });
}
