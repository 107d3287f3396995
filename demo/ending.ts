/** What has to be ended, the last thing first, once and whatever happens. */
export class Ending {
  readonly #steps: (() => Promise<unknown>)[] = [];
  #done: Promise<void> | undefined;

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  /** Ends everything. A step that fails does not keep the others from being taken. */
  run(): Promise<void> {
    this.#done ??= this.#runAll();
    return this.#done;
  }

  async #runAll(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) {
      await step().catch((error: unknown) => void process.stderr.write(`${String(error)}\n`));
    }
  }
}
