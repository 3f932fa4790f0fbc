import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { nowMs, published, publisher, rsaKey, signed, spec } from '../../test/fixtures/tokens.ts';
import { openLocalIssuer } from './local.ts';
import type { TokenRequest } from './local.ts';
import { tokenFaultOf } from './token-fault.ts';
import { Identities } from './verifier.ts';

let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'sallyport-local-'));
});
after(() => rm(root, { recursive: true }));

const newDir = () => mkdtemp(join(root, 'data-'));
const clock = { now: () => nowMs };
const request: TokenRequest = { subject: 'crew-7', kind: 'agent', groups: ['crews'], ttlMs: 3_600_000 };

test('a token of the own issuer proves what it was issued for', async () => {
  const local = await openLocalIssuer({ dataDir: await newDir(), clock });
  const token = await local.issue({ ...request, claims: { owner: 'ann@acme.dev', team: 'shop' } });
  const identity = await local.verify(token);
  assert.partialDeepStrictEqual(identity, {
    subject: 'crew-7',
    issuer: 'sallyport',
    kind: 'agent',
    groups: ['crews'],
    owner: 'ann@acme.dev',
    claims: { team: 'shop' },
    expiresAtMs: nowMs + 3_600_000,
  });
  assert.partialDeepStrictEqual(decodeJwt(token), { iss: 'sallyport', aud: 'sallyport' });
  assert.notEqual(decodeJwt(token).jti, decodeJwt(await local.issue(request)).jti);
  assert.deepEqual(decodeProtectedHeader(token).alg, 'EdDSA');
});

test('a token ends when it was said to', async () => {
  const dataDir = await newDir();
  const token = await (await openLocalIssuer({ dataDir, clock })).issue(request);
  const later = await openLocalIssuer({ dataDir, clock: { now: () => nowMs + 3_600_000 } });
  await assert.rejects(later.verify(token), (error) => tokenFaultOf(error) === 'expired');
});

test('the key is made once, for this user alone, however many open it at once', async () => {
  const dataDir = join(await newDir(), 'not', 'there', 'yet');
  const many = await Promise.all(Array.from({ length: 16 }, () => openLocalIssuer({ dataDir, clock })));
  const token = await many[0]?.issue(request);
  for (const one of many) assert.equal((await one.verify(token ?? '')).subject, 'crew-7');
  assert.deepEqual(await readdir(dataDir), ['issuer-key.json']);
  assert.equal((await stat(join(dataDir, 'issuer-key.json'))).mode & 0o777, 0o600);
  assert.equal((await stat(dataDir)).mode & 0o777, 0o700);
});

test("another gateway's tokens are refused", async () => {
  const [here, there] = await Promise.all(
    [await newDir(), await newDir()].map((dataDir) => openLocalIssuer({ dataDir, clock })),
  );
  const token = (await there?.issue(request)) ?? '';
  await assert.rejects(
    async () => here?.verify(token),
    (error) => tokenFaultOf(error) === 'unknown_key',
  );
});

test('THREATS 42: a key file that others can read is refused', async () => {
  const dataDir = await newDir();
  await openLocalIssuer({ dataDir, clock });
  await chmod(join(dataDir, 'issuer-key.json'), 0o640);
  await assert.rejects(openLocalIssuer({ dataDir, clock }), /is open to others/);
});

for (const content of ['', '{', '{"kty":"OKP"}', 'null', '{"kty":"oct","k":"c2VjcmV0LXRoaW5n"}'])
  test(`a key file that holds ${JSON.stringify(content)} is refused, and its content not told`, async () => {
    const dataDir = await newDir();
    const file = join(dataDir, 'issuer-key.json');
    await writeFile(file, content, { mode: 0o600 });
    await assert.rejects(openLocalIssuer({ dataDir, clock }), (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, /holds no private key/);
      assert.equal(error.cause, undefined);
      return true;
    });
    assert.equal(await readFile(file, 'utf8'), content);
  });

const impossible: readonly { name: string; change: Record<string, unknown> }[] = [
  { name: 'no time', change: { ttlMs: 0 } },
  { name: 'time backwards', change: { ttlMs: -1 } },
  { name: 'no number of time', change: { ttlMs: Number.NaN } },
  { name: 'ten years', change: { ttlMs: 10 * 366 * 24 * 3_600_000 } },
  { name: 'nobody', change: { subject: '' } },
  { name: 'a subject with controls', change: { subject: 'a\nb' } },
  { name: 'a kind that is none', change: { kind: 'root' } },
  { name: 'a claim of its own', change: { claims: { exp: 1 } } },
  { name: 'another subject', change: { claims: { sub: 'root' } } },
  { name: 'an owner that is no text', change: { claims: { owner: 7 } } },
];

for (const { name, change } of impossible)
  test(`no token is issued for ${name}`, async () => {
    const local = await openLocalIssuer({ dataDir: await newDir(), clock });
    await assert.rejects(local.issue({ ...request, ...change }), TypeError);
  });

test('a stranger who calls himself sallyport is refused', async () => {
  const local = await openLocalIssuer({ dataDir: await newDir(), clock });
  const stranger = rsaKey('one');
  const { fetch } = publisher(() => published(stranger));
  const identities = new Identities({ issuers: [spec], local, clock, fetch });
  const token = await signed(stranger, { iss: 'sallyport', kind: 'agent' });
  await assert.rejects(identities.verify(token), (error) => tokenFaultOf(error) === 'unknown_key');
  assert.equal((await identities.verify(await local.issue(request))).issuer, 'sallyport');
});
