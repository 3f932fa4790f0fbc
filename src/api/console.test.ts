import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { consoleFiles } from './console.ts';
import type { ApiEnv } from './env.ts';

function stage(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-console-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const app = new Hono<ApiEnv>();
  consoleFiles(app, join(dir, 'console'));
  const build = (script: string, atS: number) => {
    mkdirSync(join(dir, 'console/assets'), { recursive: true });
    writeFileSync(join(dir, 'console/assets/index-1.js'), script);
    writeFileSync(join(dir, 'console/index.html'), '<script nonce="SALLYPORT-NONCE">SALLYPORT-NONCE');
    utimesSync(join(dir, 'console/index.html'), atS, atS);
  };
  writeFileSync(join(dir, 'secret.js'), 'secret');
  return { app, build };
}

test('what was not built says how to build it', async (t) => {
  const { app } = stage(t);
  const answer = await app.request('/');
  assert.equal(answer.status, 404);
  assert.match(await answer.text(), /npm run build:console/);
  assert.equal((await app.request('/assets/index-1.js')).status, 404);
});

test('every page is the same file, with a nonce of its own and a policy that knows it', async (t) => {
  const { app, build } = stage(t);
  build('1', 1);
  const nonces = new Set<string>();
  for (const path of ['/', '/approvals', '/approvals/0123', '/sessions', '/agents', '/policy/a/b']) {
    const answer = await app.request(path);
    const [, nonce = ''] = /nonce="([\w-]{22})"/.exec(await answer.text()) ?? [];
    nonces.add(nonce);
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.match(policy, new RegExp(`style-src 'self' 'nonce-${nonce}'`));
    assert.match(policy, /default-src 'none'; script-src 'self';/);
    assert.doesNotMatch(policy, /unsafe|\*|http/);
  }
  assert.equal(nonces.size, 6);
});

test('files are kept for ever, and are zipped for who takes that', async (t) => {
  const { app, build } = stage(t);
  build('export {}', 1);
  const plain = await app.request('/assets/index-1.js');
  assert.equal(await plain.text(), 'export {}');
  assert.equal(plain.headers.get('content-type'), 'text/javascript; charset=utf-8');
  assert.match(plain.headers.get('cache-control') ?? '', /immutable/);
  const zipped = await app.request('/assets/index-1.js', { headers: { 'accept-encoding': 'br, gzip' } });
  assert.equal(zipped.headers.get('content-encoding'), 'gzip');
  assert.equal(gunzipSync(Buffer.from(await zipped.arrayBuffer())).toString(), 'export {}');
});

for (const path of [
  '/assets/../secret.js',
  '/assets/..%2fsecret.js',
  '/assets/%2e%2e/secret.js',
  '/assets/',
  '/else',
])
  test(`nothing is at ${path}`, async (t) => {
    const { app, build } = stage(t);
    build('1', 1);
    assert.equal((await app.request(path)).status, 404);
  });

test('a new build is served from the next page on', async (t) => {
  const { app, build } = stage(t);
  build('1', 1);
  assert.equal(await (await app.request('/assets/index-1.js')).text(), '1');
  build('2', 2);
  assert.equal(await (await app.request('/assets/index-1.js')).text(), '2');
});
