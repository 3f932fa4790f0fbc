import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Identity } from '../../core/identity.ts';
import type { Login } from '../../core/login.ts';
import { openSqliteStore } from '../../store/sqlite.ts';
import { StoredCodes } from './stored-codes.ts';

const startMs = 1_000_000;
const anna: Identity = {
  subject: 'anna',
  issuer: 'https://login.test',
  kind: 'human',
  groups: [],
  claims: {},
  expiresAtMs: startMs + 3_600_000,
};
const login: Login = {
  id: 'l1',
  identity: anna,
  csrf: '',
  via: 'oidc',
  client: '10.0.0.1',
  agent: 'Firefox',
  createdAtMs: startMs,
  seenAtMs: startMs,
  expiresAtMs: anna.expiresAtMs,
};
const asked = { client: '10.0.0.1', agent: 'laptop' };
const verifier = 'v'.repeat(43);
const challenge = createHash('sha256').update(verifier).digest('base64url');
const redirectUri = 'http://127.0.0.1:4711/callback';
const loopback = { ...asked, by: login, challenge, redirectUri };

async function stage(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-codes-'));
  const store = await openSqliteStore(join(dir, 'sallyport.db'));
  t.after(async () => {
    await store.close();
    rmSync(dir, { recursive: true });
  });
  const it = { nowMs: startMs, isRevoked: false, isSignedIn: true, issued: [] as string[] };
  const codes = new StoredCodes({
    records: store.loginCodes,
    logins: { has: async (id) => id === 'l1' && it.isSignedIn },
    clock: { now: () => it.nowMs },
    revoked: () => it.isRevoked,
    issue: async ({ subject }, client) => {
      it.issued.push(`${subject} ${client}`);
      return { id: 't1', secret: 'spt_x', expiresAtMs: 1 };
    },
  });
  return { it, codes };
}

test('a device: asked for, found by what people type, confirmed, redeemed once', async (t) => {
  const { it, codes } = await stage(t);
  const { deviceCode, userCode, lifetimeMs, intervalMs } = await codes.openDevice(asked);
  assert.match(userCode, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
  assert.deepEqual([lifetimeMs, intervalMs], [600_000, 5_000]);
  assert.equal(await codes.redeemDevice(deviceCode, '10.0.0.1'), 'authorization_pending');
  assert.equal(await codes.redeemDevice(deviceCode, '10.0.0.1'), 'slow_down');
  it.nowMs += intervalMs;
  assert.equal(await codes.redeemDevice(deviceCode, '10.0.0.1'), 'authorization_pending');
  for (const typed of [userCode, userCode.toLowerCase(), userCode.replace('-', ' '), ` ${userCode}\n`])
    assert.equal((await codes.waiting(typed))?.agent, 'laptop');
  const waiting = await codes.waiting(userCode);
  assert.ok(waiting !== undefined);
  assert.equal(await codes.decide(waiting, 'confirmed', login), true);
  assert.equal(await codes.decide(waiting, 'denied', login), false);
  assert.equal(await codes.waiting(userCode), undefined);
  assert.deepEqual(await codes.redeemDevice(deviceCode, '10.0.0.1'), {
    id: 't1',
    secret: 'spt_x',
    expiresAtMs: 1,
  });
  assert.equal(await codes.redeemDevice(deviceCode, '10.0.0.1'), 'invalid_grant');
  assert.deepEqual(it.issued, ['anna 10.0.0.1']);
});

test('a device that was refused, or that nobody confirmed in time, gets nothing', async (t) => {
  const { it, codes } = await stage(t);
  const [refused, late] = [await codes.openDevice(asked), await codes.openDevice(asked)];
  const waiting = await codes.waiting(refused.userCode);
  assert.ok(waiting !== undefined);
  await codes.decide(waiting, 'denied', login);
  assert.equal(await codes.redeemDevice(refused.deviceCode, ''), 'access_denied');
  it.nowMs += 600_000;
  assert.equal(await codes.waiting(late.userCode), undefined);
  assert.equal(await codes.redeemDevice(late.deviceCode, ''), 'expired_token');
  assert.deepEqual(it.issued, []);
});

test('a user code is no device code, and a code of one kind none of the other', async (t) => {
  const { codes } = await stage(t);
  const { deviceCode, userCode } = await codes.openDevice(asked);
  const code = await codes.openLoopback(loopback);
  for (const wrong of ['', 'x', userCode, code])
    assert.equal(await codes.redeemDevice(wrong, ''), 'invalid_grant');
  for (const wrong of ['', userCode, deviceCode])
    assert.equal(await codes.redeemLoopback({ code: wrong, verifier, redirectUri }, ''), 'invalid_grant');
  for (const typed of ['', 'BCDF', 'BCDFGHJK1', '%', deviceCode])
    assert.equal(await codes.waiting(typed), undefined);
});

test('so many may wait, and no more', async (t) => {
  const { it, codes } = await stage(t);
  for (let n = 0; n < 20; n++) await codes.openDevice(asked);
  await assert.rejects(codes.openDevice(asked), { code: 'limit_requests' });
  await codes.openDevice({ ...asked, client: '10.0.0.2' });
  it.nowMs += 600_000;
  await codes.openDevice(asked);
});

test('a loopback code is redeemed once, with its verifier and address, within a minute', async (t) => {
  const { it, codes } = await stage(t);
  const ask = async (change: Partial<Parameters<StoredCodes['redeemLoopback']>[0]>, afterMs = 0) => {
    const code = await codes.openLoopback(loopback);
    it.nowMs += afterMs;
    const answer = await codes.redeemLoopback({ code, verifier, redirectUri, ...change }, '10.0.0.1');
    it.nowMs = startMs;
    return [answer, await codes.redeemLoopback({ code, verifier, redirectUri }, '10.0.0.1')];
  };
  const bad = ['invalid_grant', 'invalid_grant'];
  assert.deepEqual(await ask({ verifier: 'w'.repeat(43) }), bad);
  assert.deepEqual(await ask({ redirectUri: 'http://127.0.0.1:4712/callback' }), bad);
  assert.deepEqual(await ask({}, 60_000), bad);
  assert.deepEqual(it.issued, []);
  assert.deepEqual(await ask({}, 59_999), [{ id: 't1', secret: 'spt_x', expiresAtMs: 1 }, 'invalid_grant']);
});

test('who has signed out since has confirmed nothing', async (t) => {
  const { it, codes } = await stage(t);
  const { deviceCode, userCode } = await codes.openDevice(asked);
  const waiting = await codes.waiting(userCode);
  assert.ok(waiting !== undefined);
  await codes.decide(waiting, 'confirmed', login);
  const code = await codes.openLoopback(loopback);
  it.isSignedIn = false;
  assert.equal(await codes.redeemDevice(deviceCode, ''), 'invalid_grant');
  assert.equal(await codes.redeemLoopback({ code, verifier, redirectUri }, ''), 'invalid_grant');
  assert.deepEqual(it.issued, []);
});

test('who was shut out, or whose login is over, gets no ticket for a code from before', async (t) => {
  const { it, codes } = await stage(t);
  const [one, two] = [await codes.openLoopback(loopback), await codes.openLoopback(loopback)];
  it.isRevoked = true;
  const first = codes.redeemLoopback({ code: one, verifier, redirectUri }, '');
  await assert.rejects(first, { code: 'revoked' });
  it.isRevoked = false;
  it.nowMs = anna.expiresAtMs;
  assert.equal(await codes.redeemLoopback({ code: two, verifier, redirectUri }, ''), 'invalid_grant');
  assert.deepEqual(it.issued, []);
});
