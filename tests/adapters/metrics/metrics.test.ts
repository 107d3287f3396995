import type { Gauges } from '../../../src/adapters/metrics/metrics.ts';
import { createMetrics } from '../../../src/adapters/metrics/metrics.ts';
import type { Claim, Settlement } from '../../../src/routing/outbox.ts';

const gauges: Gauges = {
  deliveries: { waiting: 3, held: 1 },
  oldestWaiting: { urgent: 12.5, ordinary: 0 },
  breakers: { open: 1, 'half-open': 0, closed: 40 },
  queueDepth: { urgent: 2, ordinary: 7 },
};

describe('metrics', () => {
  it('count what came in and how long it took', async () => {
    const metrics = createMetrics(async () => gauges);
    metrics.accepted(true, 0.004);
    metrics.accepted(false, 0.3);
    metrics.rejected(['NOT_XML', 'SENDER_UNKNOWN', 'NOT_XML']);
    const { contentType, text } = await metrics.render();
    expect(contentType).toContain('text/plain');
    expect(text).toContain('lienthong_packages_accepted_total{repeated="no"} 1');
    expect(text).toContain('lienthong_packages_accepted_total{repeated="yes"} 1');
    expect(text).toContain('lienthong_packages_rejected_total{code="NOT_XML"} 1');
    expect(text).toContain('lienthong_accept_seconds_bucket{le="0.005"} 1');
    expect(text).toContain('lienthong_accept_seconds_count 2');
  });

  it('count attempts by result', async () => {
    const metrics = createMetrics(async () => gauges);
    const settlement = (kind: string, milliseconds: number) =>
      ({ attempt: { result: { kind }, startedAt: new Date(0), finishedAt: new Date(milliseconds) } }) as unknown as Settlement;
    metrics.attempted({} as Claim, settlement('delivered', 40));
    metrics.attempted({} as Claim, settlement('unavailable', 5000));
    const { text } = await metrics.render();
    expect(text).toContain('lienthong_attempts_total{result="unavailable"} 1');
    expect(text).toContain('lienthong_attempt_seconds_bucket{le="0.05",result="delivered"} 1');
  });

  it('show the figures of the store as they are when asked', async () => {
    let now: Gauges = gauges;
    const metrics = createMetrics(async () => now);
    const first = (await metrics.render()).text;
    expect(first).toContain('lienthong_deliveries{state="waiting"} 3');
    expect(first).toContain('lienthong_oldest_waiting_seconds{lane="urgent"} 12.5');
    expect(first).toContain('lienthong_breakers{state="open"} 1');
    expect(first).toContain('lienthong_queue_depth{lane="ordinary"} 7');
    expect(first).toContain('lienthong_store_up 1');
    now = { ...gauges, deliveries: { waiting: 1 } };
    const second = (await metrics.render()).text;
    expect(second).toContain('lienthong_deliveries{state="waiting"} 1');
    expect(second).not.toContain('lienthong_deliveries{state="held"}');
  });

  it('show how each upward route goes, and nothing of one that is closed', async () => {
    const link = {
      route: 'axis',
      sinceSuccess: 61,
      failures: 2,
      followFailures: 1,
      sinceSync: 90,
      syncFailures: 4,
      entries: { quarantined: 3 },
      outstanding: 7,
    };
    let now: Gauges = { ...gauges, routes: [link] };
    const metrics = createMetrics(async () => now);
    const { text } = await metrics.render();
    expect(text).toContain('lienthong_route_last_success_seconds{route="axis"} 61');
    expect(text).toContain('lienthong_route_failures{route="axis"} 2');
    expect(text).toContain('lienthong_route_follow_failures{route="axis"} 1');
    expect(text).toContain('lienthong_route_entries{route="axis",state="quarantined"} 3');
    expect(text).toContain('lienthong_route_entries{route="axis",state="new"} 0');
    expect(text).toContain('lienthong_route_last_sync_seconds{route="axis"} 90');
    expect(text).toContain('lienthong_route_sync_failures{route="axis"} 4');
    expect(text).toContain('lienthong_route_submissions_followed{route="axis"} 7');
    now = gauges;
    expect((await metrics.render()).text).not.toContain('route="axis"');
  });

  it('show no old figures while the store is away', async () => {
    let away = false;
    const metrics = createMetrics(async () => {
      if (away) throw new Error('away');
      return gauges;
    });
    metrics.accepted(true, 0.1);
    await metrics.render();
    away = true;
    const { text } = await metrics.render();
    expect(text).toContain('lienthong_store_up 0');
    expect(text).not.toMatch(/^lienthong_deliveries\{/m);
    expect(text).toContain('lienthong_packages_accepted_total{repeated="no"} 1');
  });
});
