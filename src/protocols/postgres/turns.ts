/** What waits, in turns by whoever it is of: however much somebody has in it, others wait for one item of theirs. */
export class Turns<T> {
  readonly #waiting = new Map<string, T[]>();

  push(of: string, item: T): void {
    const items = this.#waiting.get(of);
    if (items === undefined) this.#waiting.set(of, [item]);
    else items.push(item);
  }

  shift(): T | undefined {
    for (const [of, items] of this.#waiting) {
      const item = items.shift();
      // Behind all others, if there is more.
      this.#waiting.delete(of);
      if (items.length > 0) this.#waiting.set(of, items);
      return item;
    }
    return undefined;
  }

  drain(): T[] {
    const all = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    return all;
  }
}
