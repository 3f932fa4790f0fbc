import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChunkedBody, ChunkedError } from './chunked.ts';
import { amzDate, emptySha256, readAmzDate, readAuthorization, signatureOf, signingKey } from './sigv4.ts';

// The examples of AWS's own documentation.
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

test('signs as AWS’s examples are signed', () => {
  const date = '20130524T000000Z';
  const scope = { day: '20130524', region: 'us-east-1', service: 's3' };
  const headers = new Map([
    ['host', 'examplebucket.s3.amazonaws.com'],
    ['range', 'bytes=0-9'],
    ['x-amz-content-sha256', emptySha256],
    ['x-amz-date', date],
  ]);
  const request = { method: 'GET', path: '/test.txt', query: [], headers, payload: emptySha256 };
  assert.equal(
    signatureOf(request, { secret, scope, date }),
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  );
});

test('sorts a query, and escapes a path twice but for S3', () => {
  const date = '20150830T123600Z';
  const scope = { day: '20150830', region: 'us-east-1', service: 'iam' };
  const headers = new Map([
    ['content-type', 'application/x-www-form-urlencoded; charset=utf-8'],
    ['host', 'iam.amazonaws.com'],
    ['x-amz-date', date],
  ]);
  const query = [
    ['Version', '2010-05-08'],
    ['Action', 'ListUsers'],
  ] as const;
  const request = { method: 'GET', path: '/', query, headers, payload: emptySha256 };
  assert.equal(
    signatureOf(request, { secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', scope, date }),
    '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  );
  const at = (service: string): string =>
    signatureOf({ ...request, path: '/a%20b' }, { secret, scope: { ...scope, service }, date });
  assert.notEqual(at('s3'), at('iam'));
});

describe('Authorization', () => {
  const good =
    'AWS4-HMAC-SHA256 Credential=AKID/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=' +
    'a'.repeat(64);

  test('is read', () => {
    assert.deepEqual(readAuthorization(good), {
      accessKeyId: 'AKID',
      scope: { day: '20130524', region: 'us-east-1', service: 's3' },
      signedHeaders: ['host', 'x-amz-date'],
      signature: 'a'.repeat(64),
    });
    assert.ok(readAuthorization(good.replaceAll(', ', ',')) !== undefined);
  });

  const bad: readonly (readonly [title: string, text: string])[] = [
    ['nothing', ''],
    ['fields out of order', good.replace('host;x-amz-date', 'x-amz-date;host')],
    ['a field twice', good.replace('host;', 'host;host;')],
    ['an empty field', good.replace('host;', ';')],
    ['capitals in a field', good.replace('host', 'Host')],
    ['another terminator', good.replace('aws4_request', 'aws5_request')],
    ['a signature in capitals', good.replaceAll('a'.repeat(64), 'A'.repeat(64))],
    ['a short signature', good.slice(0, -1)],
    ['more behind it', `${good}, Credential=X`],
    ['a region with a dot', good.replace('us-east-1', 'evil.com')],
    ['a service with a slash', good.replace('/s3/', '/s3/x/')],
  ];
  for (const [title, text] of bad) {
    test(`is refused with ${title}`, () => assert.equal(readAuthorization(text), undefined));
  }
});

test('dates are of one form', () => {
  const ms = Date.UTC(2026, 1, 28, 12, 0, 59);
  assert.equal(amzDate(ms), '20260228T120059Z');
  assert.equal(readAmzDate('20260228T120059Z'), ms);
  for (const bad of ['', '20260230T120059Z', '20260228T250059Z', '2026-02-28T12:00:59Z', '20260228T120059']) {
    assert.equal(readAmzDate(bad), undefined, bad);
  }
});

describe('aws-chunked', () => {
  const scope = { day: '20130524', region: 'us-east-1', service: 's3' };
  const signing = {
    key: signingKey(secret, scope),
    scope,
    date: '20130524T000000Z',
    seed: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  };
  const signed = Buffer.from(
    [
      '10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
      'a'.repeat(65_536),
      '400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
      'a'.repeat(1024),
      '0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
      '',
      '',
    ].join('\r\n'),
  );

  function read(body: ChunkedBody, bytes: Buffer, cut: number): string {
    const out: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += cut) out.push(...body.push(bytes.subarray(at, at + cut)));
    body.end();
    return Buffer.concat(out).toString();
  }

  for (const cut of [1, 7, 1000, 65_540, 1_000_000]) {
    test(`the example of the documentation, ${cut} bytes at a time`, () => {
      assert.equal(read(new ChunkedBody(signing, false), signed, cut), 'a'.repeat(66_560));
    });
  }

  test('with a checksum behind it', () => {
    const body = new ChunkedBody(undefined, true);
    const text = '3\r\na,b\r\n0\r\nx-amz-checksum-crc32: AAAAAA==\r\n\r\n';
    assert.equal(read(body, Buffer.from(text), 1), 'a,b');
    assert.deepEqual([...body.trailers], [['x-amz-checksum-crc32', 'AAAAAA==']]);
  });

  const bad: readonly (readonly [title: string, body: ChunkedBody, text: string])[] = [
    ['signed, where none should be', new ChunkedBody(undefined, false), signed.toString()],
    ['not signed, where it should be', new ChunkedBody(signing, false), '1\r\na\r\n0\r\n\r\n'],
    ['a size that is none', new ChunkedBody(undefined, false), '0x1\r\na\r\n0\r\n\r\n'],
    ['a size that is too large for a number', new ChunkedBody(undefined, false), 'fffffffffffff\r\n'],
    ['a chunk that is longer than it says', new ChunkedBody(undefined, false), '1\r\nab\r\n0\r\n\r\n'],
    ['no end', new ChunkedBody(undefined, false), '1\r\na\r\n'],
    ['more behind the end', new ChunkedBody(undefined, false), '0\r\n\r\nx'],
    ['a trailer that should not be', new ChunkedBody(undefined, false), '0\r\na:b\r\n\r\n'],
    ['a trailer twice', new ChunkedBody(undefined, true), '0\r\na:b\r\na:c\r\n\r\n'],
    ['a signed trailer without a signature', new ChunkedBody(signing, true), signed.toString()],
    ['a line without an end', new ChunkedBody(undefined, false), '1'.repeat(2000)],
    [
      'a signed chunk that is too long',
      new ChunkedBody(signing, false),
      `fffffff;chunk-signature=${'a'.repeat(64)}\r\n`,
    ],
  ];
  for (const [title, body, text] of bad) {
    test(`refused: ${title}`, () => {
      assert.throws(() => read(body, Buffer.from(text), text.length), ChunkedError);
    });
  }
});
