import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  fieldsForClient,
  fieldsForUpstream,
  fieldsOf,
  fieldValue,
  type Field,
  trailersForClient,
} from './headers.ts';
import { bodyKind } from './media-type.ts';

function names(fields: readonly Field[]): string[] {
  return fields.map(([name]) => name);
}

// THREATS 30
describe('header fields of a client', () => {
  const kept = [
    'Accept',
    'Content-Type',
    'X-Request-Id',
    'If-None-Match',
    'Idempotency-Key',
    'Accept-Language',
    'Range',
  ];
  test('that are about the request go on', () => {
    assert.deepEqual(names(fieldsForUpstream(kept.map((name): Field => [name, 'x']))), kept);
  });

  const dropped =
    'Host Authorization Cookie Connection Keep-Alive TE Trailer Transfer-Encoding Upgrade Proxy-Authorization ' +
    'Proxy-Connection Proxy-Foo X-Forwarded-For x-forwarded-host X-Forwarded-User Forwarded Via X-Real-IP ' +
    'True-Client-IP CF-Connecting-IP X-Original-URL X-Rewrite-Url X-HTTP-Method-Override X-Method-Override ' +
    'X-HTTP-Method Remote-User X-Remote-User X-Auth-Request-Email X-Authenticated-User X-User-Id X-WebAuth-User ' +
    'X-Amzn-Oidc-Data X-MS-Client-Principal X-Goog-Iap-Jwt-Assertion Impersonate-User SSL-Client-Cert Sallyport-Csrf ' +
    'Content-Length Expect X_Forwarded_For Remote_User X-Token X-Client-Cert';
  for (const name of dropped.split(' ')) {
    test(`${name} does not`, () => {
      assert.deepEqual(fieldsForUpstream([[name, 'x']]), []);
    });
  }

  test('that Connection names end here', () => {
    const fields: Field[] = [
      ['Connection', 'close, X-Secret'],
      ['x-secret', '1'],
      ['Accept', '*/*'],
    ];
    assert.deepEqual(fieldsForUpstream(fields), [['Accept', '*/*']]);
  });
});

test('trailer fields that say what a message is, or where it goes, do not go back', () => {
  const dropped =
    'Content-Type Content-Encoding Content-Length Location Cache-Control Vary Set-Cookie Transfer-Encoding ETag Host ' +
    'Authorization Trailer Access-Control-Allow-Origin Content-Security-Policy Link Refresh';
  const fields = [...dropped.split(' '), 'Server-Timing', 'Grpc-Status', 'X-Sum'].map((name): Field => [
    name,
    'x',
  ]);
  assert.deepEqual(names(trailersForClient(fields)), ['Server-Timing', 'Grpc-Status', 'X-Sum']);
});

describe('header fields of an upstream', () => {
  test('that are about the answer go back', () => {
    const kept = ['Content-Type', 'ETag', 'Location', 'Cache-Control', 'Link', 'Retry-After', 'X-Request-Id'];
    assert.deepEqual(names(fieldsForClient(kept.map((name): Field => [name, 'x']))), kept);
  });

  const dropped =
    'Set-Cookie WWW-Authenticate Alt-Svc Clear-Site-Data Strict-Transport-Security Access-Control-Allow-Origin ' +
    'Content-Security-Policy Proxy-Authenticate Transfer-Encoding Connection Service-Worker-Allowed Server';
  for (const name of dropped.split(' ')) {
    test(`${name} does not`, () => {
      assert.deepEqual(fieldsForClient([[name, 'x']]), []);
    });
  }
});

test('fields that came more than once are one value', () => {
  const fields = fieldsOf(['A', '1', 'b', '2', 'a', '3']);
  assert.equal(fieldValue(fields, 'a'), '1, 3');
  assert.equal(fieldValue(fields, 'c'), undefined);
});

test('what a body is', () => {
  const kinds: readonly (readonly [string | undefined, ReturnType<typeof bodyKind>])[] = [
    ['application/json', 'json'],
    ['application/json; charset=UTF-8', 'json'],
    ['application/problem+json', 'json'],
    ['application/json; charset="utf-8"', 'json'],
    ['application/json; charset=utf-16', 'other'],
    ['text/json', 'json'],
    ['application/x-amz-json-1.0', 'json'],
    ['application/x-ndjson', 'json-lines'],
    ['text/event-stream', 'events'],
    ['text/html', 'text'],
    ['text/plain; charset=iso-8859-1', 'other'],
    ['application/x-www-form-urlencoded', 'form'],
    ['application/xml', 'text'],
    ['image/png', 'other'],
    ['application/octet-stream', 'other'],
    [undefined, 'other'],
  ];
  for (const [type, kind] of kinds) assert.equal(bodyKind(type), kind, String(type));
});
