interface Member<T> {
  readonly one: T;
  /** Where it stands. */
  at: number;
}

/**
 * Those that are there now, in no order; they come and go by the thousand each second. In a Set they would not be freed: V8
 * makes its table anew every few of them, and a table that has grown old holds on to the next one and to all that was in it,
 * until the old part of the heap is collected.
 */
export class Members<T> {
  readonly #all: Member<T>[] = [];

  /** What takes it out again; more than once is as good as once. */
  add(one: T): () => void {
    const member: Member<T> = { one, at: this.#all.length };
    this.#all.push(member);
    return () => this.#leave(member);
  }

  #leave(member: Member<T>): void {
    if (this.#all[member.at] !== member) return;
    const last = this.#all.pop();
    if (last === undefined || last === member) return;
    this.#all[member.at] = last;
    last.at = member.at;
  }

  /** As they are at this moment, whoever leaves meanwhile. */
  list(): T[] {
    return this.#all.map(({ one }) => one);
  }
}
