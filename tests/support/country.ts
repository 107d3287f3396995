import { startTestAxis, systemOf, type TestAxis } from './axis.ts';
import { openAxisRoute } from './axis-pair.ts';
import type { TestGateway } from './gateway.ts';
import { startTestGateway } from './gateway.ts';
import type { GatewayEnv } from './gateway-process.ts';

/** Top agencies and units of two provinces. */
export const provinces = {
  a: { levelOne: 'H61', top: '000.00.00.H61', units: ['000.00.12.H61', 'H61.45'] },
  b: { levelOne: 'H53', top: '000.00.00.H53', units: ['000.00.12.H53', 'H53.7'] },
} as const;

/** Province A, an axis, and province B. */
export interface Country {
  readonly a: TestGateway;
  readonly axis: TestAxis;
  readonly b: TestGateway;
  close(): Promise<void>;
}

const carrier = 'TRUC.QG';

/** Starts three gateways and joins the provinces to the axis, which is as unkind as `unkindness` says. */
export async function startCountry(unkindness: string): Promise<Country> {
  const tops = Object.fromEntries(Object.values(provinces).map(({ top, units }) => [top, units]));
  const [axis, a, b] = await Promise.all([startTestAxis(tops), startProvince(provinces.a), startProvince(provinces.b)]);
  // registering the units needed a kind one
  await axis.gateway.restart({ LIENTHONG_AXIS_UNKIND: unkindness, LIENTHONG_STOP_SECONDS: '1' });
  for (const [gateway, { top }] of [
    [a, provinces.a],
    [b, provinces.b],
  ] as const) {
    const { id, secret } = systemOf(top);
    await openAxisRoute(gateway, carrier, { endpoint: axis.endpoint, systemId: id, secret });
  }
  return {
    a,
    axis,
    b,
    close: async () => void (await Promise.all([a.close(), axis.close(), b.close()])),
  };
}

function startProvince({ levelOne, units }: (typeof provinces)['a' | 'b']): Promise<TestGateway> {
  const env: GatewayEnv = {
    LIENTHONG_PROVINCE: levelOne,
    LIENTHONG_STOP_SECONDS: '1',
    // an axis that never answers is given up soon
    LIENTHONG_PUSH_SECONDS: '2',
    LIENTHONG_PUSH_CONNECT_SECONDS: '2',
    LIENTHONG_BREAKER: '{"opensAfter":1000}',
  };
  const agencies = [
    ...units.map((code) => ({ code })),
    { code: carrier, agency: { channel: 'upward', signaturePolicy: 'optional' } as const },
  ];
  return startTestGateway({ bare: true, agencies, env });
}
