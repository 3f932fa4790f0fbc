const entriesMax = 4096;
const valueBytesMax = 256;

/** What was lately worked out for a value, bounded: hashes and tokens cost microseconds, and columns repeat. */
export class RecentValues {
  readonly #known = new Map<string, string>();

  get(value: Buffer, make: (value: Buffer) => string): string {
    if (value.length > valueBytesMax) return make(value);
    const key = value.toString('latin1');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = make(value);
    if (this.#known.size >= entriesMax) this.#known.delete(this.#known.keys().next().value ?? '');
    this.#known.set(key, made);
    return made;
  }
}
