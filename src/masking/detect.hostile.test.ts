import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { detectorNames } from '../core/target.ts';
import type { DetectorName, OwnPattern } from '../core/target.ts';
import { compileDetectors } from './detect.ts';
import type { DetectorSet } from './detect.ts';
import { cleanJson } from './json-values.ts';
import { MaskKeys } from './keys.ts';

// A detector that goes back over what it has read would not come to an end on these within anybody's patience:
// a million characters squared. So the tests need no clock.
const size = 1_000_000;
const keys = new MaskKeys(Buffer.alloc(32, 1), 'orders');

function detector(...find: (DetectorName | OwnPattern)[]): DetectorSet {
  const set = compileDetectors([{ find, mask: 'redact' }], keys);
  assert.ok(set);
  return set;
}

/** What is begun and not ended, nearly right, or right and overlapping, again and again. */
const seeds: readonly string[] = [
  // email
  'a@',
  '@',
  'a',
  'a.',
  '@.',
  'x@y.',
  'x@y.co@',
  '\u00e9@',
  // numbers
  '1',
  '1 ',
  '1-',
  '4 ',
  '4 - ',
  '4111 1111 1111 1112 ',
  '4111111111111111',
  '123-45-',
  '123-45-6789-',
  'ssn 123456789 ',
  // phones
  '+',
  '+1',
  '+1 ',
  '+1(',
  '+1 2 3 4 5 6 7 8 9 ',
  '+49 30 23125012 ',
  '00',
  '00 1',
  '0049 ',
  '(',
  '(202) ',
  'tel 0 1 2 3 4 5 6 7 8 ',
  // IBAN
  'DE89',
  'DE89 ',
  'MT84',
  // tokens and keys
  'eyJ',
  'eyJ.',
  'eyJ.a.',
  'eyJ.eyJ.',
  'eyJhbGciOiJIUzI1NiJ9.',
  'eyJhbGciOiJIUzI1NiJ9..',
  '-',
  '-----BEGIN ',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN PRIVATE KEY-----|',
  '-----BEGIN PRIVATE KEY----------END ',
  '-----BEGIN PRIVATE KEY-----\\n-----END CERTIFICATE-----',
  '-----END PRIVATE KEY-----',
  'AKIA',
  'AKIAIOSFODNN7EXAMPLE',
  'secret ',
  'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY ',
  // separators, and JSON
  '\u00c2\u00a0',
  '1\u00c2\u00a0',
  '\\',
  '\\u0040',
  '"',
  '[1,',
  '{"a@b.co":',
];

describe('a million characters are read through once', () => {
  for (const seed of seeds) {
    test(`of ${JSON.stringify(seed)}`, () => {
      const text = seed.repeat(Math.ceil(size / seed.length));
      // Nothing found, or something: what matters is that every detector comes back.
      for (const name of detectorNames) assert.ok(detector(name).find(text).length <= text.length);
      const all = detector(...detectorNames);
      const bytes = Buffer.from(text, 'latin1');
      assert.equal(typeof all.mayContain(bytes, 0, bytes.length), 'boolean');
      assert.ok(cleanJson(all, text, 'latin1').found <= text.length);
    });
  }
});

/** Those that read on to the end before they are content with less, from every beginning. */
const patterns: readonly [pattern: string, seed: string][] = [
  ['EMP-\\d{6}', 'EMP-12345'],
  ['EMP-\\d{6}\\b', 'EMP-123456 '],
  ['[a-z]+@[a-z]+', 'a'],
  ['(a|aa)+b', 'a'],
  ['(a+)+b', 'a'],
  ['a.*z|a', 'a'.padEnd(40)],
  ['a[\\s\\S]*?z|a', 'a'.padEnd(400)],
  ['a[\\s\\S]*\\z|a', 'a'.padEnd(512)],
  ['a+', 'a'],
  ['[\\s\\S]+', '\u00e9'],
  ['x.*y$', `x${'-'.repeat(510)}y`],
  ['(?i)(alpha|beta|alphabet)+!', 'alphabet'],
];

describe('so they are by patterns of one’s own', () => {
  for (const [pattern, seed] of patterns) {
    test(`${pattern} in ${JSON.stringify(seed.slice(0, 20))}`, () => {
      const text = seed.repeat(Math.ceil(size / seed.length));
      const set = detector({ name: 'own', pattern });
      assert.ok(set.find(text, 'latin1').length <= text.length);
      const bytes = Buffer.from(text, 'latin1');
      assert.equal(typeof set.mayContain(bytes, 0, bytes.length), 'boolean');
    });
  }
});
