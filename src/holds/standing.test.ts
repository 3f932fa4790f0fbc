import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  agent,
  commandOf,
  dba,
  holdOf,
  identityOf,
  sessionOf,
  Stage,
} from '../../test/fixtures/holds-stage.ts';
import type { Preview } from '../core/approvals.ts';
import type { Identity } from '../core/identity.ts';
import type { Approvers } from '../core/rule.ts';

const hourMs = 3_600_000;
const byDba: readonly Approvers[] = [{ groups: ['dba'], count: 1, untilMs: hourMs }];
const command = commandOf('UPDATE t SET n = 1 WHERE id = 1');
const hold = holdOf({ approvers: byDba });

async function opened(stage: Stage, verdict = hold): Promise<string> {
  return (await stage.holds.open(sessionOf(), command, verdict)).id;
}

/** Approved until a time, by one. */
async function standing(stage: Stage, forMs = hourMs): Promise<string> {
  const approvalId = await opened(stage);
  const untilMs = stage.nowMs + forMs;
  await stage.holds.decide({ approvalId, by: dba('ana'), decision: 'approve', untilMs });
  return approvalId;
}

function again(stage: Stage, it = command, who = agent, verdict = hold): Promise<string | undefined> {
  return stage.holds.useEarlier(sessionOf(who), it, verdict);
}

describe('an approval until a time', () => {
  test('lets the very same command run again until then, and no longer', async () => {
    await using stage = await Stage.set();
    const id = await standing(stage, hourMs / 2);
    assert.deepEqual([await again(stage), await again(stage)], [id, id]);
    stage.nowMs += hourMs / 2 - 1;
    assert.equal(await again(stage), id);
    stage.nowMs += 1;
    assert.equal(await again(stage), undefined);
    assert.equal((await stage.holds.get(id)).state, 'expired');
    const decided = stage.journal.written.find(({ type }) => type === 'hold.decided');
    assert.partialDeepStrictEqual(decided, { until: new Date(1_000_000 + hourMs / 2).toISOString() });
  });

  test('lets the client that waits run first', async () => {
    await using stage = await Stage.set();
    const ticket = await stage.holds.open(sessionOf(), command, hold);
    const decided = stage.holds.decided(ticket, new AbortController().signal);
    const untilMs = stage.nowMs + hourMs;
    await stage.holds.decide({ approvalId: ticket.id, by: dba('ana'), decision: 'approve', untilMs });
    assert.equal((await decided).kind, 'approved');
    assert.equal(await again(stage), ticket.id);
  });

  const others: readonly [title: string, ask: (stage: Stage) => Promise<string | undefined>][] = [
    ['another text', (stage) => again(stage, commandOf(`${command.text} `))],
    [
      'a parameter',
      (stage) => again(stage, { ...command, parameters: [{ bytes: Buffer.from('1'), format: 'text' }] }),
    ],
    ['another meaning', (stage) => again(stage, { ...command, context: 'search_path' })],
    ['another identity', (stage) => again(stage, command, identityOf('agent-2'))],
    [
      'a rule that lets approvals stand for less',
      (stage) => {
        const less = holdOf({ approvers: [{ groups: ['dba'], count: 1, untilMs: hourMs / 2 }] });
        return again(stage, command, agent, less);
      },
    ],
  ];
  for (const [title, ask] of others) {
    test(`not for ${title} (THREATS 25)`, async () => {
      await using stage = await Stage.set();
      const id = await standing(stage);
      assert.equal(await ask(stage), undefined);
      assert.equal(await again(stage), id);
    });
  }

  test('stays when a client leaves, and over a restart', async () => {
    await using stage = await Stage.set();
    const id = await standing(stage);
    await stage.holds.withdraw({ id, url: '', waitMs: 1 });
    assert.equal(await again(stage), id);
    await stage.restart();
    assert.equal(await again(stage), id);
  });

  test('is ended by any approver who denies it, and by nobody else', async () => {
    await using stage = await Stage.set();
    const approvalId = await standing(stage);
    const deny = (by = dba('ana')) => stage.holds.decide({ approvalId, by, decision: 'deny' });
    await assert.rejects(deny(dba('olga')), { code: 'denied' });
    await assert.rejects(deny(identityOf('eve', { kind: 'human' })), { code: 'denied' });
    assert.equal(await again(stage), approvalId);
    assert.equal(await deny(), 'denied');
    assert.equal(await again(stage), undefined);
    assert.equal((await stage.holds.get(approvalId)).state, 'denied');
    await assert.rejects(deny(), { code: 'conflict' });
  });
});

describe('how long it may stand', () => {
  const two: readonly Approvers[] = [{ groups: ['dba'], count: 2, untilMs: hourMs }];
  const mixed: readonly Approvers[] = [...byDba, { groups: ['dba'], count: 1 }];
  const rows: readonly [title: string, approvers: readonly Approvers[], forMs: number, code: string][] = [
    ['no longer than its rule lets', byDba, hourMs + 1, 'denied'],
    ['not at all where a rule wants it once', mixed, 1, 'denied'],
    ['not at all where no rule says how long', [{ groups: ['dba'], count: 1 }], 1, 'denied'],
    ['not until a time that has passed', byDba, 0, 'protocol'],
  ];
  for (const [title, approvers, forMs, code] of rows) {
    test(title, async () => {
      await using stage = await Stage.set();
      const approvalId = await opened(stage, holdOf({ approvers }));
      const untilMs = stage.nowMs + forMs;
      const decided = stage.holds.decide({ approvalId, by: dba('ana'), decision: 'approve', untilMs });
      await assert.rejects(decided, { code });
      assert.equal((await stage.holds.get(approvalId)).state, 'pending');
    });
  }

  test('as long as all have agreed to, and once where one has agreed to once', async () => {
    for (const [untils, last] of [
      [[hourMs, hourMs / 2], hourMs / 2],
      [[hourMs, undefined], undefined],
    ] as const) {
      await using stage = await Stage.set();
      const verdict = holdOf({ approvers: two });
      const ticket = await stage.holds.open(sessionOf(), command, verdict);
      const decided = stage.holds.decided({ ...ticket, waitMs: 60_000 }, new AbortController().signal);
      for (const [at, forMs] of untils.entries()) {
        const until = forMs === undefined ? {} : { untilMs: stage.nowMs + forMs };
        await stage.holds.decide({ approvalId: ticket.id, by: dba(`d${at}`), decision: 'approve', ...until });
      }
      assert.equal((await decided).kind, 'approved');
      assert.equal(await again(stage, command, agent, verdict), last === undefined ? undefined : ticket.id);
      stage.nowMs += hourMs / 2;
      assert.equal(await again(stage, command, agent, verdict), undefined);
    }
  });
});

describe('what is known of a command beforehand', () => {
  test('is for those who decide, and not for whoever asked', async () => {
    await using stage = await Stage.set();
    const estimate = { rows: 7, cost: 1.5 };
    const preview: Preview = {
      rows: 1,
      columns: ['id'],
      sample: [{ before: ['1'], after: null }],
      failed: null,
      keptUntil: 5,
    };
    const { id } = await stage.holds.open(sessionOf(), command, hold, { estimate, preview });
    const watcher = dba('eve', { groups: ['security'] });
    const looks: readonly [to: Identity | undefined, all: boolean, sees: boolean][] = [
      [undefined, false, true],
      [dba('ana'), false, true],
      [watcher, true, true],
      [agent, false, false],
      [agent, true, false],
    ];
    for (const [to, all, sees] of looks) {
      const listed = await stage.holds.list({ ...(to === undefined ? {} : { visibleTo: to }), all });
      const views = [await stage.holds.get(id, to, all), ...listed];
      assert.equal(views.length, 2);
      for (const seen of views) {
        const outlook = sees ? [estimate, preview] : [null, null];
        assert.deepEqual([seen.estimate, seen.preview], outlook, `${to?.subject} ${all}`);
      }
    }
  });
});
