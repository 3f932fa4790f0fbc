import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { amzDate, sha256 } from '../../src/wire/aws/sigv4.ts';
import { AwsClient, keyPairOf, ticketFor, type AwsAnswer, type AwsRequest } from '../fixtures/aws-client.ts';
import { startTestGateway, type TestGateway } from '../fixtures/gateway.ts';
import { startHttpApi, type HttpApi } from '../fixtures/http-api.ts';

// What must not work with AWS: THREATS 35, and what two readers of a request could make of it.

const planted = 'ann.planted@acme.test';
const secret = 'upstream-secret-access-key-0123456789abc';
let api: HttpApi;
let gateway: TestGateway;
let client: AwsClient;
let secure: AwsClient;
let port: number;

before(async () => {
  process.env['AWS_THREATS_SECRET'] = secret;
  api = await startHttpApi(({ url, headers }, response) => {
    const text = `to ${planted}, `.repeat(20);
    const type = url.includes('octets') ? 'application/octet-stream' : 'text/csv';
    if (url.startsWith('/mail/events')) {
      const frame = Buffer.concat([Buffer.alloc(12), Buffer.from(text)]);
      response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' }).end(frame);
    } else if (url.startsWith('/mail/several')) {
      const body = Buffer.concat([Buffer.alloc(12), Buffer.from(`--x\r\n\r\n${text}`)]);
      response.writeHead(206, { 'content-type': 'multipart/byteranges; boundary=x' }).end(body);
    } else if (!url.startsWith('/mail/')) {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
    } else if (headers.range === undefined) {
      response.writeHead(200, { 'content-type': type, etag: '"of the text"' }).end(text);
    } else {
      response
        .writeHead(206, { 'content-type': type, 'content-range': 'bytes 0-99/9' })
        .end(text.slice(0, 100));
    }
  });
  const target = `aws: { regions: [us-east-1], account: "123456789012", endpoint: "http://127.0.0.1:${api.port}" }
    credential: { keys: { access_key_id: AKIAUPSTREAM, secret_access_key: "\${env:AWS_THREATS_SECRET}" } }`;
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0, http: 0 }
data: ./data
identity: { local: true }
targets:
  cloud:
    ${target}
  other:
    ${target}
  lax:
    ${target}
    uninspected: pass
  strict:
    ${target}
    uninspected: refuse
  web: { http: { url: "http://127.0.0.1:${api.port}" } }
detect: [{ find: [email], mask: redact }]
rules:
  - { name: everything open, who: { any: true }, targets: [cloud, lax, strict, web], allow: [read, write, schema] }
  - { name: not the secret bucket, targets: ["*"], deny: [read, write, schema], resources: ["arn:aws:s3:::secret", "arn:aws:s3:::secret/*"] }
  - { name: not the secret table, targets: ["*"], deny: [read, write, schema], resources: ["arn:aws:dynamodb:*:*:table/secret"] }
`);
  port = gateway.gateway.ports.targets ?? 0;
  const keys = keyPairOf(await ticketFor(gateway, await gateway.token(), 'cloud'));
  client = new AwsClient(port, keys);
  secure = new AwsClient(port, keys, readFileSync(join(gateway.dataDir, 'ca.pem'), 'utf8'));
});

after(async () => {
  await gateway?.stop();
  await api?.stop();
});

const get: AwsRequest = { method: 'GET', path: '/reports/q3.csv', service: 's3' };
const put: AwsRequest = { method: 'PUT', path: '/reports/q3.csv', service: 's3', body: 'a,b' };
const json = { 'content-type': 'application/x-amz-json-1.0' };

function table(name: string, body: object | string, more: Partial<AwsRequest> = {}): AwsRequest {
  return {
    method: 'POST',
    path: '/',
    service: 'dynamodb',
    headers: { ...json, 'x-amz-target': `DynamoDB_20120810.${name}` },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...more,
  };
}

/** Nothing of it reaches AWS. */
async function refused(sent: () => Promise<AwsAnswer>, why: RegExp): Promise<void> {
  const before = api.arrived.length;
  const { status, body } = await sent();
  assert.ok(status >= 400, `${status} ${body}`);
  assert.match(body, why);
  assert.equal(api.arrived.length, before);
}

test('what is signed well goes on', async () => {
  assert.equal((await client.send(get)).status, 200);
  assert.equal((await client.send(put)).status, 200);
  assert.equal((await client.send(table('GetItem', { TableName: 'users' }))).status, 200);
});

test('a guess at the digest of what is looked into does not go on, and of what is written does', async () => {
  const headers = { 'if-none-match': '"0cc175b9c0f1b6a831c399e269772661"' };
  assert.equal((await client.send({ ...get, headers })).status, 200);
  assert.equal(api.arrived.at(-1)?.headers['if-none-match'], undefined);
  assert.equal((await client.send({ ...put, headers: { 'if-none-match': '*' } })).status, 200);
  assert.equal(api.arrived.at(-1)?.headers['if-none-match'], '*');
});

describe('a signature counts for what it was made for, once (THREATS 35)', () => {
  test('the same request again', async () => {
    const headers = await client.sign(get);
    assert.equal((await client.deliver(get, headers)).status, 200);
    await refused(() => client.deliver(get, headers), /SlowDown.*taken already/);
  });

  test('the same request twice at once', async () => {
    const headers = await client.sign(get);
    const before = api.arrived.length;
    const answers = await Promise.all([client.deliver(get, headers), client.deliver(get, headers)]);
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 503]);
    assert.equal(api.arrived.length, before + 1);
  });

  const changed: readonly (readonly [title: string, change: (it: AwsRequest) => AwsRequest])[] = [
    ['another path', (it) => ({ ...it, path: '/reports/q4.csv' })],
    ['another method', (it) => ({ ...it, method: 'POST' })],
    ['a query', (it) => ({ ...it, query: { acl: '' } })],
    ['another protocol', (it) => ({ ...it, unsigned: { 'smithy-protocol': 'rpc-v2-cbor' } })],
    ['another host', (it) => ({ ...it, unsigned: { host: 'secret.s3.amazonaws.com' } })],
    ['another date', (it) => ({ ...it, unsigned: { 'x-amz-date': amzDate(Date.now() + 1000) } })],
    ['another body', (it) => ({ ...it, body: 'c,d' })],
    ['no body', ({ body: _body, ...it }) => it],
    ['another hash of the body', (it) => ({ ...it, unsigned: { 'x-amz-content-sha256': sha256('c,d') } })],
    [
      'a body that is not signed',
      (it) => ({ ...it, unsigned: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }),
    ],
  ];
  for (const [title, change] of changed) {
    test(`${title} than what was signed`, async () => {
      const headers = await client.sign(put);
      await refused(
        () => client.deliver(change(put), headers),
        /SignatureDoesNotMatch|not the one that was signed/,
      );
    });
  }

  const scopes: readonly (readonly [title: string, from: RegExp, to: string])[] = [
    ['region', /us-east-1/, 'eu-west-1'],
    ['service', /\/s3\//, '/iam/'],
    ['day', /\/\d{8}\//, '/20200101/'],
    ['access key', /Credential=[^/]+/, 'Credential=AAAAAAAAAAAAAAAAAAAAAA'],
    ['signature', /Signature=\w{8}/, 'Signature=00000000'],
    ['list of signed fields', /;host;/, ';'],
  ];
  for (const [title, from, to] of scopes) {
    test(`another ${title} in Authorization`, async () => {
      const headers = await client.sign(get);
      const authorization = (headers['authorization'] ?? '').replace(from, to);
      await refused(() => client.deliver(get, { ...headers, authorization }), /Sallyport/);
    });
  }

  test('a region that is none of the target’s', async () => {
    await refused(() => client.send({ ...get, region: 'eu-west-1' }), /cloud is not for eu-west-1/);
  });

  test('a clock that is wrong', async () => {
    for (const ms of [-400_000, 400_000]) {
      const off = { ...get, signedAt: new Date(Date.now() + ms) };
      await refused(() => client.send(off), /RequestTimeTooSkewed/);
    }
  });
});

describe('other ways to sign', () => {
  const rows: readonly (readonly [title: string, it: AwsRequest, why: RegExp])[] = [
    [
      'a presigned URL',
      { ...get, query: { 'X-Amz-Algorithm': 'AWS4-HMAC-SHA256', 'X-Amz-Signature': 'a'.repeat(64) } },
      /presigned URLs are not taken/,
    ],
    [
      'a presigned URL of version 2',
      { ...get, query: { AWSAccessKeyId: 'A', Signature: 'x', Expires: '9999999999' } },
      /presigned URLs are not taken/,
    ],
    [
      'SigV4A',
      { ...get, unsigned: { authorization: 'AWS4-ECDSA-P256-SHA256 Credential=A/20260101/s3/aws4_request' } },
      /SigV4A is not taken/,
    ],
    ['version 2', { ...get, unsigned: { authorization: 'AWS AKIA:c2lnbmF0dXJl' } }, /version 2 is not taken/],
    [
      'nothing but the beginning',
      { ...get, unsigned: { authorization: 'AWS4-HMAC-SHA256 Credential=x' } },
      /not signed as SigV4 wants it/,
    ],
  ];
  for (const [title, it, why] of rows) {
    test(title, async () => refused(() => client.deliver(it, {}), why));
  }

  test('a bearer token does not open AWS by a path', async () => {
    const token = await gateway.token();
    const it = { ...get, path: '/t/cloud/reports/q3.csv', unsigned: { authorization: `Bearer ${token}` } };
    await refused(() => client.deliver(it, {}), /unknown_target/);
  });
});

/** With a ticket for this target. */
async function signedFor(target: string | undefined): Promise<AwsClient> {
  return new AwsClient(port, keyPairOf(await ticketFor(gateway, await gateway.token(), target)));
}

describe('whose ticket it is', () => {
  test('one for a target that is no AWS', async () => {
    const other = await signedFor('web');
    await refused(() => other.send(get), /does not name one target of AWS/);
  });

  test('one for no target in particular', async () => {
    const any = await signedFor(undefined);
    await refused(() => any.send(get), /does not name one target of AWS/);
  });

  test('one that was ended', async () => {
    const ticket = await ticketFor(gateway, await gateway.token(), 'cloud');
    const own = new AwsClient(port, keyPairOf(ticket));
    assert.equal((await own.send(get)).status, 200);
    const { status } = await fetch(
      `http://127.0.0.1:${gateway.gateway.ports.http}/api/v1/tickets/${keyPairOf(ticket).accessKeyId}`,
      { method: 'DELETE', headers: { authorization: `Bearer ${await gateway.token()}` } },
    );
    assert.equal(status, 200);
    await refused(() => own.send(get), /ended|revoked/i);
  });

  test('its whole text as the secret key', async () => {
    const ticket = await ticketFor(gateway, await gateway.token(), 'cloud');
    const { accessKeyId } = keyPairOf(ticket);
    const wrong = new AwsClient(port, { accessKeyId, secretAccessKey: ticket });
    await refused(() => wrong.send(get), /SignatureDoesNotMatch/);
  });
});

describe('bodies', () => {
  const big = Buffer.alloc(3_000_000, 'x');

  test('one that is not signed needs TLS', async () => {
    const it = { ...put, headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } };
    await refused(() => client.send(it), /needs TLS/);
    assert.equal((await secure.send(it)).status, 200);
  });

  test('a stream of events does not go out', async () => {
    const it = table('GetItem', { TableName: 'users' });
    const headers = { ...it.headers, 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-EVENTS' };
    await refused(() => secure.send({ ...it, headers }), /is for S3 alone/);
    await refused(() => secure.send({ ...put, headers }), /no way to sign a body/);
  });

  test('no other service takes one that is not signed', async () => {
    const it = table('GetItem', { TableName: 'users' });
    const headers = { ...it.headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    await refused(() => secure.send({ ...it, headers }), /for S3 alone/);
  });

  test('a long one whose hash is another does not arrive as a whole', async () => {
    const headers = await client.sign({ ...put, body: big });
    const other = Buffer.from(big);
    other[other.length - 1] = 0x79;
    const before = api.arrived.length;
    const answer = await client.deliver({ ...put, body: other }, headers).catch(() => undefined);
    assert.ok(answer === undefined || answer.status >= 400);
    assert.equal(api.arrived.length, before);
    assert.equal((await client.send({ ...put, body: big })).status, 200);
    assert.equal(api.arrived.at(-1)?.body.equals(big), true);
  });

  const { body: _body, ...inChunks } = put;
  const chunked = (chunks: readonly Buffer[], change?: (body: string) => string): Promise<AwsAnswer> =>
    client.sendInChunks(inChunks, chunks, change);

  test('signed chunks go on as one body', async () => {
    assert.equal((await chunked([Buffer.from('a,b'), Buffer.from('c,d')])).status, 200);
    assert.equal(api.arrived.at(-1)?.body.toString(), 'a,bc,d');
    assert.equal(api.arrived.at(-1)?.headers['content-encoding'], undefined);
    assert.equal((await chunked([big.subarray(0, 900_000), big.subarray(900_000)])).status, 200);
    assert.equal(api.arrived.at(-1)?.body.equals(big), true);
  });

  const changes: readonly (readonly [title: string, change: (body: string) => string])[] = [
    ['a changed chunk', (body) => body.replace('a,b', 'a,x')],
    ['no last chunk', (body) => body.slice(0, body.lastIndexOf('0;chunk'))],
    ['chunks in another order', (body) => body.replace(/(3;.*?\r\na,b\r\n)(3;.*?\r\nc,d\r\n)/s, '$2$1')],
    ['one chunk twice', (body) => body.replace(/(3;.*?\r\na,b\r\n)/s, '$1$1')],
    ['no signature', (body) => body.replaceAll(/;chunk-signature=\w+/g, '')],
    ['more behind the end', (body) => `${body}3\r\nxyz\r\n`],
    ['a trailer that nobody named', (body) => body.replace(/\r\n\r\n$/, '\r\nx-amz-meta-a:b\r\n\r\n')],
  ];
  for (const [title, change] of changes) {
    test(`chunks: ${title}`, async () => {
      await refused(() => chunked([Buffer.from('a,b'), Buffer.from('c,d')], change), /Sallyport/);
    });
  }

  test('a changed chunk of a long body does not arrive as a whole', async () => {
    const before = api.arrived.length;
    const change = (body: string): string => `${body.slice(0, -200)}y${body.slice(-199)}`;
    const answer = await chunked([big.subarray(0, 1_500_000), big.subarray(1_500_000)], change).catch(
      () => undefined,
    );
    assert.ok(answer === undefined || answer.status >= 400);
    assert.equal(api.arrived.length, before);
  });
});

describe('what two readers would read as two', () => {
  const rows: readonly (readonly [title: string, it: AwsRequest, why: RegExp])[] = [
    ['a path in another spelling', { ...get, path: '/%73ecret/a' }, /not escaped as SigV4/],
    ['a path with small hex digits', { ...get, path: '/reports/a%2fb' }, /not escaped as SigV4/],
    ['dots', { ...get, path: '/reports/../secret/a' }, /dot segments/],
    ['escaped dots', { ...get, path: '/reports/%2E%2E/secret/a' }, /not escaped as SigV4/],
    ['empty segments', { ...get, path: '/reports//secret' }, /empty segments/],
    ['an empty bucket', { ...get, path: '//secret/a' }, /empty segments/],
    ['control characters', { ...get, path: '/reports/a%00' }, /control characters/],
    ['two of what says what is meant', { ...get, query: { acl: '', policy: '' } }, /opaque.s3:unknown/],
    ['a parameter that nobody knows', { ...get, query: { 'x-evil': '1' } }, /opaque.s3:unknown/],
    [
      'a form and X-Amz-Target',
      table('GetItem', 'Action=DeleteTable', {
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-amz-target': 'DynamoDB_20120810.GetItem',
        },
      }),
      /goes with application\/x-amz-json/,
    ],
    [
      'an operation in the query',
      table('GetItem', '{}', { query: { Action: 'DeleteTable' } }),
      /without a query/,
    ],
    ['a path for X-Amz-Target', table('GetItem', '{}', { path: '/secret' }), /posted to \//],
    [
      'the target of another service',
      table('GetItem', '{}', { headers: { ...json, 'x-amz-target': 'TrentService.Decrypt' } }),
      /has no target of that kind/,
    ],
    [
      'a key that comes twice',
      table('GetItem', '{"TableName":"users","TableName":"secret"}'),
      /has a key twice/,
    ],
    [
      'a key that comes twice, once escaped',
      table('GetItem', String.raw`{"TableName":"users","T\u0061bleName":"secret"}`),
      /has a key twice/,
    ],
    ['no JSON', table('GetItem', '{"TableName":'), /no JSON object/],
    ['a list', table('GetItem', '[]'), /no JSON object/],
    [
      'Action twice in a form',
      {
        method: 'POST',
        path: '/',
        service: 'sqs',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'Action=ListQueues&Action=DeleteQueue',
      },
      /came twice/,
    ],
    [
      'a numbered Action before the other',
      {
        method: 'POST',
        path: '/',
        service: 'sqs',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'Action.1=ListQueues&Action=AddPermission',
      },
      /access.sqs:AddPermission/,
    ],
    [
      'a form in another charset',
      {
        method: 'POST',
        path: '/',
        service: 'sqs',
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-7' },
        body: 'Action=ListQueues',
      },
      /forms are in UTF-8/,
    ],
    [
      'RPC v2 and a form',
      {
        method: 'POST',
        path: '/service/GraniteServiceVersion20100801/operation/ListMetrics',
        service: 'monitoring',
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'smithy-protocol': 'rpc-v2-cbor' },
        body: 'Action=DeleteAlarms',
      },
      /RPC v2 goes with application\/cbor/,
    ],
    [
      'S3 and X-Amz-Target',
      { ...get, headers: { ...json, 'x-amz-target': 'DynamoDB_20120810.DeleteTable' } },
      /opaque.s3:unknown/,
    ],
    [
      'a form split by semicolons',
      {
        method: 'POST',
        path: '/',
        service: 'sqs',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'Action=ListQueues;Action=DeleteQueue',
      },
      /not escaped as forms are/,
    ],
  ];
  for (const [title, it, why] of rows) {
    test(title, async () => refused(() => client.send(it), why));
  }

  const twice = ['host', 'x-amz-date', 'x-amz-target', 'authorization', 'x-amz-content-sha256'];
  for (const name of twice) {
    test(`${name} twice`, async () => {
      const headers = await client.sign(get);
      const lines = Object.entries({ ...headers, 'x-amz-target': 'a', connection: 'close' });
      const text = [...lines, [name, 'x']].map(([key, value]) => `${key}: ${value}\r\n`).join('');
      const answer = await raw(`GET ${get.path} HTTP/1.1\r\n${text}\r\n`);
      assert.match(answer, /^HTTP\/1\.1 4/);
    });
  }

  test('fields that nobody signed do not go on, or are refused', async () => {
    await refused(
      () => client.send({ ...put, unsigned: { 'x-amz-acl': 'public-read' } }),
      /x-amz-acl is not signed/,
    );
    await client.send({
      ...put,
      unsigned: { 'x-http-method-override': 'DELETE', 'x-forwarded-host': 'secret' },
    });
    const { headers = {} } = api.arrived.at(-1) ?? {};
    assert.equal(headers['x-http-method-override'], undefined);
    assert.equal(headers['x-forwarded-host'], undefined);
  });

  test('the Connection field takes nothing away that was signed', async () => {
    const copy = {
      ...put,
      headers: { 'x-amz-copy-source': '/reports/a' },
      unsigned: { connection: 'x-amz-copy-source' },
    };
    await refused(() => client.send(copy), /Connection field names x-amz-copy-source, which is signed/);
  });

  test('a method override that was signed does not go on either', async () => {
    await client.send({ ...put, headers: { 'x-http-method-override': 'DELETE' } });
    assert.equal(api.arrived.at(-1)?.headers['x-http-method-override'], undefined);
  });
});

describe('what detectors find in an object', () => {
  const mail: AwsRequest = { ...get, path: '/mail/text' };

  for (const path of ['/mail/text', '/mail/octets']) {
    test(`is hidden in ${path}, and no digest tells of it`, async () => {
      const { status, body, headers } = await client.send({ ...mail, path });
      assert.equal(status, 200);
      assert.match(body, /to \[redacted\]/);
      assert.ok(!body.includes(planted));
      assert.equal(headers['etag'], undefined);
    });

    test(`does not come in parts of ${path}`, async () => {
      const { status, body } = await client.send({ ...mail, path, headers: { range: 'bytes=0-99' } });
      assert.equal(status, 403);
      assert.match(body, /cannot be looked into/);
    });
  }

  test('does not come in several parts, whatever passes besides', async () => {
    const lax = await signedFor('lax');
    const it = { ...mail, path: '/mail/several', headers: { range: 'bytes=0-9,20-29' } };
    const { status, body } = await lax.send(it);
    assert.equal(status, 403);
    assert.match(body, /cannot be looked into/);
  });

  test('does not come through S3 Select, whatever passes besides', async () => {
    const lax = await signedFor('lax');
    const select: AwsRequest = {
      method: 'POST',
      path: '/mail/events',
      query: { select: '', 'select-type': '2' },
      service: 's3',
      body: '<SelectObjectContentRequest><Expression>SELECT * FROM s3object</Expression></SelectObjectContentRequest>',
    };
    await refused(() => lax.send(select), /S3 Select.* is refused where answers/);
  });

  test('in a stream of events passes where the target says so, and there alone', async () => {
    const it = { ...mail, path: '/mail/events' };
    const strict = await (await signedFor('strict')).send(it);
    assert.equal(strict.status, 403);
    assert.ok(!strict.body.includes(planted));
    const lax = await (await signedFor('lax')).send(it);
    assert.equal(lax.status, 200);
    assert.ok(lax.body.includes(planted));
  });

  for (const name of ['response-content-type', 'response-content-encoding']) {
    test(`does not come under another name by ${name}`, async () => {
      await refused(
        () => client.send({ ...mail, query: { [name]: 'image/png' } }),
        /is refused where answers/,
      );
    });
  }
});

describe('what a rule denies stays denied', () => {
  const rows: readonly (readonly [title: string, it: AwsRequest])[] = [
    ['the bucket', { ...get, path: '/secret' }],
    ['the bucket with a slash', { ...get, path: '/secret/' }],
    ['an object', { ...get, path: '/secret/a' }],
    ['an object in other capitals', { ...get, path: '/Secret/A' }],
    ['a copy of an object', { ...put, headers: { 'x-amz-copy-source': '/secret/a' } }],
    ['a copy, escaped', { ...put, headers: { 'x-amz-copy-source': 'secret%2Fa' } }],
    ['a copy of a version', { ...put, headers: { 'x-amz-copy-source': 'secret/a?versionId=1' } }],
    ['a copy through dots', { ...put, headers: { 'x-amz-copy-source': 'reports/../secret/a' } }],
    [
      'a part of an upload that is a copy',
      {
        ...put,
        query: { partNumber: '1', uploadId: 'u' },
        headers: { 'x-amz-copy-source': 'secret/a' },
      },
    ],
    [
      'one of many objects to delete',
      {
        method: 'POST',
        path: '/secret',
        query: { delete: '' },
        service: 's3',
        body: '<Delete><Object><Key>a</Key></Object></Delete>',
      },
    ],
    ['the table', table('GetItem', { TableName: 'secret' })],
    [
      'the table by its ARN',
      table('GetItem', { TableName: 'arn:aws:dynamodb:us-east-1:123456789012:table/secret' }),
    ],
    ['the table in a batch', table('BatchGetItem', { RequestItems: { users: {}, secret: {} } })],
    [
      'the table in a transaction',
      table('TransactGetItems', {
        TransactItems: [{ Get: { TableName: 'users' } }, { Get: { TableName: 'secret' } }],
      }),
    ],
    ['the table by PartiQL', table('ExecuteStatement', { Statement: 'SELECT * FROM "secret"' })],
    [
      'the table as the source of another',
      table('RestoreTableToPointInTime', { SourceTableName: 'secret', TargetTableName: 'b' }),
    ],
    ['a table that nobody can tell', table('GetItem', { TableName: { S: 'users' } })],
    ['a table with a name that is none', table('GetItem', { TableName: 'users/../secret?' })],
  ];
  for (const [title, it] of rows) {
    test(title, async () => refused(() => client.send(it), /not the secret|opaque.s3:unknown/));
  }
});

test('an object to delete that cannot be read deletes nothing', async () => {
  const bodies = [
    '<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>',
    '<Delete><Object><Key>&x;</Key></Object></Delete>',
    '<!DOCTYPE d [<!ENTITY x "b">]><Delete><Object><Key>&x;</Key></Object></Delete>',
    '<Delete><Object><Key><![CDATA[a]]></Key></Object></Delete>',
    '<Delete><!-- <Object><Key>a</Key></Object> --></Delete>',
    '<Delete><x:Object><Key>a</Key></x:Object></Delete>',
    '<Delete></Delete>',
    '',
  ];
  for (const body of bodies) {
    const it: AwsRequest = { method: 'POST', path: '/reports', query: { delete: '' }, service: 's3', body };
    await refused(() => client.send(it), /opaque.s3:unknown/);
  }
});

test('who may not pass a role does not do so through a function', async () => {
  const it: AwsRequest = {
    method: 'POST',
    path: '/2015-03-31/functions',
    service: 'lambda',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ FunctionName: 'f', Role: 'arn:aws:iam::123456789012:role/admin' }),
  };
  await refused(() => client.send(it), /access.iam:PassRole arn:aws:iam::123456789012:role\/admin/);
});

test('the credential is in no event and in no answer', async () => {
  const record = JSON.stringify(await gateway.events());
  assert.ok(!record.includes(secret));
  assert.ok(!record.includes(client.keys.secretAccessKey));
});

/** Sends bytes as they are. */
async function raw(text: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')));
  socket.on('error', () => resolve(Buffer.concat(chunks).toString('latin1')));
  socket.write(text);
  return promise;
}
