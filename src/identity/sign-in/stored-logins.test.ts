import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Event } from '../../core/event.ts';
import type { Identity } from '../../core/identity.ts';
import type { Login, LoginRecords, LoginSpec } from '../../core/login.ts';
import { Flows } from './flows.ts';
import { StoredLogins } from './stored-logins.ts';

const startMs = 1_000_000;
const minuteMs = 60_000;

const anna: Identity = {
  subject: 'anna',
  issuer: 'https://login.test',
  kind: 'human',
  groups: ['dba'],
  claims: {},
  expiresAtMs: startMs + 60 * minuteMs,
};
const asked = { identity: anna, via: 'oidc', client: '10.0.0.1', agent: 'Firefox' } as const;

const specNow: LoginSpec = {
  via: 'oidc',
  issuer: anna.issuer,
  clientId: 'console',
  scopes: ['openid'],
  kind: 'human',
  claims: {},
  groups: [],
  idleMs: 10 * minuteMs,
  lifetimeMs: 60 * minuteMs,
};

function stage() {
  const rows = new Map<string, Login>();
  const written: string[] = [];
  const records: LoginRecords = {
    add: async (login, hash) => void rows.set(hash, login),
    find: async (hash) => rows.get(hash),
    has: async (id) => [...rows.values()].some((row) => row.id === id),
    seen: async (id, atMs) => {
      written.push(`${id} ${atMs}`);
      for (const [hash, row] of rows) if (row.id === id) rows.set(hash, { ...row, seenAtMs: atMs });
    },
    remove: async (id) => [...rows].some(([hash, row]) => row.id === id && rows.delete(hash)),
    list: async (subject, issuer) =>
      [...rows.values()].filter(
        ({ identity }) => identity.subject === subject && (issuer ?? identity.issuer) === identity.issuer,
      ),
    removeExpired: async () => {},
  };
  const events: Event[] = [];
  const it = { nowMs: startMs, spec: specNow as LoginSpec | undefined };
  const logins = new StoredLogins({
    records,
    clock: { now: () => it.nowMs },
    spec: () => it.spec,
    journal: {
      losses: 0,
      append: (event) => void events.push(event),
      note: (event) => void events.push(event),
      commit: () => {},
    },
  });
  return { it, logins, rows, events, written };
}

test('a login is found by its secret, of which the store has a hash alone', async () => {
  const { logins, rows } = stage();
  const { login, secret } = await logins.open(asked);
  assert.deepEqual(await logins.find(secret), login);
  assert.match(secret, /^[\w-]{43}$/);
  assert.ok(!JSON.stringify([...rows]).includes(secret));
  for (const wrong of ['', 'x', login.id, login.csrf]) assert.equal(await logins.find(wrong), undefined);
});

test('no two have anything in common', async () => {
  const { logins } = stage();
  const [one, two] = [await logins.open(asked), await logins.open(asked)];
  for (const [a, b] of [
    [one.secret, two.secret],
    [one.login.id, two.login.id],
    [one.login.csrf, two.login.csrf],
  ])
    assert.notEqual(a, b);
});

const ends: readonly [what: string, change: (it: ReturnType<typeof stage>['it']) => void, stands: boolean][] =
  [
    ['in use', (it) => void (it.nowMs += 9 * minuteMs), true],
    ['at rest for too long', (it) => void (it.nowMs += 11 * minuteMs), false],
    ['expired', (it) => void (it.nowMs = anna.expiresAtMs), false],
    ['of another provider than the one of now', (it) => void (it.spec = { ...specNow, issuer: 'x' }), false],
    ['signing in switched off', (it) => void (it.spec = undefined), false],
    [
      'a shorter lifetime',
      (it) => {
        it.spec = { ...specNow, lifetimeMs: minuteMs };
        it.nowMs += minuteMs;
      },
      false,
    ],
    ['a clock that was stepped back', (it) => void (it.nowMs -= 1), false],
  ];

for (const [what, change, stands] of ends)
  test(`${what}: ${stands ? 'it goes on' : 'it is over'}`, async () => {
    const { logins, it, events } = stage();
    const { login, secret } = await logins.open(asked);
    change(it);
    assert.equal((await logins.find(secret)) !== undefined, stands);
    assert.equal((await logins.list(anna)).length, stands ? 1 : 0);
    const told = events.filter(({ type }) => type === 'login.ended');
    const { claims: _claims, expiresAtMs: _expires, ...identity } = anna;
    const ended = { type: 'login.ended', login: login.id, identity, reason: 'expired' };
    assert.deepEqual(told, stands ? [] : [ended]);
  });

test('use keeps it from resting, at the price of a write a minute', async () => {
  const { logins, it, written } = stage();
  const { login, secret } = await logins.open(asked);
  for (let second = 0; second < 30 * 60; second += 10) {
    it.nowMs = startMs + second * 1_000;
    assert.ok((await logins.find(secret)) !== undefined, `after ${second} s`);
  }
  assert.equal(written.length, 29);
  assert.equal(written[0], `${login.id} ${startMs + minuteMs}`);
});

test('ended, it is found no more, and the record tells once', async () => {
  const { logins, events } = stage();
  const { login, secret } = await logins.open(asked);
  await logins.end(login, 'signed_out');
  await logins.end(login, 'signed_out');
  assert.equal(await logins.find(secret), undefined);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['login.opened', 'login.ended'],
  );
});

test('who is shut out loses all logins, and nobody else any', async () => {
  const { logins } = stage();
  const [one, two] = [await logins.open(asked), await logins.open(asked)];
  const bob = await logins.open({ ...asked, identity: { ...anna, subject: 'bob' } });
  assert.equal(await logins.revoke('anna', 'https://elsewhere.test'), 0);
  assert.equal(await logins.revoke('anna'), 2);
  assert.deepEqual([await logins.find(one.secret), await logins.find(two.secret)], [undefined, undefined]);
  assert.ok((await logins.find(bob.secret)) !== undefined);
});

test('flows are sealed: of another key, or changed in any place, they are none', async (t) => {
  const dirs = ['a', 'b'].map(() => mkdtempSync(join(tmpdir(), 'sallyport-flows-')));
  t.after(() => dirs.forEach((dir) => rmSync(dir, { recursive: true })));
  const clock = { now: () => startMs };
  const [flows, others] = await Promise.all(dirs.map((dataDir) => Flows.open({ dataDir, clock })));
  assert.ok(flows !== undefined && others !== undefined);
  const flow = flows.begin({ issuer: 'i', returnTo: '/', nonce: 'n', verifier: 'v' });
  const expected = { state: flow.state, issuer: 'i' };
  const sealed = flows.seal(flow);
  assert.deepEqual(flows.unseal(sealed, expected), flow);
  assert.doesNotMatch(Buffer.from(sealed, 'base64url').toString('latin1'), /nonce|verifier/);
  assert.throws(() => others.unseal(sealed, expected), { code: 'unauthenticated' });
  assert.throws(() => flows.unseal(sealed, { ...expected, issuer: 'j' }), { code: 'unauthenticated' });
  const bytes = Buffer.from(sealed, 'base64url');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.throws(() => flows.unseal(changed.toString('base64url'), expected), { code: 'unauthenticated' });
    assert.throws(() => flows.unseal(bytes.subarray(0, at).toString('base64url'), expected));
  }
});
