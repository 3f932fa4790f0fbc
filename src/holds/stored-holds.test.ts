import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Command } from '../core/command.ts';
import type { Identity } from '../core/identity.ts';
import type { HoldTicket } from '../core/ports.ts';
import type { Hold } from '../core/verdict.ts';
import {
  agent,
  commandOf,
  dba,
  holdOf,
  identityOf,
  sessionOf,
  Stage,
  targetOf,
} from '../../test/fixtures/holds-stage.ts';

const command = commandOf('UPDATE t SET a = 1 WHERE id = 1');
const never = new AbortController().signal;
const noWait = { waitMs: 1 };

/** Somebody waited, nobody decided, the client was told to send it again. */
async function unanswered(stage: Stage, what: Command = command): Promise<HoldTicket> {
  const ticket = await stage.holds.open(sessionOf(), what, holdOf(noWait));
  assert.deepEqual(await stage.holds.decided(ticket, never), { kind: 'unanswered' });
  return ticket;
}

async function approvedLater(stage: Stage): Promise<HoldTicket> {
  const ticket = await unanswered(stage);
  await stage.holds.decide({ approvalId: ticket.id, by: dba('ana'), decision: 'approve' });
  return ticket;
}

describe('a command that waits', () => {
  test('runs when a person approves, and the approval is used up by it', async () => {
    await using stage = await Stage.set();
    const session = sessionOf();
    const ticket = await stage.holds.open(session, command, holdOf());
    assert.equal(ticket.url, `https://gateway/approvals/${ticket.id}`);
    const decided = stage.holds.decided(ticket, never);
    assert.equal(
      await stage.holds.decide({ approvalId: ticket.id, by: dba('ana'), decision: 'approve' }),
      'approved',
    );
    assert.deepEqual(await decided, { kind: 'approved', by: ['ana'] });
    assert.equal((await stage.holds.get(ticket.id)).state, 'used');
    assert.equal(await stage.holds.useEarlier(session, command, holdOf()), undefined);
  });

  test('hears why it was denied', async () => {
    await using stage = await Stage.set();
    const ticket = await stage.holds.open(sessionOf(), command, holdOf());
    const decided = stage.holds.decided(ticket, never);
    const request = {
      approvalId: ticket.id,
      by: dba('ana'),
      decision: 'deny',
      because: 'not today',
    } as const;
    assert.equal(await stage.holds.decide(request), 'denied');
    assert.deepEqual(await decided, { kind: 'denied', by: 'ana', because: 'not today' });
  });

  test('hears of a decision that came before it began to listen', async () => {
    await using stage = await Stage.set();
    const ticket = await stage.holds.open(sessionOf(), command, holdOf());
    await stage.holds.decide({ approvalId: ticket.id, by: dba('ana'), decision: 'approve' });
    assert.equal((await stage.holds.decided(ticket, never)).kind, 'approved');
  });

  test('ends when its client leaves, and cannot be approved any more', async () => {
    await using stage = await Stage.set();
    const ticket = await stage.holds.open(sessionOf(), command, holdOf());
    const client = new AbortController();
    const decided = stage.holds.decided(ticket, client.signal);
    client.abort(new Error('left'));
    await assert.rejects(decided, /left/);
    await stage.holds.withdraw(ticket);
    const late = stage.holds.decide({ approvalId: ticket.id, by: dba('ana'), decision: 'approve' });
    await assert.rejects(late, { code: 'conflict' });
    assert.equal(await stage.holds.useEarlier(sessionOf(), command, holdOf()), undefined);
  });

  test('does not run when its client left in the moment of the approval', async () => {
    await using stage = await Stage.set();
    const ticket = await stage.holds.open(sessionOf(), command, holdOf());
    const decided = stage.holds.decided(ticket, never);
    await stage.holds.decide({ approvalId: ticket.id, by: dba('ana'), decision: 'approve' });
    await decided;
    await stage.holds.withdraw(ticket);
    assert.equal((await stage.holds.get(ticket.id)).state, 'withdrawn');
  });

  test('keeps its approval from another session that sends the same', async () => {
    await using stage = await Stage.set();
    const ticket = await stage.holds.open(sessionOf(), command, holdOf());
    await stage.holds.decide({ approvalId: ticket.id, by: dba('ana'), decision: 'approve' });
    assert.equal(await stage.holds.useEarlier(sessionOf(), command, holdOf()), undefined);
    assert.equal((await stage.holds.decided(ticket, never)).kind, 'approved');
  });

  test('has an approval of its own, though another session waits with the same', async () => {
    await using stage = await Stage.set();
    const one = await stage.holds.open(sessionOf(), command, holdOf());
    const two = await stage.holds.open(sessionOf(), command, holdOf());
    assert.notEqual(one.id, two.id);
  });

  test('never runs after the gateway was killed', async () => {
    await using stage = await Stage.set();
    const pending = await stage.holds.open(sessionOf(), command, holdOf());
    const approved = await stage.holds.open(sessionOf(), command, holdOf());
    await stage.holds.decide({ approvalId: approved.id, by: dba('ana'), decision: 'approve' });
    await stage.restart();
    for (const { id } of [pending, approved]) assert.equal((await stage.holds.get(id)).state, 'withdrawn');
    assert.equal(await stage.holds.useEarlier(sessionOf(), command, holdOf()), undefined);
    assert.deepEqual(
      stage.journal.written.flatMap((event) => (event.type === 'hold.ended' ? event.outcome : [])),
      ['withdrawn', 'withdrawn'],
    );
  });
});

describe('a command sent again', () => {
  test('runs once after an approval that came later', async () => {
    await using stage = await Stage.set();
    const { id } = await approvedLater(stage);
    assert.equal(await stage.holds.useEarlier(sessionOf(), command, holdOf()), id);
    assert.equal(await stage.holds.useEarlier(sessionOf(), command, holdOf()), undefined);
    assert.equal((await stage.holds.get(id)).state, 'used');
  });

  test('runs once, however many send it at the same time', async () => {
    await using stage = await Stage.set();
    const { id } = await approvedLater(stage);
    const uses = Array.from({ length: 8 }, () => stage.holds.useEarlier(sessionOf(), command, holdOf()));
    assert.deepEqual(
      (await Promise.all(uses)).filter((used) => used !== undefined),
      [id],
    );
  });

  test('may be approved after a restart', async () => {
    await using stage = await Stage.set();
    const { id } = await unanswered(stage);
    await stage.restart();
    await stage.holds.decide({ approvalId: id, by: dba('ana'), decision: 'approve' });
    assert.equal(await stage.holds.useEarlier(sessionOf(), command, holdOf()), id);
  });

  test('before anybody decided, waits for the same approval, with what was agreed so far', async () => {
    await using stage = await Stage.set();
    const two = holdOf({ ...noWait, approvers: [{ groups: ['dba'], count: 2 }] });
    const first = await stage.holds.open(sessionOf(), command, two);
    await stage.holds.decided(first, never);
    await stage.holds.decide({ approvalId: first.id, by: dba('ana'), decision: 'approve' });
    const again = await stage.holds.open(sessionOf(), command, { ...two, waitMs: 60_000 });
    assert.equal(again.id, first.id);
    const decided = stage.holds.decided(again, never);
    await stage.holds.decide({ approvalId: first.id, by: dba('ben'), decision: 'approve' });
    assert.deepEqual(await decided, { kind: 'approved', by: ['ana', 'ben'] });
  });

  test('held by other rules of the same people, needs an approval of its own', async () => {
    await using stage = await Stage.set();
    const first = await unanswered(stage);
    const again = await stage.holds.open(sessionOf(), command, holdOf({ rules: ['another nod'] }));
    assert.notEqual(again.id, first.id);
    assert.equal((await stage.holds.get(first.id)).state, 'withdrawn');
  });

  const changed: readonly [string, Parameters<typeof sessionOf>, Command][] = [
    ['text', [], commandOf('UPDATE t SET a = 1 WHERE id = 2')],
    ['parameters', [], { ...command, parameters: [{ bytes: null, format: 'text' }] }],
    ['meaning', [], { ...command, context: 'search_path=evil' }],
    ['target', [agent, targetOf('billing')], command],
    ['identity', [identityOf('agent-2')], command],
    ['issuer', [{ ...agent, issuer: 'https://other' }], command],
  ];
  for (const [what, session, other] of changed) {
    test(`with another ${what} does not run on that approval`, async () => {
      await using stage = await Stage.set();
      await approvedLater(stage);
      assert.equal(await stage.holds.useEarlier(sessionOf(...session), other, holdOf()), undefined);
    });
  }

  const stricter: readonly [string, Partial<Hold>][] = [
    ['more people', { approvers: [{ groups: ['dba'], count: 2 }] }],
    ['other people', { approvers: [{ groups: ['security'], count: 1 }] }],
    ['named people of that group', { approvers: [{ groups: ['dba'], subjects: ['ben'], count: 1 }] }],
    ['people of a second rule too', { approvers: [...holdOf().approvers, { groups: ['lead'], count: 1 }] }],
  ];
  for (const [what, more] of stricter) {
    test(`THREATS 25: once the rules want ${what}, an approval given before does not count`, async () => {
      await using stage = await Stage.set();
      const { id } = await approvedLater(stage);
      const verdict = holdOf({ ...noWait, ...more });
      assert.equal(await stage.holds.useEarlier(sessionOf(), command, verdict), undefined);
      const again = await stage.holds.open(sessionOf(), command, verdict);
      assert.notEqual(again.id, id);
      assert.deepEqual(await stage.holds.decided(again, never), { kind: 'unanswered' });
    });

    test(`THREATS 25: once the rules want ${what}, what was agreed so far does not count`, async () => {
      await using stage = await Stage.set();
      const two = [{ groups: ['dba'], count: 2 }, ...holdOf().approvers];
      const first = await stage.holds.open(sessionOf(), command, holdOf({ ...noWait, approvers: two }));
      await stage.holds.decided(first, never);
      await stage.holds.decide({ approvalId: first.id, by: dba('ana'), decision: 'approve' });
      const again = await stage.holds.open(sessionOf(), command, holdOf(more));
      assert.notEqual(again.id, first.id);
      assert.deepEqual((await stage.holds.get(again.id)).decisions, []);
    });
  }

  test('after the approval’s time does not run', async () => {
    await using stage = await Stage.set();
    const { id } = await approvedLater(stage);
    stage.nowMs += 900_000;
    assert.equal(await stage.holds.useEarlier(sessionOf(), command, holdOf()), undefined);
    assert.equal((await stage.holds.get(id)).state, 'expired');
  });

  test('cannot be approved when it was left too long', async () => {
    await using stage = await Stage.set();
    const { id } = await unanswered(stage);
    stage.nowMs += 900_000;
    const late = stage.holds.decide({ approvalId: id, by: dba('ana'), decision: 'approve' });
    await assert.rejects(late, { code: 'conflict', message: /expired/ });
  });
});

describe('what approvers see', () => {
  async function shown(stage: Stage, to?: Identity): Promise<number> {
    return (await stage.holds.list(to === undefined ? {} : { visibleTo: to })).length;
  }

  test('only who asked and who may decide see a hold', async () => {
    await using stage = await Stage.set();
    const { id } = await unanswered(stage);
    const stranger = dba('eve', { groups: ['sales'] });
    assert.deepEqual(
      [
        await shown(stage),
        await shown(stage, agent),
        await shown(stage, dba('ana')),
        await shown(stage, stranger),
      ],
      [1, 1, 1, 0],
    );
    await assert.rejects(stage.holds.get(id, stranger), { code: 'not_found' });
    const within = { targets: ['orders'] };
    for (const one of [{ ...agent, within }, dba('ana', { within }), dba('ana', { actor: agent })]) {
      assert.equal(await shown(stage, one), 0, 'a ticket shows what came with it');
    }
    await assert.rejects(stage.holds.get('nothing'), { code: 'not_found' });
  });

  test('a long text is clipped in the list and whole by itself', async () => {
    await using stage = await Stage.set();
    const text = `SELECT '${'x'.repeat(10_000)}'`;
    const parameters = [{ bytes: Buffer.from('y'.repeat(10_000)), format: 'text' }] as const;
    const { id } = await unanswered(stage, commandOf(text, { parameters }));
    const [listed] = await stage.holds.list();
    assert.equal(listed?.clipped, true);
    assert.ok(JSON.stringify(listed).length < 6_000);
    const whole = await stage.holds.get(id);
    assert.equal(whole.text, text);
    assert.equal(whole.clipped, false);
    assert.equal(whole.warnings.length, 1);
  });

  test('pages go on where the last ended, past holds of others', async () => {
    await using stage = await Stage.set();
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) {
      stage.nowMs += 1;
      const who = i % 2 === 0 ? agent : identityOf('agent-2');
      const ticket = await stage.holds.open(sessionOf(who), commandOf(`SELECT ${i}`), holdOf());
      if (who === agent) ids.unshift(ticket.id);
    }
    const first = await stage.holds.list({ visibleTo: agent, limit: 2 });
    const rest = await stage.holds.list({ visibleTo: agent, limit: 2, after: first[1]?.id ?? '' });
    assert.deepEqual(
      [...first, ...rest].map(({ id }) => id),
      ids,
    );
  });

  test('holds are found by what became of them', async () => {
    await using stage = await Stage.set();
    await approvedLater(stage);
    assert.equal((await stage.holds.list({ status: 'approved' })).length, 1);
    assert.equal((await stage.holds.list({ status: 'pending' })).length, 0);
    stage.nowMs += 900_000;
    assert.equal((await stage.holds.list({ status: 'approved' })).length, 0);
    assert.equal((await stage.holds.list({ status: 'expired' })).length, 1);
  });
});
