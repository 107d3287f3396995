import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settings } from '../src/config.ts';
import { productRoot } from '../src/paths.ts';

const composeCommand = [['docker', 'compose'], ['docker-compose']].find(
  ([command = '', ...before]) => spawnSync(command, [...before, 'version']).status === 0,
);
const secrets = { POSTGRES_PASSWORD: 'only-a-test', REDIS_PASSWORD: 'only-a-test-too' };

function composed(env: Readonly<Record<string, string>>) {
  const [command = '', ...before] = composeCommand ?? [];
  const { PATH = '', HOME = '' } = process.env;
  return spawnSync(command, [...before, 'config'], { cwd: productRoot, encoding: 'utf8', env: { PATH, HOME, ...env } });
}

describe('the containers', () => {
  const withCompose = composeCommand === undefined ? it.skip : it;

  withCompose('are described so that docker compose reads it (skipped where it is not installed)', () => {
    const { status, stdout, stderr } = composed(secrets);
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    for (const service of ['api', 'worker', 'postgres', 'redis']) expect(stdout).toMatch(new RegExp(`^ {2}${service}:`, 'm'));
    expect(stdout).toContain('noeviction');
    expect(stdout).toMatch(/--appendonly\n\s+- "yes"/);
  });

  withCompose('do not start without passwords (skipped where docker compose is not installed)', () => {
    const { status, stderr } = composed({});
    expect(status).not.toBe(0);
    expect(stderr).toContain('_PASSWORD');
  });

  it('set only what the gateway knows', () => {
    const text = readFileSync(join(productRoot, 'docker-compose.yml'), 'utf8') + readFileSync(join(productRoot, 'Dockerfile'), 'utf8');
    const named = new Set(text.match(/\bLIENTHONG_[A-Z_]+/g));
    const known = new Set(Object.values(settings).map((one) => one.name));
    expect([...named].filter((name) => !known.has(name))).toEqual([]);
    expect(named.size).toBeGreaterThan(2);
  });
});
