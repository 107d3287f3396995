import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server as SecureServer } from 'node:https';
import { join } from 'node:path';
import { liftBody } from './adapters/edxml/lift.ts';
import { defaultLimits } from './adapters/edxml/limits.ts';
import type { ExaminePool } from './adapters/edxml/pool.ts';
import { startExaminePool } from './adapters/edxml/pool.ts';
import { packagePart } from './adapters/mime/multipart.ts';
import { createIssueToken, createReadToken } from './adapters/pki/access-token.ts';
import { checkSecret, hashSecret, newSecret } from './adapters/pki/secrets.ts';
import { verifyClaim } from './adapters/pki/verify-claim.ts';
import { createFindAdded } from './adapters/postgres/additions.ts';
import { createFindEarlier } from './adapters/postgres/earlier.ts';
import { createIntake } from './adapters/postgres/intake.ts';
import { createRestApp } from './adapters/rest/app.ts';
import { createRestServer, defaultServer } from './adapters/rest/server.ts';
import type { TlsFiles } from './adapters/rest/tls.ts';
import { followTls, readTls } from './adapters/rest/tls.ts';
import { startArrivals } from './arrivals.ts';
import type { Config } from './config.ts';
import { inspectWith } from './contents.ts';
import { mountFacade, serverForFacade } from './facade.ts';
import { carryOutQuietly } from './lifecycle.ts';
import type { Parts } from './parts.ts';
import { productRoot } from './paths.ts';
import { mountProfiles } from './profiles.ts';
import type { Circumstances, Ring, TakeIn, Taken } from './routing/ports.ts';
import { profiles } from './routing/profile.ts';
import { createReceive, createValidate } from './routing/receive.ts';
import { startSoap } from './soap.ts';
import { probesOf } from './status.ts';
import type { Store } from './store.ts';
import { judgeOf } from './trust.ts';
import { createAdmitSender } from './upward.ts';

/** The way in: HTTP. Returns the URL it listens on. */
export async function startApi({ config, store, doorbell, bell: queueBell, metrics, revocation, log, begin }: Parts): Promise<string> {
  const { database, storage, bell, now, newId } = store;
  const examiner = begin(await startExaminer(config), (pool) => pool.close());
  const inspect = inspectWith({ config, store, metrics, revocation, begin });
  const receivePorts = {
    async examine(lifted: Taken['lifted'], circumstances: Circumstances) {
      const limits = { ...defaultLimits, ...circumstances, secrecy: config.secrecy, now: now().toISOString() };
      const examined = await examiner.examine(lifted, limits);
      if (examined.warnings.some(({ code }) => code === 'PREFIX_REPAIRED')) {
        log.warn({ sha256: lifted.sha256, sender: examined.claimedSender }, 'package read with its undeclared prefixes repaired');
      }
      return examined;
    },
    lookUp: store.lookUp,
    readBook: store.readBook,
    findGroups: store.findGroups,
    findEarlier: createFindEarlier(database.newPool(1)),
    verifyClaim,
    judge: judgeOf(store, config.trustBasis, revocation.check),
    inspect,
    intake: createIntake(database.pool, (ids) => bell.ring(ids), database.newPool(1)),
    admitSender: createAdmitSender(store),
    digest: (text: string) => createHash('sha256').update(text).digest('hex'),
    signReceipt: store.signReceipt,
    answersFor: store.answersFor,
    findAdded: createFindAdded(database.pool),
    carryOut: carryOutQuietly(store.lifecycle, log),
    ring: (rings: readonly Ring[]) => queueBell.ring(rings),
    newId,
    now,
  };
  const settings = { ...config, refusedAtOnce: profiles[config.profile].refusedAtOnce };
  const stopping = new AbortController();
  const core = {
    takeIn: takeInWith(config, store),
    receive: createReceive(receivePorts, settings),
    validate: createValidate(receivePorts, settings),
  };
  const shared = { config, store, metrics, log };
  const app = createRestApp(
    {
      ...store,
      clientForLogin: store.register.clientForLogin,
      clientForCertificate: store.clients.forCertificate,
      ...tokensOf(config, store),
      publicKeys: async () => ({ gateway: config.gateway, keys: await store.keys.list() }),
      checkSecret,
      decoyHash: await hashSecret(newSecret()),
      ...core,
      packagePart,
      mounts: [...(await startSoap(shared, core)), await mountFacade(shared, core), ...mountProfiles(shared, core)],
      report: metrics,
      openContent: storage.openPackage,
      probes: probesOf({ config, store, doorbell }),
      routes: store.polls.standings,
      metrics: metrics.render,
      log,
      stopping: stopping.signal,
    },
    {
      ...doorOf(config),
      packageLimit: config.maxPackageBytes,
      bodyIdleSeconds: config.bodyIdleSeconds,
      uploads: config.uploads,
      trustedProxies: config.trustedProxies,
      metricsFrom: config.metricsAllow,
      openapi: readFileSync(join(productRoot, 'schemas', 'openapi.json'), 'utf8'),
    },
  );
  const files = tlsFiles(config);
  const tls = files === undefined ? undefined : await readTls(files);
  const server = begin(createRestServer(app, stopping, { ...defaultServer, ...serverForFacade }, tls), (s) => s.close(config.stopSeconds));
  if (files !== undefined && tls !== undefined) begin(followTls(server.server as SecureServer, files, tls, log), (t) => t.close());
  begin(await startArrivals({ config, store, log, ...core }), (arrivals) => arrivals.close());
  const address = await server.listen(config.port, config.host);
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `${tls === undefined ? 'http' : 'https'}://${host}:${address.port}`;
}

function tlsFiles({ tlsCert: cert, tlsKey: key, tlsClientCa: clientCa, tlsClientCert }: Config): TlsFiles | undefined {
  if (cert === undefined || key === undefined) return undefined;
  return { cert, key, clientCa, clientCertRequired: tlsClientCert === 'required' };
}

/** How clients get in. */
function doorOf({ clientRate, addressRate, loginFailures, addressLoginFailures, loginLockSeconds, ...config }: Config) {
  const { tokenSeconds, publicUrl, clientCertHeader } = config;
  const limits = { clientRate, addressRate, loginFailures, addressLoginFailures, loginLockSeconds };
  return { ...limits, tokenSeconds, publicUrl, clientCertHeader };
}

function tokensOf({ gateway }: Config, { keys, newId }: Store) {
  const tokenKeys = { gateway, newId, current: keys.current, byFingerprint: keys.byFingerprint };
  return { issueToken: createIssueToken(tokenKeys), readToken: createReadToken(tokenKeys) };
}

function startExaminer(config: Config): Promise<ExaminePool> {
  return startExaminePool({ threads: config.examineThreads, timeLimit: config.examineSeconds * 1000 });
}

function takeInWith(config: Config, { storage }: Store): TakeIn {
  const limits = { packageBytes: config.maxPackageBytes, textBytes: config.maxTextBytes };
  return (body) => storage.takeIn((openRun) => liftBody(body, openRun, limits));
}
