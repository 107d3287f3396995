import { openServer } from './server.ts';

/** Runs once before all test files. */
export default openServer;
