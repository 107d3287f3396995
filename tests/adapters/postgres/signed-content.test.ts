import { createIntake } from '../../../src/adapters/postgres/intake.ts';
import { createPool } from '../../../src/adapters/postgres/pool.ts';
import { createRegister } from '../../../src/adapters/postgres/register.ts';
import type { Acceptance } from '../../../src/routing/intake.ts';
import type { SignatureVerdict } from '../../../src/routing/package.ts';
import { acceptanceOf, agencyWith, newId } from '../../support/acceptance.ts';
import { testDatabase } from '../../support/database.ts';

const sender = agencyWith('000.00.12.H61');
const other = agencyWith('000.00.13.H61');
const inbox = agencyWith('000.00.45.H61');

let intake: ReturnType<typeof createIntake>;
let close: () => Promise<void>;

beforeAll(async () => {
  const made = await testDatabase();
  const pool = createPool({ url: made.url }, 10, { warn: () => undefined });
  close = () => pool.end().then(() => made.drop());
  intake = createIntake(pool, () => undefined);
  await createRegister(pool, () => new Date()).add([sender, other, inbox], 'test');
});

afterAll(() => close?.());

/** A package of bytes of its own in which `signed` was signed. */
function signedAs(signed: string, { from = sender, by = 'ab', state = 'valid' as SignatureVerdict['state'] } = {}): Acceptance {
  const made = acceptanceOf(from, [{ agency: inbox }]);
  const signature: SignatureVerdict = state === 'absent' ? { state } : { state, algorithm: 'ecdsa-sha256', fingerprint: by.repeat(32) };
  return { ...made, signedInfo: Buffer.from(signed), verified: { ...made.verified, signature } };
}

describe('the same signed content in other bytes', () => {
  it('is answered with the first receipt', async () => {
    const signed = newId();
    const first = signedAs(signed);
    expect(await intake.accept(first)).toEqual({ result: 'stored' });
    expect(await intake.accept(signedAs(signed))).toMatchObject({
      result: 'repeated',
      first: { id: first.receipts[0]?.id, packageId: first.packageId },
    });
  });

  it('is answered with the first receipt also under the id of the first', async () => {
    const signed = newId();
    const transportId = newId();
    await intake.accept({ ...signedAs(signed), transportId });
    expect(await intake.accept({ ...signedAs(signed), transportId })).toMatchObject({ result: 'repeated' });
    expect(await intake.accept({ ...signedAs(newId()), transportId })).toEqual({ result: 'conflict' });
  });

  it('is stored once of 60 that come at once, in turns with other content', async () => {
    const contents = [newId(), newId(), newId()];
    const results = await Promise.all(Array.from({ length: 60 }, (_, i) => intake.accept(signedAs(contents[i % 3] as string))));
    expect(results.filter(({ result }) => result === 'stored')).toHaveLength(3);
    expect(results.filter(({ result }) => result === 'repeated')).toHaveLength(57);
  });

  it('is a package of its own when another certificate signed it, another agency sent it, or its signature counts for nothing', async () => {
    const signed = newId();
    const results = [];
    for (const one of [{}, { by: 'cd' }, { from: other }, { state: 'absent' as const }, { state: 'absent' as const }])
      results.push((await intake.accept(signedAs(signed, one))).result);
    expect(results).toEqual(Array(5).fill('stored'));
  });
});
