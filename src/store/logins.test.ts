import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Identity } from '../core/identity.ts';
import type { Login, LoginCode } from '../core/login.ts';
import { openSqliteStore } from './sqlite.ts';
import type { Store } from './store.ts';

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-logins-'));
  store = await openSqliteStore(join(folder, 'sallyport.db'));
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const ana: Identity = {
  subject: 'ana',
  issuer: 'https://idp',
  kind: 'human',
  groups: ['dba'],
  claims: { level: 3 },
  expiresAtMs: 9_000,
};

function login(it: Partial<Login> = {}): Login {
  return {
    id: 'l1',
    identity: ana,
    csrf: 'c',
    via: 'oidc',
    client: '10.0.0.1',
    agent: 'Firefox',
    createdAtMs: 1_000,
    seenAtMs: 1_000,
    expiresAtMs: 9_000,
    ...it,
  };
}

function code(it: Partial<LoginCode> = {}): LoginCode {
  return {
    hash: 'h1',
    kind: 'device',
    userCode: 'BCDF-GHJK',
    challenge: null,
    redirectUri: null,
    client: '10.0.0.1',
    agent: 'laptop',
    state: 'pending',
    identity: null,
    login: null,
    createdAtMs: 1_000,
    expiresAtMs: 9_000,
    polledAtMs: 0,
    ...it,
  };
}

describe('logins', () => {
  test('are found by the hash of their secret alone, as they were', async () => {
    await store.logins.add(login(), 'hash');
    assert.deepEqual(await store.logins.find('hash'), login());
    assert.equal(await store.logins.find('l1'), undefined);
    await store.logins.seen('l1', 2_000);
    assert.equal((await store.logins.find('hash'))?.seenAtMs, 2_000);
  });

  test('two cannot have one secret', async () => {
    await store.logins.add(login(), 'hash');
    await assert.rejects(store.logins.add(login({ id: 'l2' }), 'hash'));
  });

  test('are listed by subject and issuer, newest first', async () => {
    const other = { ...ana, issuer: 'https://other' };
    await store.logins.add(login(), 'a');
    await store.logins.add(login({ id: 'l2', createdAtMs: 2_000 }), 'b');
    await store.logins.add(login({ id: 'l3', createdAtMs: 3_000, identity: other }), 'c');
    await store.logins.add(login({ id: 'l4', identity: { ...ana, subject: 'bob' } }), 'd');
    const ids = async (issuer?: string) => (await store.logins.list('ana', issuer)).map(({ id }) => id);
    assert.deepEqual(await ids('https://idp'), ['l2', 'l1']);
    assert.deepEqual(await ids(), ['l3', 'l2', 'l1']);
  });

  test('go when removed, once, or when they have expired', async () => {
    await store.logins.add(login(), 'a');
    await store.logins.add(login({ id: 'l2', expiresAtMs: 5_000 }), 'b');
    await store.logins.removeExpired(5_000);
    assert.equal(await store.logins.find('b'), undefined);
    assert.deepEqual([await store.logins.has('l1'), await store.logins.has('l2')], [true, false]);
    assert.deepEqual([await store.logins.remove('l1'), await store.logins.remove('l1')], [true, false]);
    assert.equal(await store.logins.find('a'), undefined);
  });
});

describe('codes', () => {
  test('wait under their user code until they are decided or too old', async () => {
    await store.loginCodes.add(code());
    assert.deepEqual(await store.loginCodes.pending('BCDF-GHJK', 8_999), code());
    assert.equal(await store.loginCodes.pending('BCDF-GHJK', 9_000), undefined);
    assert.equal(await store.loginCodes.decide('h1', 'confirmed', login()), true);
    assert.equal(await store.loginCodes.decide('h1', 'denied', login()), false);
    assert.equal(await store.loginCodes.pending('BCDF-GHJK', 1_000), undefined);
  });

  test('tell when they were last asked for', async () => {
    await store.loginCodes.add(code());
    assert.equal((await store.loginCodes.poll('h1', 2_000))?.polledAtMs, 0);
    assert.equal((await store.loginCodes.poll('h1', 3_000))?.polledAtMs, 2_000);
    assert.equal(await store.loginCodes.poll('h2', 3_000), undefined);
  });

  test('are taken once, whoever asks at the same time', async () => {
    await store.loginCodes.add(code());
    await store.loginCodes.decide('h1', 'confirmed', login());
    const taken = await Promise.all(Array.from({ length: 8 }, () => store.loginCodes.take('h1')));
    const found = taken.filter((each) => each !== undefined);
    assert.deepEqual(
      found.map(({ state, identity, login: by }) => [state, identity, by]),
      [['confirmed', ana, 'l1']],
    );
  });

  test('are counted while they wait, of one address or of all', async () => {
    await store.loginCodes.add(code());
    await store.loginCodes.add(code({ hash: 'h2', userCode: 'x', client: '10.0.0.2' }));
    await store.loginCodes.add(code({ hash: 'h3', userCode: null, state: 'confirmed' }));
    const counts = [store.loginCodes.countPending(1_000), store.loginCodes.countPending(1_000, '10.0.0.1')];
    assert.deepEqual(await Promise.all(counts), [2, 1]);
    assert.equal(await store.loginCodes.countPending(9_000), 0);
  });
});

test('an assertion is used once, and remembered until it would be too old anyway', async () => {
  assert.equal(await store.assertions.use('a', 5_000, 1_000), true);
  assert.equal(await store.assertions.use('a', 5_000, 2_000), false);
  assert.equal(await store.assertions.use('b', 9_000, 5_000), true);
  assert.equal(await store.assertions.use('a', 9_000, 5_000), true, 'it has been forgotten');
});
