import type { Example } from './change.ts';

/** Of each, so many can be looked at. */
const examplesMax = 3;

/** Counts what is alike in bounded memory: what comes first is told apart, the rest is counted together. */
export class Groups<G extends object> {
  readonly #max: number;
  readonly #groups = new Map<string, { readonly group: G; commands: number; readonly examples: Example[] }>();
  /** How many found no place. */
  unlisted = 0;

  constructor(max: number) {
    this.#max = max;
  }

  add(key: string, group: () => G, example: () => Example): void {
    let found = this.#groups.get(key);
    if (found === undefined) {
      if (this.#groups.size >= this.#max) {
        this.unlisted += 1;
        return;
      }
      this.#groups.set(key, (found = { group: group(), commands: 0, examples: [] }));
    }
    found.commands += 1;
    if (found.examples.length < examplesMax) found.examples.push(example());
  }

  /** The most commands first. */
  list(): readonly (G & { readonly commands: number; readonly examples: readonly Example[] })[] {
    return [...this.#groups.values()]
      .toSorted((a, b) => b.commands - a.commands)
      .map(({ group, commands, examples }) => ({ ...group, commands, examples }));
  }
}
