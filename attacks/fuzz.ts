import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { productRoot } from '../src/paths.ts';

/** Runs the properties of tests/adapters/fuzz*.test.ts for so many minutes: `npm run fuzz -- --minutes 10`. */
const minutes = process.argv[process.argv.indexOf('--minutes') + 1] ?? '1';
const jest = join(productRoot, 'node_modules', 'jest', 'bin', 'jest.js');
const args = ['--experimental-vm-modules', '--no-warnings', jest, 'adapters/fuzz'];
const run = spawnSync(process.execPath, args, { cwd: productRoot, stdio: 'inherit', env: { ...process.env, FUZZ_MINUTES: minutes } });
process.exitCode = run.status ?? 1;
