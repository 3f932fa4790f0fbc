import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectorNames } from '../../core/target.ts';
import { answerMask } from '../../masking/answer.ts';
import { compileDetectors } from '../../masking/detect.ts';
import { EchoFilter } from '../../masking/echo.ts';
import { MaskKeys } from '../../masking/keys.ts';
import type { BodyKind } from '../../wire/http/media-type.ts';
import { seenBody, type Seen } from './seen-body.ts';

const keys = new MaskKeys(Buffer.alloc(32), 'billing');
const detect = compileDetectors([{ find: [...detectorNames], mask: 'redact' }], keys);
const places = [{ pointer: ['*', 'email'], mask: 'last4', resource: '/v1/all#/*/email' } as const];
const record =
  '{"id":7,"name":"Ann \\u0041. Example","email":"a","since":"2021-05-01","note":"1234567890123"}';
const recordsEach = 500;
const allBytes = 2.5 * 1024 * 1024;

// [kind, its beginning, between two records, its end]
const bodies: readonly (readonly [kind: BodyKind, first: string, between: string, last: string])[] = [
  ['json', '[', ',', ']'],
  ['json-lines', '', '\n', '\n'],
  ['events', 'data: ', '\n\ndata: ', '\n\n'],
  ['text', '', ', ', ''],
  ['other', '', '', ''],
];

const chunkMax = 128 * 1024;
/** A window of 1 MiB, what stands around it, and the chunk that fills it. */
const heldMax = 1.5 * 1024 * 1024;

for (const [kind, first, between, last] of bodies) {
  for (const withDetectors of [true, false]) {
    const title = `of 2.5 MiB of ${kind}${withDetectors ? ' with detectors' : ''} no more is held than of a window`;
    test(title, async () => {
      const seen: Seen = { bytes: 0, masked: 0, first: [], firstBytesMax: 1000 };
      const mask = answerMask(kind === 'json' ? places : [], keys, withDetectors ? detect : undefined);
      let taken = 0;
      let most = 0;
      async function* source(): AsyncGenerator<Buffer> {
        for (let at = 0; taken < allBytes; at++) {
          const chunk = Buffer.from(
            `${at === 0 ? first : between}${Array.from({ length: recordsEach }, () => record).join(between)}`,
          );
          assert.ok(chunk.length <= chunkMax);
          taken += chunk.length;
          most = Math.max(most, taken - seen.bytes);
          yield chunk;
        }
        yield Buffer.from(last);
      }
      for await (const shown of seenBody(source(), kind, { mask, echo: new EchoFilter([]), seen })) {
        assert.ok(shown.length <= heldMax);
      }
      assert.ok(most <= heldMax, `${most} bytes`);
      assert.ok(seen.bytes > taken * 0.9, `${seen.bytes} of ${taken} bytes went on`);
    });
  }
}
