import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PatternError } from '../core/pattern.ts';
import { detectorNames } from '../core/target.ts';
import type { DetectorName } from '../core/target.ts';
import { compileDetectors } from './detect.ts';
import type { DetectorSet } from './detect.ts';
import { MaskKeys } from './keys.ts';
import { maskText } from './text-masks.ts';

const keys = new MaskKeys(Buffer.alloc(32, 1), 'orders');

function detector(...find: DetectorName[]): DetectorSet {
  const set = compileDetectors([{ find, mask: 'redact' }], keys);
  assert.ok(set);
  return set;
}
const all = detector(...detectorNames);

test('the scan lets plain values by', () => {
  const plain = [
    '',
    'Berlin',
    'a short note',
    '2024-05-17',
    '12345678',
    '3.14159',
    'sallyport',
    'e-mail',
    'x+y',
    'Alpha',
  ];
  for (const text of plain)
    assert.equal(all.mayContain(Buffer.from(text), 0, Buffer.byteLength(text)), false, text);
});

test('the scan never looks beyond its range', () => {
  const hits = ['eyJ', 'AKIA', 'secret', '---', 'DE89', '+1234567', 'bob@x'];
  for (const text of hits) {
    const bytes = Buffer.from(text);
    assert.equal(all.mayContain(bytes, 0, bytes.length), true, text);
    assert.equal(all.mayContain(bytes, 0, text === 'bob@x' ? 3 : bytes.length - 1), false, text);
    assert.equal(all.mayContain(bytes, bytes.length, bytes.length), false);
  }
});

test('findings are masked as the first detection that names them says', () => {
  const set = compileDetectors(
    [
      { find: ['email'], mask: 'email' },
      { find: ['email', 'payment_card'], mask: 'last4' },
      { find: ['phone'], mask: 'null' },
    ],
    keys,
  );
  assert.equal(
    set?.apply('bob@example.com 4111 1111 1111 1111 +49 30 901820').text,
    'b***@***.com ************1111 [redacted]',
  );
});

test('hash and token of a finding are those of its bytes, however the text was read', () => {
  const set = compileDetectors([{ find: ['email'], mask: 'token' }], keys);
  const text = 'jösé@example.com';
  assert.equal(set?.apply(Buffer.from(text).toString('latin1'), 'latin1').text, set?.apply(text).text);
});

test('findings that overlap become one, redacted', () => {
  const set = compileDetectors([{ find: ['email', 'jwt'], mask: 'email' }], keys);
  const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln';
  assert.deepEqual(set?.apply(`<${token}@example.com>`), { text: '<e***@***.com>', found: 1 });
  const both = compileDetectors([{ find: ['phone', 'payment_card'], mask: 'last4' }], keys);
  assert.deepEqual(both?.apply('4111 1111 1111 1111 +49 30 901820').found, 2);
});

const staff = { name: 'staff', pattern: 'EMP-\\d{6}' };

test('patterns of one’s own are found beside the others, under a label of their own', () => {
  const set = compileDetectors([{ find: ['email', staff], mask: 'hash' }], keys);
  assert.ok(set);
  const bytes = Buffer.from('is EMP-123456 there?');
  assert.equal(set.mayContain(bytes, 0, bytes.length), true);
  assert.equal(set.mayContain(bytes, 0, 12), false);
  assert.equal(set.mayContain(bytes, 4, bytes.length), false);
  const [finding] = set.find('is EMP-123456 there?');
  assert.deepEqual(finding, { start: 3, end: 13, name: 'staff', mask: 'hash' });
  const label = maskText('hash', Buffer.from('EMP-123456'), keys.of('detect:staff'));
  assert.equal(set.apply('is EMP-123456 there?').text, `is ${label} there?`);
  assert.match(set.apply('bob@example.com EMP-123456').text, /^hmac:\w{32} hmac:\w{32}$/);
});

test('patterns of one’s own meet the bytes of other letters', () => {
  const pattern = { name: 'customer', pattern: 'Größe[ .]\\pL{2}\\d' };
  const set = compileDetectors([{ find: [pattern], mask: 'redact' }], keys);
  const text = 'ß Größe.ÄÖ7 ß';
  assert.equal(set?.apply(text).text, 'ß [redacted] ß');
  const bytewise = set?.apply(Buffer.from(text).toString('latin1'), 'latin1').text ?? '';
  assert.equal(Buffer.from(bytewise, 'latin1').toString(), 'ß [redacted] ß');
});

test('the first detection that names a pattern counts, and what overlaps it is redacted', () => {
  const twice = compileDetectors(
    [
      { find: [staff], mask: 'last4' },
      { find: [staff, 'email'], mask: 'email' },
    ],
    keys,
  );
  assert.equal(twice?.find('EMP-123456')[0]?.mask, 'last4');
  assert.deepEqual(twice?.apply('EMP-123456@example.com'), { text: 'E***@***.com', found: 1 });
  assert.deepEqual(twice?.apply('a@b.EMP-123456'), { text: '[redacted]', found: 1 });
});

test('a pattern that is none is refused', () => {
  const pattern = { name: 'staff', pattern: '(?=x)' };
  assert.throws(() => compileDetectors([{ find: [pattern], mask: 'redact' }], keys), PatternError);
});

test('no detections, no set', () => {
  assert.equal(compileDetectors([], keys), undefined);
  assert.equal(compileDetectors([{ find: [], mask: 'redact' }], keys), undefined);
});
