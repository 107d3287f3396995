/** Hands chunks from one who writes to one who reads, one at a time: `write` resolves when the chunk was used up. */
export class Channel implements AsyncIterable<Uint8Array> {
  #chunk: Uint8Array | undefined;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #toReader = (): void => undefined;
  #toWriter = (): void => undefined;

  /** Throws what the reader failed with. */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#failure === undefined) {
      this.#chunk = chunk;
      await new Promise<void>((resolve) => {
        this.#toWriter = resolve;
        this.#toReader();
      });
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Nothing more comes. */
  end(): void {
    this.#ended = true;
    this.#toReader();
  }

  /** One side has failed: the other one learns of it. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#toReader();
    this.#toWriter();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const chunk = this.#chunk;
      if (chunk !== undefined) {
        yield chunk;
        this.#chunk = undefined;
        this.#toWriter();
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#toReader = resolve;
        });
      }
    }
  }
}
