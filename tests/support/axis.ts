import { readConfig } from '../../src/config.ts';
import { openSecretsVault } from '../../src/facade.ts';
import { openStore } from '../../src/store.ts';
import { newId } from './acceptance.ts';
import { type AxisAnswer, AxisClient } from './axis-client.ts';
import type { TestGateway } from './gateway.ts';
import { startTestGateway } from './gateway.ts';
import type { GatewayEnv } from './gateway-process.ts';

/** What an answer that tells no error holds. */
export const ok = { status: 'OK', ErrorCode: '0', ErrorDesc: 'Thanh cong' };

/** The values of a call about documents. */
export const eDoc = { servicetype: 'eDoc', messagetype: 'edoc' } as const;

/** The entries of a list. */
export function entriesIn(answer: AxisAnswer): Record<string, string>[] {
  return (answer.json?.['data'] ?? []) as Record<string, string>[];
}

/** The systemid and the secret of an agency's system. */
export const systemOf = (code: string) => ({ id: `vxp.${code}`, secret: `secret of ${code}` });

/** Gives the systems of these agencies of a gateway credentials for the protocol of the axis. */
export async function admitSystems(gateway: TestGateway, codes: readonly string[]): Promise<void> {
  const config = readConfig(gateway.env);
  const vault = await openSecretsVault(config);
  const store = await openStore(config, { info: () => undefined, warn: () => undefined, error: () => undefined });
  try {
    for (const code of codes) {
      const { id, secret } = systemOf(code);
      const given = { systemId: id, clientId: gateway.agency(code).client.id, endOlderAt: new Date() };
      await store.facade.addSecret({ ...given, secret: { id: newId(), sealed: vault.seal(secret, id) } }, 'cli:test');
    }
  } finally {
    await store.close();
  }
}

/** A small national axis: a lienthong with `--profile axis`. */
export interface TestAxis {
  readonly gateway: TestGateway;
  /** Address for its clients. */
  readonly endpoint: string;
  /** A new service object of the system of a top agency. */
  system(top: string, made?: Date): AxisClient;
  /** Registers an agency below a top agency, as its system does. */
  register(top: string, code: string, name?: string): Promise<AxisAnswer>;
  close(): Promise<void>;
}

/** Starts an axis with a system for each of these top agencies, and registers the units below them. */
export async function startTestAxis(tops: Readonly<Record<string, readonly string[]>>, env: GatewayEnv = {}): Promise<TestAxis> {
  const codes = Object.keys(tops);
  const agencies = codes.map((code) => ({ code, agency: { signaturePolicy: 'optional' as const } }));
  const gateway = await startTestGateway({ bare: true, agencies, certificates: false, env: { LIENTHONG_PROFILE: 'axis', ...env } });
  const axis: TestAxis = {
    gateway,
    get endpoint() {
      return `${gateway.url}/vxp`;
    },
    system(top, made) {
      const { id, secret } = systemOf(top);
      return new AxisClient(this.endpoint, id, secret, made);
    },
    register(top, code, name = `Đơn vị ${code}`) {
      const unit = { id: '', pcode: top, code, name, mail: '', mobile: '', fax: '' };
      return this.system(top).call('registerAgency', {}, { body: Buffer.from(JSON.stringify(unit)) });
    },
    close: () => gateway.close(),
  };
  try {
    await admitSystems(gateway, codes);
    for (const [top, units] of Object.entries(tops)) {
      for (const unit of units) {
        const answer = await axis.register(top, unit);
        if (answer.json?.['status'] !== 'OK') throw new Error(`${unit}: ${answer.body.toString()}`);
      }
    }
    return axis;
  } catch (error) {
    await gateway.close();
    throw error;
  }
}
