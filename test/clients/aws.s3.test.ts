import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { AwsClient, keyPairOf, ticketFor } from '../fixtures/aws-client.ts';
import { clientSide, fromPip, ran } from '../fixtures/aws-stage.ts';
import { startTestGateway, type TestGateway } from '../fixtures/gateway.ts';
import { s3Keys, startS3Server } from '../fixtures/s3-server.ts';
import type { ServerProcess } from '../fixtures/server-process.ts';
import { installed } from './drivers/roster.ts';

// An S3 server that takes no signature but the right one: what goes out of the gateway is signed well, however its body
// came.

let server: ServerProcess;
let gateway: TestGateway;
let env: NodeJS.ProcessEnv;

before(async () => {
  process.env['S3_SECRET'] = s3Keys.secretAccessKey;
  process.env['S3_FORGED_SECRET'] = s3Keys.secretAccessKey.replace('server', 'forged');
  server = await startS3Server();
  const target = (secret: string): string => `
    aws: { regions: [us-east-1], account: "123456789012", endpoint: "http://127.0.0.1:${server.port}" }
    credential: { keys: { access_key_id: ${s3Keys.accessKeyId}, secret_access_key: "\${env:${secret}}" } }`;
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0, http: 0 }
data: ./data
identity: { local: true }
targets:
  cloud: ${target('S3_SECRET')}
  forged: ${target('S3_FORGED_SECRET')}
rules:
  - { name: all of S3, who: { any: true }, targets: [cloud, forged], allow: [read, write, schema], resources: ["arn:aws:s3:::*"] }
`);
  const side = clientSide(gateway);
  env = { ...side.environment(await side.keys()), SALLYPORT_TEST_DRIVERS: installed };
});

after(async () => {
  await gateway?.stop();
  await server?.stop();
});

async function good(program: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await ran(program, args, env, gateway.dir);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** A client that signs by itself, with a ticket for a target. */
async function clientOf(target: string): Promise<AwsClient> {
  const ticket = await ticketFor(gateway, await gateway.token(), target);
  return new AwsClient(gateway.gateway.ports.targets ?? 0, keyPairOf(ticket));
}

test('the library for JavaScript: odd names, a trailer, parts, a list, deletions', async () => {
  const said = await good(join(installed, 'node/node'), [
    resolve(import.meta.dirname, 'drivers/node/s3.mjs'),
  ]);
  const { refused, ...rest } = JSON.parse(said) as Record<string, unknown>;
  assert.deepEqual(rest, {
    short: 'short',
    long: true,
    parts: 10_485_760,
    keys: ["a b/ü+(1)!'*.txt", 'long', 'parts'],
    deleted: 2,
    same: 5,
  });
  assert.match(String(refused), /no rule allows access.s3:PutBucketPolicy/);
});

test('the command line: up in parts, a list, and down', async () => {
  const file = join(gateway.dir, 'file');
  const bytes = randomBytes(20_000_000);
  writeFileSync(file, bytes);
  await good(fromPip('aws'), ['s3', 'mb', 's3://reports']);
  await good(fromPip('aws'), ['s3', 'cp', '--no-progress', file, 's3://reports/q 3+ü']);
  assert.match(await good(fromPip('aws'), ['s3', 'ls', 's3://reports/']), /20000000 q 3\+ü/);
  await good(fromPip('aws'), ['s3', 'cp', '--no-progress', 's3://reports/q 3+ü', `${file}.down`]);
  assert.ok(readFileSync(`${file}.down`).equals(bytes));
});

test('chunks that are signed one by one', async () => {
  const client = await clientOf('cloud');
  const bucket = await client.send({ method: 'PUT', path: '/chunks', service: 's3' });
  assert.equal(bucket.status, 200, bucket.body);
  for (const [path, bytes] of [
    ['/chunks/short', 10],
    ['/chunks/long', 3_000_000],
  ] as const) {
    const body = Buffer.alloc(bytes, 'ab');
    const chunks = [body.subarray(0, bytes / 2), body.subarray(bytes / 2)];
    const put = await client.sendInChunks({ method: 'PUT', path, service: 's3' }, chunks);
    assert.equal(put.status, 200, put.body);
    const got = await client.send({ method: 'GET', path, service: 's3' });
    assert.equal(got.body, body.toString());
  }
});

test('another secret than that of the server opens nothing', async () => {
  const forged = await clientOf('forged');
  for (const method of ['GET', 'PUT']) {
    const { status, body } = await forged.send({ method, path: '/forged', service: 's3' });
    assert.equal(status, 403, body);
    assert.match(body, /SignatureDoesNotMatch/);
  }
  const client = await clientOf('cloud');
  assert.equal((await client.send({ method: 'GET', path: '/forged', service: 's3' })).status, 404);
});
