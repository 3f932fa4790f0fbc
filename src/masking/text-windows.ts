import type { DetectorSet, Finding } from './detect.ts';
import { redacted } from './redacted.ts';

/** What is longer than `reachBytes` is not surely found. */
interface WindowSizes {
  readonly windowBytes: number;
  readonly reachBytes: number;
}

const usual: WindowSizes = { windowBytes: 1024 * 1024, reachBytes: 128 * 1024 };

/**
 * Looks through a text too long to be kept, window by window. A window begins with what stood before, and at its end
 * leaves as much to the next one, so that whatever is shorter than that lies whole in one of them, with its
 * surroundings.
 */
export class TextWindows {
  /** Values replaced so far. */
  found = 0;
  readonly #detect: DetectorSet;
  /** Takes what may be seen, valid during the call only. */
  readonly #out: (bytes: Buffer) => void;
  readonly #reachBytes: number;
  readonly #window: Buffer;
  #end = 0;
  /** The window is given out up to here; what stands before is there to be seen by the detectors. */
  #given = 0;

  constructor(detect: DetectorSet, out: (bytes: Buffer) => void, { windowBytes, reachBytes } = usual) {
    this.#detect = detect;
    this.#out = out;
    this.#reachBytes = reachBytes;
    this.#window = Buffer.allocUnsafeSlow(windowBytes);
  }

  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      const length = bytes.copy(this.#window, this.#end, at);
      at += length;
      this.#end += length;
      if (this.#end === this.#window.length) this.#look();
    }
  }

  end(): void {
    this.#give(this.#findings(), this.#end);
  }

  /** Gives out what no later byte can change, and makes room for more. */
  #look(): void {
    const findings = this.#findings();
    let until = this.#end - this.#reachBytes;
    for (const { start, end } of findings) {
      if (end <= until) continue;
      if (start >= until) break;
      // It may go on, or be something else, with more to be seen of it; what is longer than that is replaced as it stands.
      const isLong = end - Math.max(start, this.#given) > this.#reachBytes;
      until = isLong ? end : start;
    }
    const from = Math.max(0, this.#give(findings, until) - this.#reachBytes);
    this.#window.copyWithin(0, from, this.#end);
    this.#end -= from;
    this.#given -= from;
  }

  #findings(): readonly Finding[] {
    if (!this.#detect.mayContain(this.#window, 0, this.#end)) return [];
    return this.#detect.find(this.#text(0, this.#end), 'latin1');
  }

  /** Returns how far. */
  #give(findings: readonly Finding[], until: number): number {
    for (const finding of findings) {
      if (finding.end <= this.#given) continue;
      if (finding.start >= until) break;
      this.#pass(Math.max(finding.start, this.#given));
      this.#out(Buffer.from(this.#replacement(finding), 'latin1'));
      this.found += 1;
      this.#given = finding.end;
    }
    this.#pass(until);
    return this.#given;
  }

  #pass(until: number): void {
    if (until <= this.#given) return;
    this.#out(this.#window.subarray(this.#given, until));
    this.#given = until;
  }

  #replacement(finding: Finding): string {
    const { start, end } = finding;
    // Of what has begun in bytes that are given out already nobody knows what a mask would keep.
    if (start < this.#given) return redacted;
    return this.#detect.replacement(this.#text(start, end), finding, 'latin1');
  }

  /** Latin-1 maps bytes to characters one to one. */
  #text(start: number, end: number): string {
    return this.#window.toString('latin1', start, end);
  }
}
