import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { detectorNames } from '../src/core/target.ts';
import { detectorAlone, detectorTable, figuresOf, samplesOf } from './fixtures/detector-figures.ts';

describe('the corpus of the detectors', () => {
  for (const name of detectorNames) {
    test(`${name}: at least 60 things to find, and 60 texts that look alike`, () => {
      const { truths, lookAlikes } = figuresOf(name);
      assert.ok(truths >= 60, `${truths}`);
      assert.ok(lookAlikes >= 60, `${lookAlikes}`);
      const texts = samplesOf(name).map(({ text }) => text);
      assert.deepEqual(
        texts.filter((text, i) => texts.indexOf(text) !== i),
        [],
      );
    });
  }

  test('every payment card has the right check digit', () => {
    for (const card of truthsOf('payment_card')) {
      const digits = card.normalize('NFKC').replaceAll(/\D/g, '');
      assert.equal(luhn(digits), 0, card);
    }
  });

  test('every IBAN has the right check digits', () => {
    for (const iban of truthsOf('iban')) {
      const text = iban.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
      const digits = [...text.slice(4), ...text.slice(0, 4)].map((letter) => Number.parseInt(letter, 36));
      assert.equal(BigInt(digits.join('')) % 97n, 1n, iban);
    }
  });
});

function truthsOf(name: (typeof detectorNames)[number]): readonly string[] {
  return samplesOf(name).flatMap(({ truths }) => truths);
}

/** ISO/IEC 7812-1 annex B, from the last digit on. */
function luhn(digits: string): number {
  const weighted = [...digits].toReversed().map((digit, i) => Number(digit) * (i % 2 === 0 ? 1 : 2));
  return weighted.reduce((sum, each) => sum + (each > 9 ? each - 9 : each), 0) % 10;
}

test('docs/masking.md shows what the corpus gives', () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/masking.md'), 'utf8');
  const faults = detectorNames.flatMap((name) => figuresOf(name).faults.map((fault) => `${name}: ${fault}`));
  assert.ok(
    page.includes(detectorTable()),
    `put this table there:\n${detectorTable()}\n\n${faults.join('\n')}`,
  );
});

describe('texts and bytes are treated alike, and the first look lets nothing by', () => {
  for (const name of detectorNames) {
    test(name, () => {
      const set = detectorAlone(name);
      for (const { text } of samplesOf(name)) {
        const { text: cleaned, found } = set.apply(text);
        const bytes = Buffer.from(`xx${text}xx`);
        if (found > 0) assert.ok(set.mayContain(bytes, 2, bytes.length - 2), text);
        const bytewise = set.apply(bytes.toString('latin1', 2, bytes.length - 2), 'latin1');
        assert.equal(Buffer.from(bytewise.text, 'latin1').toString(), cleaned);
      }
    });
  }
});
