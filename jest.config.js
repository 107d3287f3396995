import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

// Not whatever lies in dist: tsc leaves there what it compiled from tests that are no more.
const sources = readdirSync(join(import.meta.dirname, 'tests'), { recursive: true }).filter((name) => name.endsWith('.test.ts'));

export default {
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/dist/tests'],
  testMatch: sources.map((name) => `<rootDir>/dist/tests/${name.slice(0, -'ts'.length)}js`),
  testEnvironment: 'node',
  // tsc has compiled everything already.
  transform: {},
  globalSetup: '<rootDir>/dist/tests/support/global-setup.js',
  globalTeardown: '<rootDir>/dist/tests/support/global-teardown.js',
  testSequencer: '<rootDir>/dist/tests/support/sequencer.js',
  reporters: ['default', '<rootDir>/dist/tests/support/reporter.js'],
  // Ends what hangs, on a machine however busy. How fast something must be is said by the tests themselves.
  testTimeout: 120_000,
  // A test is a gateway, its database and what talks to them: one for each core, and more only get in each other's way.
  maxWorkers: Math.min(Math.max(availableParallelism(), 2), 4),
  forceExit: false,
};
