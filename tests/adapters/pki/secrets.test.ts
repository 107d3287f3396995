import { checkSecret, hashSecret, newSecret } from '../../../src/adapters/pki/secrets.ts';

describe('client secrets', () => {
  it('are new each time, of 256 bits, and fit into both ways to log in', () => {
    const secrets = Array.from({ length: 100 }, newSecret);
    expect(new Set(secrets).size).toBe(100);
    for (const secret of secrets) expect(secret).toMatch(/^lts_[A-Za-z0-9_-]{43}$/);
  });

  it('are kept as argon2id hashes with a salt', async () => {
    const [first, second] = await Promise.all([hashSecret('a'), hashSecret('a')]);
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(first).not.toBe(second);
  });

  it('are recognised by any of several hashes, and by nothing else', async () => {
    const hashes = await Promise.all(['old', 'new'].map(hashSecret));
    expect(await checkSecret('old', hashes)).toBe(true);
    expect(await checkSecret('new', ['not a hash', ...hashes])).toBe(true);
    expect(await checkSecret('other', hashes)).toBe(false);
    expect(await checkSecret('old', [])).toBe(false);
    expect(await checkSecret('', hashes)).toBe(false);
    expect(await checkSecret('x'.repeat(10_000), hashes)).toBe(false);
  });
});
