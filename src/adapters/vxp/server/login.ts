import type { ClientLogin } from '../../../routing/clients.ts';
import type { AxisSystem } from '../../../routing/facade.ts';
import { reject } from '../../../routing/problem.ts';
import type { SignedCall } from '../wire-read.ts';
import { readSignedCall } from '../wire-read.ts';
import { macMatches } from '../wire-sign.ts';
import { readTimestamp } from '../wire-time.ts';
import type { AxisPorts, AxisSettings } from './ports.ts';

/** A call whose signature is right. */
export interface KnownCall {
  readonly client: ClientLogin;
  readonly systemId: string;
  readonly repairsPrefixes: boolean;
  /** What was signed, without prefix. */
  readonly values: ReadonlyMap<string, string>;
}

/** Lets systems in. */
export interface AxisLogin {
  /** Reads and verifies a call from node's raw headers. Throws Rejection AXIS_HEADER, AXIS_SIGNATURE, AXIS_STALE. */
  call(rawHeaders: readonly string[]): Promise<KnownCall>;
  /** Reads anew what is known of a system with its next call. */
  forget(systemId: string): void;
}

interface Known {
  readonly system: AxisSystem;
  readonly secrets: readonly string[];
  readonly client: ClientLogin;
}

/** How long, in milliseconds, what was read of a system counts: also how long a withdrawn right may still work. */
const freshFor = 1000;
const mostKept = 5000;
/** The client library writes the local time of its machine, without zone: one that runs in another zone may be ahead. */
const mostAhead = 24 * 3_600_000;

/** Lets systems in by their signatures. There is no memory of calls: the library repeats them by itself, and each is harmless twice. */
export function createAxisLogin(ports: AxisPorts, settings: AxisSettings): AxisLogin {
  const kept = new Map<string, { readonly found: Promise<Known | null>; readonly until: number }>();

  async function read(systemId: string): Promise<Known | null> {
    const system = await ports.systems.find(systemId);
    const client = system === null ? null : await ports.clientForLogin(system.clientId, ports.now());
    if (system === null || client === null) return null;
    return { system, client, secrets: system.sealed.map((sealed) => ports.openSecret(sealed, systemId)) };
  }

  function known(systemId: string): Promise<Known | null> {
    const entry = kept.get(systemId);
    if (entry !== undefined && entry.until > performance.now()) return entry.found;
    if (kept.size >= mostKept) kept.clear();
    const found = read(systemId);
    kept.set(systemId, { found, until: performance.now() + freshFor });
    // what could not be read is read again
    found.then(
      (one) => one === null && kept.delete(systemId),
      () => kept.delete(systemId),
    );
    return found;
  }

  async function login(rawHeaders: readonly string[]): Promise<KnownCall> {
    const call = readSignedCall(rawHeaders);
    if ('fault' in call) throw reject('AXIS_HEADER', { at: call.header, params: { header: call.header, fault: call.fault } });
    const found = await known(call.systemId);
    const right = found?.secrets.some((secret) => macMatches(secret, call.signed, call.mac)) === true;
    if (found === null || !right) throw reject('AXIS_SIGNATURE');
    checkAge(call, (found.system.maxAgeSeconds ?? settings.axisMaxAgeSeconds) * 1000, ports.now());
    return { client: found.client, systemId: call.systemId, repairsPrefixes: found.system.repairsPrefixes, values: call.values };
  }

  return { call: login, forget: (systemId) => void kept.delete(systemId) };
}

function checkAge({ timestamp }: SignedCall, most: number, now: Date): void {
  const at = readTimestamp(timestamp);
  const age = at === null ? Number.NaN : now.getTime() - at.getTime();
  if (!(age <= most && age >= -mostAhead)) throw reject('AXIS_STALE', { at: 'timestamp', params: { timestamp } });
}
