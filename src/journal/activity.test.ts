import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { activityStepMs } from '../core/activity.ts';
import type { ActivityRecords } from '../core/activity.ts';
import type { Event } from '../core/event.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { Activity } from './activity.ts';

const identity = { subject: 'crew-7', issuer: 'https://idp', kind: 'agent', groups: [] } as const;
const opened: Event = {
  type: 'session.opened',
  session: 's',
  protocol: 'http',
  client: '',
  target: 't',
  identity,
};
const command: Event = {
  type: 'command',
  session: 's',
  command: 1,
  text: '',
  effects: [],
  verdict: 'allow',
  rules: [],
};
const held: Event = { type: 'hold.opened', session: 's', approval: 'h', text: '', effects: [], rules: [] };
const refused: Event = {
  type: 'command.refused',
  session: 's',
  text: '',
  effects: [],
  code: 'denied',
  because: '',
  detail: {},
};
const result = (masked: number): Event => ({
  type: 'result',
  session: 's',
  command: 1,
  rows: 1,
  bytes: 1,
  masked,
});

test('counts add up in the store, a quarter of an hour at a time, and old ones go', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-activity-'));
  const store = await openSqliteStore(join(dir, 'sallyport.db'));
  t.after(async () => {
    await store.close();
    rmSync(dir, { recursive: true });
  });
  let nowMs = 10 * activityStepMs + 5;
  const clock = { now: () => nowMs };
  const first = new Activity({ records: store.activity, clock, report: assert.fail });
  const second = new Activity({ records: store.activity, clock, report: assert.fail });
  for (const event of [opened, command, command, held, result(0)]) first.observe(event);
  await first.flush();
  for (const event of [refused, result(3), result(4)]) second.observe(event);
  await second.close();
  nowMs = 11 * activityStepMs;
  first.observe(command);
  await first.close();
  const step = { sessions: 0, commands: 0, holds: 0, refusals: 0, masked: 0 };
  const [tenth, eleventh] = [
    { atMs: 10 * activityStepMs, sessions: 1, commands: 2, holds: 1, refusals: 1, masked: 7 },
    { ...step, atMs: 11 * activityStepMs, commands: 1 },
  ];
  assert.deepEqual(await store.activity.list(0), [tenth, eleventh]);
  assert.deepEqual(await store.activity.list(11 * activityStepMs), [eleventh]);
  nowMs += 32 * 86_400_000;
  first.observe(command);
  await first.flush();
  assert.equal((await store.activity.list(0)).length, 1);
});

test('what the store could not take is brought again', async () => {
  const taken: number[] = [];
  let isAway = true;
  const records: ActivityRecords = {
    async add(steps) {
      if (isAway) throw new Error('away');
      taken.push(...steps.map(({ commands }) => commands));
    },
    list: async () => [],
    dropBefore: async () => undefined,
  };
  const reported: unknown[] = [];
  const report = (_message: string, cause: unknown) => reported.push(cause);
  const activity = new Activity({ records, clock: { now: () => 1 }, report });
  activity.observe(command);
  await activity.flush();
  activity.observe(command);
  isAway = false;
  await activity.flush();
  await activity.flush();
  assert.equal(reported.length, 1);
  assert.deepEqual(taken, [1, 1]);
});
