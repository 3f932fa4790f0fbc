import { detectorNames } from '../core/target.ts';
import type { Detection, DetectorName } from '../core/target.ts';
import type { MaskName } from '../core/mask.ts';
import { findAwsKeys } from './detectors/aws-key.ts';
import { findEmails } from './detectors/email.ts';
import { findIbans } from './detectors/iban.ts';
import { findJwts } from './detectors/jwt.ts';
import { findPaymentCards } from './detectors/payment-card.ts';
import { findPhones } from './detectors/phone.ts';
import { prefilterFor } from './detectors/prefilter.ts';
import { findPrivateKeys } from './detectors/private-key.ts';
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
  readonly name: DetectorName;
  readonly mask: MaskName;
}

/** How the text at hand came from bytes: Latin-1 stands for bytes of whatever encoding, one character each. */
export type TextEncoding = 'utf8' | 'latin1';

/** The detectors of one target, ready to run. */
export interface DetectorSet {
  /** False only where nothing can be found in bytes[start, end): one cheap pass, nothing decoded. */
  mayContain(bytes: Uint8Array, start: number, end: number): boolean;
  /** All that is found, in order, no two overlapping. */
  find(text: string): Finding[];
  /** What stands in place of a finding: a text without quotes, backslashes and control characters. */
  replacement(found: string, finding: Finding, encoding?: TextEncoding): string;
  /** The text with every finding replaced, and how many there were. */
  apply(text: string, encoding?: TextEncoding): { readonly text: string; readonly found: number };
}

/** The first detection that names a detector says how its findings are masked; undefined where none is wanted. */
export function compileDetectors(detections: readonly Detection[], keys: MaskKeys): DetectorSet | undefined {
  const masks = new Map<DetectorName, MaskName>();
  for (const { find, mask } of detections) {
    for (const name of find) if (!masks.has(name)) masks.set(name, mask);
  }
  if (masks.size === 0) return undefined;
  const wanted = detectorNames.flatMap((name) => {
    const mask = masks.get(name);
    return mask === undefined ? [] : [{ name, mask }];
  });
  return new CompiledDetectors(wanted, keys);
}

class CompiledDetectors implements DetectorSet {
  readonly mayContain: DetectorSet['mayContain'];
  readonly #wanted: readonly { name: DetectorName; mask: MaskName }[];
  readonly #keys: MaskKeys;

  constructor(wanted: readonly { name: DetectorName; mask: MaskName }[], keys: MaskKeys) {
    this.#wanted = wanted;
    this.#keys = keys;
    this.mayContain = prefilterFor(new Set(wanted.map(({ name }) => name)));
  }

  find(text: string): Finding[] {
    const all = this.#wanted.flatMap(({ name, mask }) =>
      detectors[name](text).map(({ start, end }): Finding => ({ start, end, name, mask })),
    );
    return merge(all.sort((a, b) => a.start - b.start || b.end - a.end));
  }

  replacement(found: string, { name, mask }: Finding, encoding: TextEncoding = 'utf8'): string {
    // A part of a text cannot be NULL.
    return maskText(mask, Buffer.from(found, encoding), this.#keys.of(`detect:${name}`)) ?? redacted;
  }

  apply(text: string, encoding: TextEncoding = 'utf8'): { text: string; found: number } {
    const findings = this.find(text);
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
