import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, test } from 'node:test';
import {
  instanceStaleMs,
  type LeaseRecord,
  type SessionFilter,
  type SessionRecord,
} from '../core/records.ts';
import { openSqliteStore } from './sqlite.ts';
import type { Store } from './store.ts';

let folder: string;
let file: string;
let store: Store;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-store-'));
  file = join(folder, 'data', 'sallyport.db');
  store = await openSqliteStore(file);
});

afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const addsEach = 200;
const oneCommand = {
  budget: 'b',
  identity: 'i',
  period: 'p',
  rows: 0,
  commands: 1,
  bytes: 0,
  expiresAtMs: 9,
};

/** A program that joins the store, says so, waits for a word and then adds as often as this test does. */
function addsFrom(path: string): string {
  const module = new URL('./sqlite.ts', import.meta.url).href;
  return `
    const { openSqliteStore } = await import(${JSON.stringify(module)});
    const store = await openSqliteStore(${JSON.stringify(path)}, { joins: true });
    await store.instances.beat('other', 1_000);
    process.stdout.write('joined');
    await new Promise((go) => process.stdin.once('data', go));
    for (let i = 0; i < ${addsEach}; i++) await store.budgets.add([${JSON.stringify(oneCommand)}]);
    await store.close();`;
}

const ana = { subject: 'ana', issuer: 'https://idp', kind: 'human', groups: ['dba'] } as const;

describe('the file', () => {
  test('is readable by its owner alone, whatever else SQLite lays beside it', () => {
    for (const name of readdirSync(join(folder, 'data'))) {
      assert.equal(statSync(join(folder, 'data', name)).mode & 0o777, 0o600, name);
    }
    assert.equal(statSync(join(folder, 'data')).mode & 0o777, 0o700);
  });

  test('is refused while a version that keeps it to itself has it', async () => {
    await store.close();
    const older = new DatabaseSync(file);
    older.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
    await assert.rejects(openSqliteStore(file, { busyMs: 0 }), { code: 'conflict' });
    older.close();
    store = await openSqliteStore(file);
  });

  test('takes changes of several processes at once, and none is lost', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', addsFrom(file)]);
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    child.stdin.end('go');
    for (let i = 0; i < addsEach; i++) {
      await store.budgets.add([oneCommand]);
      await setImmediate();
    }
    assert.deepEqual(await ended, [0, null]);
    assert.deepEqual(await store.budgets.list(0), [{ ...oneCommand, commands: addsEach * 2 }]);
    assert.deepEqual(await store.instances.live(0), ['other'], 'who joins takes nobody for dead');
  });

  test('keeps what was written, and its installation, over a restart', async () => {
    const { installation } = store;
    assert.match(installation, /^[0-9a-f]{12}$/);
    await store.revocations.add({ subject: 'bot', issuer: null, atMs: 1, by: ana });
    await store.instances.beat('before', 1_000);
    await store.close();
    store = await openSqliteStore(file, { fsync: true });
    assert.equal(store.installation, installation);
    assert.equal((await store.revocations.list()).length, 1);
    assert.deepEqual(await store.instances.live(1_000), [], 'who held the file before is dead');
  });

  test('takes changes that come at once', async () => {
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => store.leases.add(lease({ id: `l${i}`, user: `u${i}` }))),
    );
    assert.equal((await store.leases.list()).length, 50);
  });
});

function session(it: Partial<SessionRecord>): SessionRecord {
  return {
    id: 's1',
    protocol: 'postgres',
    target: 'orders',
    client: '127.0.0.1:5',
    application: null,
    identity: ana,
    instance: 'one',
    openedAtMs: 10,
    closedAtMs: null,
    reason: null,
    commands: 0,
    rows: 0,
    ...it,
  };
}

describe('sessions', () => {
  test('come back as they were written', async () => {
    const it = session({ application: 'psql' });
    await store.sessions.add(it);
    assert.deepEqual(await store.sessions.get('s1'), it);
    assert.equal(await store.sessions.get('s2'), undefined);
  });

  test('are closed once; the first reason stays', async () => {
    await store.sessions.add(session({}));
    await store.sessions.close('s1', { atMs: 20, reason: 'killed', commands: 3, rows: 7 });
    await store.sessions.close('s1', { atMs: 30, reason: 'client left', commands: 9, rows: 9 });
    assert.deepEqual(
      await store.sessions.get('s1'),
      session({ closedAtMs: 20, reason: 'killed', commands: 3, rows: 7 }),
    );
  });

  const bob = { ...ana, subject: 'bob', issuer: 'https://other' };
  const filters = [
    { filter: {}, found: ['c', 'b', 'a'] },
    { filter: { subject: 'ana' }, found: ['c', 'a'] },
    { filter: { issuer: 'https://other' }, found: ['b'] },
    { filter: { target: 'billing' }, found: ['c'] },
    { filter: { open: true }, found: ['c', 'b'] },
    { filter: { open: false }, found: ['a'] },
    { filter: { sinceMs: 12 }, found: ['c', 'b'] },
    { filter: { sinceMs: 11, untilMs: 11 }, found: ['b', 'a'] },
    { filter: { untilMs: 9 }, found: [] },
    { filter: { limit: 2 }, found: ['c', 'b'] },
    { filter: { after: 'b' }, found: ['a'] },
    { filter: { after: 'nowhere' }, found: [] },
    { filter: { subject: "x' OR '1'='1" }, found: [] },
  ];
  for (const { filter, found } of filters) {
    test(`are listed newest first by ${JSON.stringify(filter)}`, async () => {
      await store.sessions.add(session({ id: 'a' }));
      await store.sessions.close('a', { atMs: 11, reason: 'client left', commands: 0, rows: 0 });
      await store.sessions.add(session({ id: 'b', identity: bob }));
      await store.sessions.add(session({ id: 'c', openedAtMs: 12, target: 'billing' }));
      const listed = await store.sessions.list({ limit: 10, ...filter });
      assert.deepEqual(
        listed.map(({ id }) => id),
        found,
      );
    });
  }

  test('are listed by whose they are, and by who acts in them', async () => {
    const relay = { subject: 'relay', issuer: 'https://k8s', kind: 'agent' } as const;
    const actor = { subject: 'bot', issuer: 'https://k8s', kind: 'agent', actor: relay } as const;
    await store.sessions.add(session({ id: 'alone', identity: { ...actor, actor: relay, groups: [] } }));
    await store.sessions.add(session({ id: 'for ana', identity: { ...ana, actor } }));
    await store.sessions.add(
      session({ id: 'twice', identity: { ...ana, actor: { ...relay, actor: relay } } }),
    );
    const found = async (filter: Partial<SessionFilter>): Promise<string[]> =>
      (await store.sessions.list({ limit: 10, ...filter })).map(({ id }) => id).toSorted();
    assert.deepEqual(await found({ subject: 'bot' }), ['alone', 'for ana']);
    assert.deepEqual(await found({ subject: 'relay', issuer: 'https://k8s' }), ['alone', 'for ana', 'twice']);
    assert.deepEqual(await found({ subject: 'relay', issuer: 'https://idp' }), []);
    assert.deepEqual(await found({ issuer: 'https://k8s' }), ['alone', 'for ana', 'twice']);
    assert.deepEqual(await found({ subject: 'ana' }), ['for ana', 'twice']);
    assert.deepEqual(await found({ own: { subject: 'bot', issuer: 'https://k8s' } }), ['alone']);
    const own = { subject: ana.subject, issuer: ana.issuer };
    assert.deepEqual(await found({ own, subject: 'bot' }), ['for ana']);
  });

  test('of a dead process are closed', async () => {
    await store.sessions.add(session({ id: 'dead', instance: 'gone' }));
    await store.sessions.add(session({ id: 'mine' }));
    const closed = await store.sessions.closeAbandoned(['one'], { atMs: 50, reason: 'gateway stopped' });
    assert.deepEqual(closed, ['dead']);
    assert.equal((await store.sessions.get('dead'))?.reason, 'gateway stopped');
    assert.equal((await store.sessions.get('mine'))?.closedAtMs, null);
  });
});

function lease(it: Partial<LeaseRecord>): LeaseRecord {
  return {
    id: 'l1',
    target: 'orders',
    session: 's1',
    user: 'sp_x',
    instance: 'one',
    createdAtMs: 5,
    state: 'live',
    error: null,
    ...it,
  };
}

describe('leases', () => {
  test('are left over when their session has ended or their process is dead', async () => {
    await store.leases.add(lease({ id: 'live', user: 'a' }));
    await store.leases.add(lease({ id: 'ending', user: 'b' }));
    await store.leases.add(lease({ id: 'dead', user: 'c', instance: 'gone' }));
    await store.leases.add(lease({ id: 'other', user: 'd', instance: 'two' }));
    await store.leases.ending('ending', 'away');
    assert.deepEqual(
      (await store.leases.leftovers(['one', 'two'])).map(({ id, error }) => [id, error]),
      [
        ['ending', 'away'],
        ['dead', null],
      ],
    );
  });

  test('are gone once removed, and one account has one lease', async () => {
    await store.leases.add(lease({}));
    await assert.rejects(store.leases.add(lease({ id: 'l2' })));
    await store.leases.remove('l1');
    assert.deepEqual(await store.leases.list('orders'), []);
  });
});

describe('revocations', () => {
  test('keep the first, for one issuer or for all, and can be taken back', async () => {
    const { revocations } = store;
    await revocations.add({ subject: 'bot', issuer: null, atMs: 1, by: ana });
    await revocations.add({ subject: 'bot', issuer: 'https://idp', atMs: 2, by: ana });
    await revocations.add({ subject: 'bot', issuer: null, atMs: 3, by: ana });
    assert.deepEqual(
      (await revocations.list()).map(({ issuer, atMs }) => [issuer, atMs]),
      [
        [null, 1],
        ['https://idp', 2],
      ],
    );
    assert.equal(await revocations.remove('bot', null), true);
    assert.equal(await revocations.remove('bot', null), false);
    assert.equal((await revocations.list()).length, 1);
  });
});

test('a process counts as alive until it was silent for too long', async () => {
  await store.instances.beat('one', 1_000);
  await store.instances.beat('two', 1_000);
  await store.instances.beat('two', 2_000);
  assert.deepEqual(await store.instances.live(1_000 + instanceStaleMs), ['two']);
  await store.instances.remove('two');
  assert.deepEqual(await store.instances.live(1_000), ['one']);
});

test('a key of a client is taken once, until its time is over', async () => {
  const { sent } = store;
  const one = { key: 'k', request: 'r', sentAtMs: 1_000, expiresAtMs: 2_000 };
  const answer = { status: 201, fields: [['x-page', '1']], body: Buffer.from([0, 255]), plan: 'p' } as const;
  assert.equal(await sent.add(one), true);
  assert.equal(await sent.add({ ...one, request: 'other' }), false);
  await sent.answered('k', answer);
  assert.deepEqual(await sent.get('k', 1_999), { ...one, answer });
  assert.equal(await sent.get('k', 2_000), undefined);
  assert.equal(await sent.add({ ...one, sentAtMs: 2_000, expiresAtMs: 3_000 }), true);
  await sent.remove('k');
  assert.equal(await sent.get('k', 2_001), undefined);
});
