import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EchoFilter } from './echo.ts';

const secret = 'p/ss"wörd+1';
const filter = new EchoFilter([secret, 'abc', 'sk_live_12345678', 'live_1234']);

// THREATS 33
describe('what must not be echoed', () => {
  for (const spelling of [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64'),
    'sk_live_12345678',
  ]) {
    test(`is covered as ${spelling}`, () => {
      const { text, found } = filter.text(`a ${spelling} b`);
      assert.ok(found);
      assert.equal(text, `a ${'*'.repeat(Buffer.byteLength(spelling))} b`);
    });
  }

  test('is covered wherever chunks are cut', () => {
    const whole = Buffer.from(`x sk_live_12345678 sk_live_1234567 ${secret} sk_li`);
    const expected = filter.text(whole.toString()).text;
    for (let cut = 0; cut <= whole.length; cut++) {
      for (const second of [cut, Math.min(cut + 1, whole.length), Math.min(cut + 7, whole.length)]) {
        const push = filter.stream();
        const chunks = [whole.subarray(0, cut), whole.subarray(cut, second), whole.subarray(second)];
        const out = chunks.map((chunk) => Buffer.from(push(Buffer.from(chunk))));
        assert.equal(Buffer.concat([...out, push(undefined)]).toString(), expected);
      }
    }
  });

  test('keeps back no more than what could be the beginning of one', () => {
    const push = filter.stream();
    assert.equal(push(Buffer.from('data: 1\n\n')).toString(), 'data: 1\n\n');
    assert.equal(push(Buffer.from('data: sk_li')).toString(), 'data: ');
    assert.equal(push(Buffer.from('ne\n\n')).toString(), 'sk_line\n\n');
  });

  test('and what is too short to mean anything stays', () => {
    assert.deepEqual(filter.text('abc'), { text: 'abc', found: false });
  });
});
