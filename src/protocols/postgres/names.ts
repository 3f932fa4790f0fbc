/** One thing that a name may stand for on the server. */
export interface Version<T> {
  readonly name: string;
  readonly value: T;
}

/**
 * What names of prepared statements and portals may stand for on the server. A client pipelines: whether a
 * Parse succeeded is known only when its answer comes. Until then a name has several candidates, and whoever
 * decides must reckon with every one of them.
 */
export class Names<T> {
  readonly #versions = new Map<string, Version<T>[]>();
  readonly #countMax: number;
  #count = 0;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  get full(): boolean {
    return this.#count >= this.#countMax;
  }

  /** All values that `name` may have now, newest last. */
  candidates(name: string): readonly Version<T>[] {
    return this.#versions.get(name) ?? [];
  }

  add(name: string, value: T): Version<T> {
    const version = { name, value };
    const versions = this.#versions.get(name);
    if (versions === undefined) this.#versions.set(name, [version]);
    else versions.push(version);
    this.#count += 1;
    return version;
  }

  /** The server has taken this version: older ones are gone. */
  confirm(version: Version<T>): void {
    const versions = this.#versions.get(version.name);
    if (versions === undefined || versions[0] === version) return;
    const at = versions.indexOf(version);
    if (at > 0) this.#count -= versions.splice(0, at).length;
  }

  /** The server has refused this version. */
  retract(version: Version<T>): void {
    const versions = this.#versions.get(version.name);
    const at = versions?.indexOf(version) ?? -1;
    if (versions === undefined || at < 0) return;
    versions.splice(at, 1);
    this.#count -= 1;
    if (versions.length === 0) this.#versions.delete(version.name);
  }

  /** All names are gone (portals, at the end of a transaction). */
  clear(): void {
    this.#versions.clear();
    this.#count = 0;
  }

  /** The server has closed the name; versions that were added after `last` stay. */
  closed(name: string, last: Version<T> | undefined): void {
    const versions = this.#versions.get(name);
    if (versions === undefined || last === undefined) return;
    const at = versions.indexOf(last);
    if (at < 0) return;
    this.#count -= versions.splice(0, at + 1).length;
    if (versions.length === 0) this.#versions.delete(name);
  }
}
