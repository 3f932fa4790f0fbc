const entriesMax = 4096;
const valueBytesMax = 256;

/**
 * What was lately worked out for a value, bounded: hashes and tokens cost microseconds, and columns repeat. In two
 * generations: when the young one is full it becomes the old one, which costs less than to forget one by one.
 */
export class RecentValues {
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  get(value: Buffer, make: (value: Buffer) => string): string {
    if (value.length > valueBytesMax) return make(value);
    const key = value.toString('latin1');
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const made = this.#old.get(key) ?? make(value);
    if (this.#young.size >= entriesMax / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, made);
    return made;
  }
}
