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
  #text: Buffer;
  /** As long as `#text`, as detectors see it. */
  #flat: Buffer;
  #end = 0;
  /** Given out up to here; what stands before is there to be seen by the detectors. */
  #given = 0;
  /** Where tokens end, from `#given` on. */
  #ends: number[] = [];

  /** `out` takes what may be seen, valid during the call only. */
  constructor(detect: DetectorSet, out: (bytes: Buffer) => void, sizes: WindowSizes = usual) {
    this.#detect = detect;
    this.#out = out;
    this.#sizes = sizes;
    // A window, what stands before it, and a chunk that comes behind.
    const bytes = sizes.windowChars + 2 * sizes.reachChars;
    this.#text = Buffer.allocUnsafeSlow(bytes);
    this.#flat = Buffer.allocUnsafeSlow(bytes);
  }

  /** Whole tokens; `isMasked`: nothing in them is looked at. */
  push(bytes: Buffer, isMasked: boolean): void {
    this.#makeRoom(bytes.length);
    if (isMasked) {
      bytes.copy(this.#text, this.#end);
      this.#flat.fill(lineFeed, this.#end, this.#end + bytes.length);
      this.#end += bytes.length;
    } else if (bytes.includes(backslash)) {
      const { text, flat } = readablePart(bytes.toString('latin1'));
      this.#text.write(text, this.#end, 'latin1');
      this.#end += this.#flat.write(flat, this.#end, 'latin1');
    } else {
      bytes.copy(this.#text, this.#end);
      this.#end += bytes.copy(this.#flat, this.#end);
    }
    this.#ends.push(this.#end);
    if (this.#end - this.#given >= this.#sizes.windowChars) this.#look();
  }

  end(): void {
    this.#give(this.#findings(), this.#end);
  }

  /** Without escapes it is no longer than with them. */
  #makeRoom(bytes: number): void {
    const needed = this.#end + bytes;
    if (needed <= this.#text.length) return;
    const [text, flat] = [this.#text, this.#flat];
    this.#text = Buffer.allocUnsafeSlow(2 * needed);
    this.#flat = Buffer.allocUnsafeSlow(2 * needed);
    text.copy(this.#text, 0, 0, this.#end);
    flat.copy(this.#flat, 0, 0, this.#end);
  }

  /** Gives out what nothing that comes later can change, and makes room for more. */
  #look(): void {
    const { reachChars } = this.#sizes;
    const findings = this.#findings();
    let until = this.#endBefore(this.#end - reachChars);
    for (const { start, end } of findings) {
      if (end <= until) continue;
      if (start >= until) break;
      until = this.#endBefore(start);
    }
    if (until === this.#given && this.#end - until > keptCharsMax) {
      throw new JsonStreamError('what a detector finds has no end');
    }
    this.#give(findings, until);
    const from = Math.max(0, this.#given - reachChars);
    this.#text.copyWithin(0, from, this.#end);
    this.#flat.copyWithin(0, from, this.#end);
    this.#end -= from;
    this.#given -= from;
    this.#ends = this.#ends.flatMap((end) => (end - from > this.#given ? [end - from] : []));
  }

  #endBefore(at: number): number {
    return this.#ends.findLast((end) => end <= at) ?? this.#given;
  }

  #findings(): readonly Finding[] {
    if (!this.#detect.mayContain(this.#flat, 0, this.#end)) return [];
    const flat = this.#flat.toString('latin1', 0, this.#end);
    return this.#detect.find(flat, 'latin1').filter(({ end }) => end > this.#given);
  }

  #give(findings: readonly Finding[], until: number): void {
    let inString = false;
    for (const finding of findings) {
      let { start, end } = finding;
      if (start >= until) break;
      const at = this.#given;
      // Tokens are whole, so what begins before them is in several.
      if (start < at || this.#flat.subarray(start, end).includes(quote)) {
        throw new JsonStreamError('a detector found something over the borders of strings');
      }
      for (let index = at; index < start; index++) if (this.#flat[index] === quote) inString = !inString;
      const found = this.#text.toString('latin1', start, end);
      let replacement = this.#detect.replacement(found, finding, 'latin1');
      if (!inString) {
        // A number: all of it becomes a string.
        while (start > at && this.#isOfNumber(start - 1)) start -= 1;
        while (end < this.#end && this.#isOfNumber(end)) end += 1;
        replacement = JSON.stringify(replacement);
      }
      this.#pass(start);
      this.#out(Buffer.from(replacement, 'latin1'));
      this.found += 1;
      this.#given = end;
    }
    this.#pass(until);
  }

  #isOfNumber(at: number): boolean {
    return numberChars.test(String.fromCharCode(this.#flat[at] ?? 0));
  }

  #pass(until: number): void {
    if (until > this.#given) this.#out(this.#text.subarray(this.#given, until));
    this.#given = until;
  }
}

const quote = 0x22;
const backslash = 0x5c;
const lineFeed = 0x0a;
