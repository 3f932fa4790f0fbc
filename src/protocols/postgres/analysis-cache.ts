/** Longer texts mostly carry their values in them and do not come twice. */
const lengthMax = 16 * 1024;
const entriesMax = 5_000;
const weightMax = 16 * 1024 * 1024;

/**
 * What is known of texts, in two generations of bounded count and memory: when the young one is full it becomes
 * the old one, and what is asked for again moves on. A hit costs one look-up, where a true LRU moves every entry.
 */
export class AnalysisCache<T> {
  #young = new Map<string, T>();
  #old = new Map<string, T>();
  #weight = 0;

  get(text: string): T | undefined {
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    const older = this.#old.get(text);
    if (older !== undefined) this.set(text, older);
    return older;
  }

  set(text: string, known: T): void {
    if (text.length > lengthMax || this.#young.has(text)) return;
    const weight = weightOf(text);
    if (this.#young.size >= entriesMax || this.#weight + weight > weightMax) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#weight = 0;
    }
    this.#young.set(text, known);
    this.#weight += weight;
  }
}

/** Bytes of memory, about: facts take some ten times the text that they were drawn from. */
function weightOf(text: string): number {
  return 1024 + 12 * text.length;
}
