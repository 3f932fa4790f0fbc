/** What the server looks at of a name in a message: NAMEDATALEN - 1 bytes (dynahash.c, HASH_STRINGS). */
const nameBytesMax = 63;

/** One thing that a name may stand for on the server. */
export interface Version<T> {
  /** As the server tells names apart. */
  readonly name: string;
  readonly value: T;
  readonly bytes: number;
  /** The stretch of messages between two Syncs that it was given in. */
  readonly stretch: number;
}

export interface NamesOptions {
  readonly countMax: number;
  /** All values together, each as `add` states it. */
  readonly bytesMax: number;
}

/**
 * What names of prepared statements and portals may stand for on the server. A client pipelines: whether a Parse
 * succeeded is known only when its answer comes. Until then a name may still stand for what it stood for before,
 * and whoever decides must reckon with that.
 */
export class Names<T> {
  readonly #versions = new Map<string, Version<T>[]>();
  readonly #doubted = new Map<string, readonly Version<T>[]>();
  readonly #options: NamesOptions;
  #count = 0;
  #bytes = 0;
  #stretch = 0;

  constructor(options: NamesOptions) {
    this.#options = options;
  }

  /** How many are kept, whether or not the server still has them. */
  get size(): number {
    return this.#count;
  }

  get full(): boolean {
    return this.#count >= this.#options.countMax || this.#bytes > this.#options.bytesMax;
  }

  /** All values that `name` may have now, newest last. */
  candidates(name: string): readonly T[] {
    const versions = this.#versions.get(keyOf(name)) ?? [];
    const newest = versions.at(-1);
    if (newest === undefined) return [];
    // Since the last Sync: had it failed, the server would skip whatever asks for it now.
    if (newest.stretch === this.#stretch) return [newest.value];
    return versions.map(({ value }) => value);
  }

  /** All values that `name` may have for SQL that uses it, those among them that `doubt` has put aside. */
  ever(name: string): readonly T[] {
    const key = keyOf(name);
    const versions = [...(this.#doubted.get(key) ?? []), ...(this.#versions.get(key) ?? [])];
    return versions.map(({ value }) => value);
  }

  /** `bytes` is what keeping the value costs. */
  add(name: string, value: T, bytes: number): Version<T> {
    return this.#add({ name: keyOf(name), value, bytes, stretch: this.#stretch });
  }

  /** Given by SQL (PREPARE): its failing makes the server skip nothing, so it never stands alone. */
  addUncertain(name: string, value: T, bytes: number): Version<T> {
    return this.#add({ name: keyOf(name), value, bytes, stretch: -1 });
  }

  /** A Sync goes on: what failed before it does not stop what comes behind it. */
  sync(): void {
    this.#stretch += 1;
  }

  /** The server has taken this version: older ones are gone. */
  confirm(version: Version<T>): void {
    const versions = this.#versions.get(version.name);
    if (versions === undefined || versions[0] === version) return;
    const at = versions.indexOf(version);
    if (at > 0) this.#removed(versions.splice(0, at));
  }

  /** The server has refused this version. */
  retract(version: Version<T>): void {
    const versions = this.#versions.get(version.name);
    const at = versions?.indexOf(version) ?? -1;
    if (versions === undefined || at < 0) return;
    this.#removed(versions.splice(at, 1));
    if (versions.length === 0) this.#versions.delete(version.name);
  }

  /** What to call once the server has closed the name: versions that are added until then stay. */
  closing(name: string): () => void {
    return this.#closing(keyOf(name));
  }

  /** What to call once the server has closed every name. */
  closingAll(): () => void {
    const all = [...this.#versions.keys()].map((key) => this.#closing(key));
    return () => {
      for (const close of all) close();
    };
  }

  #closing(key: string): () => void {
    const last = this.#versions.get(key)?.at(-1);
    return () => {
      const versions = this.#versions.get(key);
      if (versions === undefined || last === undefined) return;
      this.#removed(versions.splice(0, versions.indexOf(last) + 1));
      if (versions.length === 0) this.#versions.delete(key);
    };
  }

  /** Something may have changed what the names stand for: nothing is a candidate any more. */
  doubt(): void {
    for (const [key, versions] of this.#versions) {
      this.#doubted.set(key, [...(this.#doubted.get(key) ?? []), ...versions]);
    }
    this.#versions.clear();
  }

  /** No name stands for anything any more. */
  clear(): void {
    this.#versions.clear();
    this.#doubted.clear();
    this.#count = 0;
    this.#bytes = 0;
  }

  #add(version: Version<T>): Version<T> {
    const versions = this.#versions.get(version.name);
    if (versions === undefined) this.#versions.set(version.name, [version]);
    else versions.push(version);
    this.#count += 1;
    this.#bytes += version.bytes;
    return version;
  }

  #removed(versions: readonly Version<T>[]): void {
    this.#count -= versions.length;
    for (const { bytes } of versions) this.#bytes -= bytes;
  }
}

/** Two names that the server takes for one are one here, too. */
function keyOf(name: string): string {
  // No UTF-16 unit takes more than three bytes.
  if (name.length * 3 < nameBytesMax) return name;
  const bytes = Buffer.from(name);
  // One byte a character: a key of this length can be no shorter name as it stands.
  return bytes.length < nameBytesMax ? name : bytes.toString('latin1', 0, nameBytesMax);
}
