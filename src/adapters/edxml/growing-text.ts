/** A byte text that is added to at its end and may be cut back. Its memory is at most twice its size. */
export class GrowingText {
  #bytes = Buffer.allocUnsafeSlow(4096);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(more: Uint8Array): void {
    const needed = this.#length + more.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#bytes.set(more, this.#length);
    this.#length = needed;
  }

  /** The text from `from` on; valid until the next `append`. */
  from(from: number): Buffer {
    return this.#bytes.subarray(from, this.#length);
  }

  cutTo(length: number): void {
    this.#length = length;
  }

  /** A copy in memory of its own, exactly as large as the text: cheap to hand to another thread. */
  copy(): Buffer {
    const exact = Buffer.allocUnsafeSlow(this.#length);
    this.#bytes.copy(exact, 0, 0, this.#length);
    return exact;
  }
}
