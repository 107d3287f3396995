import { closeServer } from './server.ts';

/** Runs once after all test files. */
export default closeServer;
