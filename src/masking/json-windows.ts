import type { DetectorSet, Finding } from './detect.ts';
import { JsonStreamError, tokenBytesMax } from './json-stream.ts';
import { numberChars, readablePart } from './json-values.ts';

interface WindowSizes {
  readonly windowChars: number;
  /** What is longer is not surely found. */
  readonly reachChars: number;
}

const usual: WindowSizes = { windowChars: 1024 * 1024, reachChars: 128 * 1024 };

/** More is not kept in memory: a token of the longest, and what is around it. */
const keptCharsMax = 2 * tokenBytesMax;

/**
 * Looks with detectors through a JSON document that comes token by token, as `cleanJson` does through a whole one.
 * Escapes of ASCII come out as the characters they stand for.
 */
export class JsonWindows {
  /** Values replaced so far. */
  found = 0;
  readonly #detect: DetectorSet;
  readonly #out: (bytes: Buffer) => void;
  readonly #sizes: WindowSizes;
  #text = '';
  /** As long as `#text`, as detectors see it. */
  #flat = '';
  /** Given out up to here; what stands before is there to be seen by the detectors. */
  #given = 0;
  /** Where tokens end, from `#given` on. */
  #ends: number[] = [];

  constructor(detect: DetectorSet, out: (bytes: Buffer) => void, sizes: WindowSizes = usual) {
    this.#detect = detect;
    this.#out = out;
    this.#sizes = sizes;
  }

  /** Whole tokens; `isMasked`: nothing in them is looked at. */
  push(bytes: Buffer, isMasked: boolean): void {
    const part = bytes.toString('latin1');
    const { text, flat } = isMasked ? { text: part, flat: '\n'.repeat(part.length) } : readablePart(part);
    this.#text += text;
    this.#flat += flat;
    this.#ends.push(this.#text.length);
    if (this.#text.length - this.#given >= this.#sizes.windowChars) this.#look();
  }

  end(): void {
    this.#give(this.#findings(), this.#text.length);
  }

  /** Gives out what nothing that comes later can change, and makes room for more. */
  #look(): void {
    const { reachChars } = this.#sizes;
    const findings = this.#findings();
    let until = this.#endBefore(this.#text.length - reachChars);
    for (const { start, end } of findings) {
      if (end <= until) continue;
      if (start >= until) break;
      until = this.#endBefore(start);
    }
    if (until === this.#given && this.#text.length - until > keptCharsMax) {
      throw new JsonStreamError('what a detector finds has no end');
    }
    this.#give(findings, until);
    const from = Math.max(0, this.#given - reachChars);
    this.#text = this.#text.slice(from);
    this.#flat = this.#flat.slice(from);
    this.#given -= from;
    this.#ends = this.#ends.flatMap((end) => (end - from > this.#given ? [end - from] : []));
  }

  #endBefore(at: number): number {
    return this.#ends.findLast((end) => end <= at) ?? this.#given;
  }

  #findings(): readonly Finding[] {
    const bytes = Buffer.from(this.#flat, 'latin1');
    if (!this.#detect.mayContain(bytes, 0, bytes.length)) return [];
    return this.#detect.find(this.#flat, 'latin1').filter(({ end }) => end > this.#given);
  }

  #give(findings: readonly Finding[], until: number): void {
    let cleaned = '';
    let at = this.#given;
    let inString = false;
    for (const finding of findings) {
      let { start, end } = finding;
      if (start >= until) break;
      // Tokens are whole, so what begins before them is in several.
      if (start < at || this.#flat.slice(start, end).includes('"')) {
        throw new JsonStreamError('a detector found something over the borders of strings');
      }
      for (let index = at; index < start; index++) if (this.#flat.charAt(index) === '"') inString = !inString;
      let replacement = this.#detect.replacement(this.#text.slice(start, end), finding, 'latin1');
      if (!inString) {
        // A number: all of it becomes a string.
        while (start > at && numberChars.test(this.#flat.charAt(start - 1))) start -= 1;
        while (end < this.#flat.length && numberChars.test(this.#flat.charAt(end))) end += 1;
        replacement = JSON.stringify(replacement);
      }
      cleaned += this.#text.slice(at, start) + replacement;
      this.found += 1;
      at = end;
    }
    cleaned += this.#text.slice(at, until);
    this.#given = until;
    if (cleaned !== '') this.#out(Buffer.from(cleaned, 'latin1'));
  }
}
