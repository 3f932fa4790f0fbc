import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import type { ConfigError } from './error.ts';

export type Path = readonly PropertyKey[];

/** A configuration is some hundred lines; whoever generates one may need more, but not this much. */
const textLengthMax = 1_048_576;
/** How often anchors may be used, so that a few lines cannot grow into gigabytes. */
const aliasCountMax = 100;

/** The text of a configuration, with places for errors. */
export class Source {
  readonly file: string;
  readonly errors: ConfigError[] = [];
  readonly warnings: ConfigError[] = [];
  /** What the YAML says; undefined where it says nothing that can be used. */
  readonly value: unknown;
  readonly #document: Document.Parsed | undefined;
  readonly #lines = new LineCounter();

  constructor(text: string, file: string, lengthMax = textLengthMax) {
    this.file = file;
    if (text.length > lengthMax) {
      this.errors.push(this.#at(0, `longer than ${lengthMax} characters`));
      return;
    }
    try {
      this.#document = parseDocument(text, {
        lineCounter: this.#lines,
        uniqueKeys: true,
        prettyErrors: false,
      });
      for (const { message, pos } of [...this.#document.errors, ...this.#document.warnings]) {
        this.errors.push(this.#at(pos[0], message));
      }
      if (this.errors.length === 0) {
        const value: unknown = this.#document.toJS({ maxAliasCount: aliasCountMax });
        this.value = value ?? {};
      }
    } catch (error) {
      // The parser recurses: nesting deeper than the stack ends here, as does an anchor used too often.
      this.errors.push(
        this.#at(0, `not YAML that can be read: ${error instanceof Error ? error.message : ''}`),
      );
    }
  }

  /** Notes what is wrong at a path; at the key where that is what is meant. */
  refuse(path: Path, message: string, hint?: string): void {
    this.errors.push(this.#at(this.#offset(path), message, hint));
  }

  refuseKey(path: Path, message: string, hint?: string): void {
    this.errors.push(this.#at(this.#offset(path, { key: true }), message, hint));
  }

  /** Notes what is wrong `offset` characters into the text at a path. */
  refuseInside(path: Path, offset: number, message: string, hint?: string): void {
    const { value } = this.#find(path);
    const quote = isScalar(value) && value.type?.startsWith('QUOTE') === true ? 1 : 0;
    // In a folded or escaped text characters do not stand where they mean: its beginning is then near enough.
    const isPlain = isScalar(value) && value.type !== 'BLOCK_FOLDED' && value.type !== 'BLOCK_LITERAL';
    this.errors.push(this.#at(this.#offset(path) + (isPlain ? quote + offset : 0), message, hint));
  }

  warn(path: Path, message: string, hint?: string): void {
    this.warnings.push(this.#at(this.#offset(path), message, hint));
  }

  /** The line, from 1, on which something begins. */
  lineOf(path: Path): number {
    return this.#at(this.#offset(path), '').line;
  }

  #at(offset: number, message: string, hint?: string): ConfigError {
    const { line, col } = this.#lines.linePos(offset);
    const place = { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
    return { ...place, message, ...(hint === undefined ? {} : { hint }) };
  }

  #offset(path: Path, at: { readonly key?: boolean } = {}): number {
    const { key, value } = this.#find(path);
    // A map begins at its first key, which says little; its own key says what it is.
    const node = at.key === true || !isScalar(value) ? (key ?? value) : value;
    return node?.range?.[0] ?? 0;
  }

  /** The node at a path, or as far along it as there are any, and its key. */
  #find(path: Path): { readonly key: Node | undefined; readonly value: Node | undefined } {
    let value: Node | undefined = this.#document?.contents ?? undefined;
    let key: Node | undefined;
    for (const step of path) {
      if (isAlias(value) && this.#document !== undefined) value = value.resolve(this.#document);
      if (isMap<Node, Node | null>(value)) {
        const pair = value.items.find(
          (item) => isScalar(item.key) && String(item.key.value) === String(step),
        );
        if (pair === undefined) break;
        key = pair.key;
        value = pair.value ?? pair.key;
      } else if (isSeq<Node>(value) && typeof step === 'number') {
        const item: Node | undefined = value.items[step];
        if (item === undefined) break;
        [key, value] = [isScalar(item) ? undefined : item, item];
      } else break;
    }
    return { key, value };
  }
}
