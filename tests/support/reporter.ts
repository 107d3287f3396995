/** The part of jest's results that is counted. */
interface Results {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** Files that did not run at all: not one of their tests is among the failed ones. */
  readonly numRuntimeErrorTestSuites: number;
}

/** Prints `N passed, N failed[, N skipped]` as the very last line of a run. */
export default class CountReporter {
  onRunComplete(_contexts: unknown, results: Results): void {
    const line = summary(results);
    // jest's own summary and the teardown come after this call, so only the exit is late enough.
    process.once('exit', () => process.stdout.write(`${line}\n`));
  }
}

export function summary(results: Results): string {
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  const skipped = results.numPendingTests + results.numTodoTests;
  const counted = `${results.numPassedTests} passed, ${failed} failed`;
  return skipped > 0 ? `${counted}, ${skipped} skipped` : counted;
}
