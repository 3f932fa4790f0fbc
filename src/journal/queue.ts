import type { Event } from '../core/event.ts';
import type { Clock } from '../core/ports.ts';

interface Queued {
  readonly time: string;
  /** The event's JSON without its opening brace. */
  readonly body: string;
  readonly note: boolean;
}

/** What may wait while the record cannot be written, so that memory stays bounded. */
const notesMax = 10_000;
const noteCharsMax = 4 * 1024 * 1024;

/** Events on their way into the next block, each stamped when it happened. */
export class Queue {
  readonly #clock: Clock;
  #entries: Queued[] = [];
  #noteChars = 0;
  #notes = 0;
  #lost = 0;
  #lastMs: number;
  #lastTime: string;

  /** `after`: the newest time in the journal, in ISO 8601; a clock that was set back does not go below it. */
  constructor(clock: Clock, after: string) {
    this.#clock = clock;
    this.#lastMs = Date.parse(after);
    this.#lastTime = after;
  }

  get empty(): boolean {
    return this.#entries.length === 0 && this.#lost === 0;
  }

  /** Whether another note would be lost. */
  get full(): boolean {
    return this.#notes >= notesMax || this.#noteChars >= noteCharsMax;
  }

  append(event: Event): void {
    this.#entries.push({ time: this.#time(), body: bodyOf(event), note: false });
  }

  note(event: Event): void {
    if (this.full) {
      this.#lost++;
      return;
    }
    const body = bodyOf(event);
    this.#notes++;
    this.#noteChars += body.length;
    this.#entries.push({ time: this.#time(), body, note: true });
  }

  /** Before all others, and kept as a note is. */
  noteFirst(event: Event): void {
    const time = this.#entries[0]?.time ?? this.#time();
    this.#entries.unshift({ time, body: bodyOf(event), note: true });
  }

  /** Lines of everything queued, for a block that begins behind `seq`. */
  lines(seq: number): { text: string; events: number } {
    let text = '';
    let at = seq;
    for (const { time, body } of this.#entries) text += `{"seq":${++at},"time":"${time}",${body}\n`;
    if (this.#lost > 0) {
      const body = bodyOf({ type: 'journal.lost', events: this.#lost });
      text += `{"seq":${++at},"time":"${this.#time()}",${body}\n`;
    }
    return { text, events: at - seq };
  }

  /** Stamp of the newest event. */
  get newestTime(): string {
    return this.#lost > 0 ? this.#lastTime : (this.#entries.at(-1)?.time ?? this.#lastTime);
  }

  /** What comes later is stamped no earlier than this. */
  advance(time: string): void {
    if (time <= this.#lastTime) return;
    this.#lastTime = time;
    this.#lastMs = Date.parse(time);
  }

  /** Everything is on record. */
  written(): void {
    this.#entries = [];
    this.#notes = 0;
    this.#noteChars = 0;
    this.#lost = 0;
  }

  /** Forgets what must not happen now; true where that was anything. */
  dropAppended(): boolean {
    const before = this.#entries.length;
    this.#entries = this.#entries.filter(({ note }) => note);
    return this.#entries.length < before;
  }

  #time(): string {
    const now = this.#clock.now();
    if (now > this.#lastMs) {
      this.#lastMs = now;
      this.#lastTime = new Date(now).toISOString();
    }
    return this.#lastTime;
  }
}

function bodyOf(event: Event): string {
  return JSON.stringify(event).slice(1);
}
