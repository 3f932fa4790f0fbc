import { detectorNames } from '../core/target.ts';
import type { Detection, DetectorName, OwnPattern } from '../core/target.ts';
import type { MaskName } from '../core/mask.ts';
import { findAwsKeys } from './detectors/aws-key.ts';
import { findEmails } from './detectors/email.ts';
import { findIbans } from './detectors/iban.ts';
import { findJwts } from './detectors/jwt.ts';
import { ownDetector } from './detectors/own-pattern.ts';
import type { OwnDetector } from './detectors/own-pattern.ts';
import { findPaymentCards } from './detectors/payment-card.ts';
import { findPhones } from './detectors/phone.ts';
import { prefilterFor } from './detectors/prefilter.ts';
import type { Prefilter } from './detectors/prefilter.ts';
import { findPrivateKeys } from './detectors/private-key.ts';
import { isAscii } from './detectors/span.ts';
import type { Detector, Span } from './detectors/span.ts';
import { findUsSsns } from './detectors/us-ssn.ts';
import type { MaskKeys } from './keys.ts';
import { redacted } from './redacted.ts';
import { maskText } from './text-masks.ts';

const detectors: Readonly<Record<DetectorName, Detector>> = {
  email: findEmails,
  payment_card: findPaymentCards,
  iban: findIbans,
  us_ssn: findUsSsns,
  phone: findPhones,
  private_key: findPrivateKeys,
  aws_key: findAwsKeys,
  jwt: findJwts,
};

/** Something found, and how it is to be changed. */
export interface Finding extends Span {
  /** A detector's, or a pattern's. */
  readonly name: string;
  readonly mask: MaskName;
}

/** How the text at hand came from bytes: Latin-1 stands for bytes of whatever encoding, one character each. */
export type TextEncoding = 'utf8' | 'latin1';

/** The detectors of one target, ready to run. */
export interface DetectorSet {
  /** False only where nothing can be found in bytes[start, end): one cheap pass, nothing decoded. */
  mayContain(bytes: Uint8Array, start: number, end: number): boolean;
  /** All that is found, in order, no two overlapping. */
  find(text: string, encoding?: TextEncoding): Finding[];
  /** What stands in place of a finding: a text without quotes, backslashes and control characters. */
  replacement(found: string, finding: Finding, encoding?: TextEncoding): string;
  /** The text with every finding replaced, and how many there were. */
  apply(text: string, encoding?: TextEncoding): { readonly text: string; readonly found: number };
}

/**
 * The first detection that names a detector says how its findings are masked; undefined where none is wanted.
 * @throws PatternError for a pattern of one's own that is none
 */
export function compileDetectors(detections: readonly Detection[], keys: MaskKeys): DetectorSet | undefined {
  const masks = new Map<string, MaskName>();
  const own = new Map<string, OwnDetector>();
  for (const { find, mask } of detections) {
    for (const detector of find) {
      const name = nameOf(detector);
      if (masks.has(name)) continue;
      masks.set(name, mask);
      if (typeof detector !== 'string') own.set(name, ownDetector(detector.pattern));
    }
  }
  return masks.size === 0 ? undefined : new CompiledDetectors(masks, own, keys);
}

function nameOf(detector: DetectorName | OwnPattern): string {
  return typeof detector === 'string' ? detector : detector.name;
}

class CompiledDetectors implements DetectorSet {
  readonly #builtIn: readonly DetectorName[];
  readonly #own: ReadonlyMap<string, OwnDetector>;
  readonly #masks: ReadonlyMap<string, MaskName>;
  readonly #keys: MaskKeys;
  readonly #prefilter: Prefilter;

  constructor(masks: ReadonlyMap<string, MaskName>, own: ReadonlyMap<string, OwnDetector>, keys: MaskKeys) {
    this.#builtIn = detectorNames.filter((name) => masks.has(name));
    this.#own = own;
    this.#masks = masks;
    this.#keys = keys;
    this.#prefilter = prefilterFor(new Set(this.#builtIn));
  }

  mayContain(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#builtIn.length > 0 && this.#prefilter(bytes, start, end)) return true;
    if (this.#own.size === 0) return false;
    const value = bytes.subarray(start, end);
    for (const own of this.#own.values()) if (own.test(value)) return true;
    return false;
  }

  find(text: string, encoding: TextEncoding = 'utf8'): Finding[] {
    const builtIn = this.#builtIn.flatMap((name) => this.#findings(name, detectors[name](text)));
    const all = builtIn.concat(this.#findOwn(text, encoding));
    return merge(all.sort((a, b) => a.start - b.start || b.end - a.end));
  }

  /** Patterns are of characters, of which bytes read as Latin-1 may have several; offsets are the same in both. */
  #findOwn(text: string, encoding: TextEncoding): Finding[] {
    if (this.#own.size === 0) return [];
    const haystack = encoding === 'utf8' || isAscii(text) ? text : Buffer.from(text, 'latin1');
    return [...this.#own].flatMap(([name, own]) => this.#findings(name, own.find(haystack)));
  }

  #findings(name: string, spans: readonly Span[]): Finding[] {
    const mask = this.#masks.get(name) ?? 'redact';
    return spans.map(({ start, end }) => ({ start, end, name, mask }));
  }

  replacement(found: string, { name, mask }: Finding, encoding: TextEncoding = 'utf8'): string {
    // A part of a text cannot be NULL.
    return maskText(mask, Buffer.from(found, encoding), this.#keys.of(`detect:${name}`)) ?? redacted;
  }

  apply(text: string, encoding: TextEncoding = 'utf8'): { text: string; found: number } {
    const findings = this.find(text, encoding);
    if (findings.length === 0) return { text, found: 0 };
    let cleaned = '';
    let at = 0;
    for (const finding of findings) {
      const { start, end } = finding;
      cleaned += text.slice(at, start) + this.replacement(text.slice(start, end), finding, encoding);
      at = end;
    }
    return { text: cleaned + text.slice(at), found: findings.length };
  }
}

/** Findings that overlap become one, redacted: what their masks would keep of each is no longer known. */
function merge(sorted: readonly Finding[]): Finding[] {
  const merged: Finding[] = [];
  for (const finding of sorted) {
    const last = merged.at(-1);
    if (last === undefined || finding.start >= last.end) merged.push(finding);
    else if (finding.end > last.end)
      merged[merged.length - 1] = { ...last, end: finding.end, mask: 'redact' };
  }
  return merged;
}
