import { createLoginFailures } from '../../../src/adapters/postgres/login-failures.ts';
import { createLoginLimits } from '../../../src/adapters/rest/login-limits.ts';
import type { LoginFailures } from '../../../src/routing/clients.ts';
import { Rejection } from '../../../src/routing/problem.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';

const settings = { loginFailures: 3, addressLoginFailures: 5, loginLockSeconds: 60 };
let database: TestDatabase;
let time: Date;
let asked: number;

beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(async () => {
  time = new Date();
  asked = 0;
  await database.pool.query('truncate login_failures');
});
afterAll(() => database?.drop());

const now = () => time;
const store = (): LoginFailures => createLoginFailures(database.pool, now);

/** One process of a gateway: tells of each login whether its secret was right, wrong, or not even looked at. */
function processOf(shared: Omit<LoginFailures, 'forget'> = store()) {
  const read = (keys: readonly string[]) => {
    asked++;
    return shared.read(keys);
  };
  const counted = { read, add: shared.add };
  const limits = createLoginLimits(settings, { loginFailures: counted, now });
  return async (id: string, address: string, right = false) => {
    try {
      return (await limits(id, address, async () => (right ? {} : null))) === null ? 'wrong' : 'right';
    } catch (error) {
      if (error instanceof Rejection) return error.problems[0]?.code;
      throw error;
    }
  };
}

describe('failed logins in several processes', () => {
  it('lock a client out of all of them, where it failed and nowhere else, and until the time is over', async () => {
    const [one, two, three] = [processOf(), processOf(), processOf()];
    for (const at of [one, two, one]) expect(await at('a', '10.0.0.1')).toBe('wrong');
    for (const at of [one, two, three, processOf()]) expect(await at('a', '10.0.0.1', true)).toBe('TOO_MANY_FAILURES');
    expect(await two('a', '10.0.0.2', true)).toBe('right');
    expect(await two('b', '10.0.0.1', true)).toBe('right');
    time = new Date(time.getTime() + 61_000);
    expect(await processOf()('a', '10.0.0.1', true)).toBe('right');
  });

  it('lock a network out of all of them, whatever the ids', async () => {
    const [one, two] = [processOf(), processOf()];
    for (let i = 0; i < 5; i++) expect(await (i % 2 === 0 ? one : two)(`guess-${i}`, '2001:db8::1')).toBe('wrong');
    expect(await processOf()('other', '2001:db8::99', true)).toBe('TOO_MANY_FAILURES');
  });

  it('cost the database nothing for whoever is locked out already', async () => {
    const one = processOf();
    for (let i = 0; i < 3; i++) await one('a', '10.0.0.1');
    const before = asked;
    for (let i = 0; i < 100; i++) expect(await one('a', '10.0.0.1')).toBe('TOO_MANY_FAILURES');
    expect(asked).toBe(before);
  });

  it('count in the process alone while the database is away', async () => {
    const away = { read: () => Promise.reject(new Error('away')), add: () => Promise.reject(new Error('away')) };
    const one = processOf(away);
    for (let i = 0; i < 3; i++) expect(await one('a', '10.0.0.1')).toBe('wrong');
    expect(await one('a', '10.0.0.1', true)).toBe('TOO_MANY_FAILURES');
  });

  it('at the same moment are all counted, and forgotten when they count no more', async () => {
    const kept = store();
    await Promise.all(Array.from({ length: 20 }, (_, i) => kept.add(i % 2 === 0 ? ['x', 'y'] : ['y', 'x'], 60)));
    expect((await kept.read(['x', 'y'])).get('y')?.failures).toBe(20);
    time = new Date(time.getTime() + 61_000);
    expect((await kept.read(['x'])).size).toBe(0);
    await kept.add(['x'], 60);
    expect((await kept.read(['x'])).get('x')?.failures).toBe(1);
    await kept.forget();
    expect((await database.pool.query('select key from login_failures')).rows).toEqual([{ key: 'x' }]);
  });
});
