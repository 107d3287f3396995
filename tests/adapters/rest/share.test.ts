import { createShare } from '../../../src/adapters/rest/share.ts';

const never = () => new Promise<void>(() => undefined);

describe('room for what takes long', () => {
  it('is not taken up by one client alone', async () => {
    const share = createShare({ all: 4, each: 2 });
    void share('greedy', never);
    void share('greedy', never);
    await expect(share('greedy', never)).rejects.toThrow('GATEWAY_BUSY');
    await expect(share('other', async () => 'done')).resolves.toBe('done');
  });

  it('ends when all of it is taken, and comes back with what ends, well or not', async () => {
    const share = createShare({ all: 2, each: 2 });
    void share('a', never);
    await expect(share('b', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    let end = (): void => undefined;
    const running = share('b', () => new Promise<void>((resolve) => (end = resolve)));
    await expect(share('c', never)).rejects.toThrow('GATEWAY_BUSY');
    end();
    await running;
    await expect(share('c', async () => 'done')).resolves.toBe('done');
  });
});
