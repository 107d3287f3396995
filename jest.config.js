export default {
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/dist/tests'],
  testMatch: ['<rootDir>/dist/tests/**/*.test.js'],
  testEnvironment: 'node',
  // tsc has compiled everything already.
  transform: {},
  globalSetup: '<rootDir>/dist/tests/support/global-setup.js',
  globalTeardown: '<rootDir>/dist/tests/support/global-teardown.js',
  reporters: ['default', '<rootDir>/dist/tests/support/reporter.js'],
  testTimeout: 30_000,
  maxWorkers: 2,
  forceExit: false,
};
