import { styleText } from 'node:util';

import { table } from '../src/cli/replay-table.ts';
import type { Cell } from '../src/cli/replay-table.ts';

type Style = Parameters<typeof styleText>[0];

/** The terminal: calm, and without colours where nobody would see them. */
export class Screen {
  readonly #out: NodeJS.WriteStream;
  #step = 0;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  title(text: string): void {
    this.#line(`\n${this.#ink('bold', text)}\n`);
  }

  step(text: string): void {
    this.#step += 1;
    this.#line(`\n${this.#ink(['bold', 'cyan'], `${this.#step}. ${text}`)}`);
  }

  /** What somebody types. */
  command(prompt: string, text: string): void {
    this.#line(`   ${this.#ink('dim', prompt)} ${this.#ink('bold', text)}`);
  }

  rows(columns: readonly string[], rows: readonly (readonly Cell[])[]): void {
    for (const line of table(columns, rows, (heading) => this.#ink('dim', heading))) this.#line(`   ${line}`);
  }

  /** What came back, as it came. */
  output(text: string): void {
    for (const line of text.trimEnd().split('\n')) this.#line(`   ${line}`);
  }

  refusal(text: string): void {
    for (const line of text.split('\n')) this.#line(`   ${this.#ink('red', line)}`);
  }

  notice(text: string): void {
    this.#line(`   ${this.#ink('yellow', text)}`);
  }

  /** What it means. */
  remark(text: string): void {
    this.#line(`   ${this.#ink('green', '✓')} ${text}`);
  }

  text(text: string): void {
    this.#line(text);
  }

  #line(text: string): void {
    this.#out.write(`${text}\n`);
  }

  /** `styleText` looks at the stream and at NO_COLOR. */
  #ink(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#out });
  }
}
