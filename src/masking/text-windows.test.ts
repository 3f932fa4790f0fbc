import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { detectorNames } from '../core/target.ts';
import type { MaskName } from '../core/mask.ts';
import { compileDetectors } from './detect.ts';
import type { DetectorSet } from './detect.ts';
import { MaskKeys } from './keys.ts';
import { TextWindows } from './text-windows.ts';

const keys = new MaskKeys(Buffer.alloc(32, 1), 'orders');
const sizes = { windowBytes: 512, reachBytes: 96 };

function detector(mask: MaskName, find = detectorNames.filter((name) => name !== 'aws_key')): DetectorSet {
  const set = compileDetectors([{ find, mask }], keys);
  assert.ok(set);
  return set;
}
const redact = detector('redact');

function windowed(text: string, chunkBytes: number, detect = redact): { text: string; found: number } {
  const out: Buffer[] = [];
  const windows = new TextWindows(detect, (bytes) => out.push(Buffer.from(bytes)), sizes);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) windows.push(bytes.subarray(at, at + chunkBytes));
  windows.end();
  return { text: Buffer.concat(out).toString(), found: windows.found };
}

const filler = fc.nat({ max: 400 }).map((length) => ' lorem ipsum é'.repeat(40).slice(0, length));
const secret = fc.constantFrom(
  'bob@acme.dev',
  '4111 1111 1111 1111',
  'DE89 3704 0044 0532 0130 00',
  '078-05-1120',
  '+1 415 555 2671',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
);
const texts = fc
  .array(fc.tuple(filler, secret, fc.constantFrom(' ', '\n', ', ')), { maxLength: 20 })
  .map((parts) => parts.flat().join(''));

test('finds what a look at the whole finds, wherever windows and chunks end', () => {
  for (const detect of [redact, detector('hash')]) {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 700 }), (text, chunkBytes) => {
        const whole = detect.apply(Buffer.from(text).toString('latin1'), 'latin1');
        const seen = windowed(text, chunkBytes, detect);
        assert.equal(seen.text, Buffer.from(whole.text, 'latin1').toString());
        assert.equal(seen.found, whole.found);
      }),
    );
  }
});

const places = Array.from({ length: 600 }, (_, before) => before);

test('finds a value at every place of a window', () => {
  for (const before of places) {
    const text = `${'x'.repeat(before)} bob@acme.dev ${'y'.repeat(700)}`;
    assert.equal(windowed(text, 64).text, text.replace('bob@acme.dev', '[redacted]'), String(before));
  }
});

test('shows no part of a finding that is longer than a window', () => {
  const seen = windowed(`before ${'a@b.cd'.repeat(1000)} after`, 100);
  assert.match(seen.text, /^before (\[redacted\])+ after$/);
});

test('gives an empty text and a short one as they are', () => {
  assert.deepEqual(windowed('', 1), { text: '', found: 0 });
  assert.deepEqual(windowed('short', 1), { text: 'short', found: 0 });
});
