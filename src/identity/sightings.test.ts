import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { Event, EventIdentity } from '../core/event.ts';
import type { SeenRecords } from '../core/seen.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import type { Store } from '../store/store.ts';
import { Sightings } from './sightings.ts';

const crew: EventIdentity = { subject: 'crew-7', issuer: 'https://idp', kind: 'agent', groups: ['crews'] };
const anna: EventIdentity = { subject: 'anna', issuer: 'https://idp', kind: 'human', groups: ['dba'] };

let dir: string;
let store: Store;
let nowMs: number;
let reported: unknown[];
let sightings: Sightings;

before(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-seen-'));
});
after(() => rmSync(dir, { recursive: true }));
beforeEach(async () => {
  nowMs = 1_000;
  reported = [];
  await store?.close();
  store = await openSqliteStore(join(mkdtempSync(join(dir, 's-')), 'sallyport.db'));
  sightings = counting(store.seen);
});
after(() => store.close());

function counting(records: SeenRecords): Sightings {
  const clock = { now: () => nowMs };
  return new Sightings({ records, clock, report: (_message, cause) => reported.push(cause) });
}

function opened(session: string, identity: EventIdentity, target = 'orders'): Event {
  return { type: 'session.opened', session, protocol: 'postgres', client: '', target, identity };
}

function command(session: string, ...rules: string[]): Event {
  return { type: 'command', session, command: 1, text: '', effects: [], verdict: 'allow', rules };
}

function refused(session: string, ...rules: string[]): Event {
  return {
    type: 'command.refused',
    session,
    text: '',
    effects: [],
    code: 'denied',
    because: '',
    detail: { rules },
  };
}

test('counts add up over time, by target and by rule', async () => {
  for (const event of [
    opened('a', crew),
    command('a', 'read'),
    command('a', 'read', 'see'),
    refused('a', 'never'),
  ]) {
    sightings.observe(event);
  }
  await sightings.flush();
  nowMs = 9_000;
  const more = [opened('b', { ...crew, groups: ['crews', 'more'] }, 'billing'), command('b', 'read')];
  for (const event of more) sightings.observe(event);
  await sightings.close();
  assert.deepEqual(await store.seen.list({ limit: 10 }), [
    {
      issuer: 'https://idp',
      subject: 'crew-7',
      kind: 'agent',
      groups: ['crews', 'more'],
      firstAtMs: 1_000,
      lastAtMs: 9_000,
      sessions: 2,
      commands: 3,
      refusals: 1,
      targets: [
        { name: 'billing', commands: 1, refusals: 0, lastAtMs: 9_000 },
        { name: 'orders', commands: 2, refusals: 1, lastAtMs: 1_000 },
      ],
      rules: [
        { name: 'never', commands: 0, refusals: 1, lastAtMs: 1_000 },
        { name: 'read', commands: 3, refusals: 0, lastAtMs: 9_000 },
        { name: 'see', commands: 1, refusals: 0, lastAtMs: 1_000 },
      ],
    },
  ]);
});

test('whoever acts for somebody has done it too, and keeps the groups that are known', async () => {
  sightings.observe(opened('a', crew));
  await sightings.flush();
  sightings.observe(
    opened('b', { ...anna, actor: { subject: 'crew-7', issuer: 'https://idp', kind: 'agent' } }),
  );
  sightings.observe(command('b', 'read'));
  await sightings.flush();
  const found = await store.seen.list({ limit: 10 });
  assert.deepEqual(
    found.map(({ subject, groups, sessions, commands }) => [subject, groups, sessions, commands]),
    [
      ['anna', ['dba'], 1, 1],
      ['crew-7', ['crews'], 2, 1],
    ],
  );
  assert.equal((await store.seen.list({ kind: 'agent', limit: 10 })).length, 1);
  assert.equal((await store.seen.list({ subject: 'anna', limit: 10 }))[0]?.kind, 'human');
});

test('groups are known from whichever session tells them', async () => {
  const actor = { subject: 'crew-7', issuer: 'https://idp', kind: 'agent' } as const;
  sightings.observe(opened('a', { ...anna, actor }));
  nowMs = 2_000;
  sightings.observe(opened('b', crew));
  await sightings.flush();
  const [found] = await store.seen.list({ kind: 'agent', limit: 1 });
  assert.deepEqual([found?.groups, found?.lastAtMs], [['crews'], 2_000]);
});

test('the same name of another issuer is somebody else', async () => {
  sightings.observe(opened('a', crew));
  sightings.observe(opened('b', { ...crew, issuer: 'https://other' }));
  await sightings.flush();
  assert.equal((await store.seen.list({ limit: 10 })).length, 2);
});

test('a session that is over, or was never seen, counts nothing', async () => {
  sightings.observe(command('nobody', 'read'));
  sightings.observe(opened('a', crew));
  sightings.observe({ type: 'session.closed', session: 'a', reason: '', commands: 0, rows: 0 });
  sightings.observe(command('a', 'read'));
  await sightings.flush();
  assert.deepEqual(
    (await store.seen.list({ limit: 10 })).map(({ commands }) => commands),
    [0],
  );
});

test('what the store does not take is kept for the next time, and counted once', async () => {
  let fails = true;
  const records: SeenRecords = {
    list: store.seen.list,
    add: async (since) => {
      if (fails) throw new Error('store down');
      await store.seen.add(since);
    },
  };
  const slow = counting(records);
  slow.observe(opened('a', crew));
  slow.observe(command('a', 'read'));
  await slow.flush();
  slow.observe(command('a', 'read'));
  await slow.flush();
  assert.equal(reported.length, 2);
  fails = false;
  await slow.flush();
  await slow.flush();
  const [found] = await store.seen.list({ limit: 1 });
  assert.deepEqual([found?.sessions, found?.commands], [1, 2]);
});
