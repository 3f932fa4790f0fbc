import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ErrorCode } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { Approvers } from '../core/rule.ts';
import {
  agent,
  commandOf,
  dba,
  holdOf,
  identityOf,
  sessionOf,
  Stage,
} from '../../test/fixtures/holds-stage.ts';

const command = commandOf('DELETE FROM t');
const byDba: readonly Approvers[] = [{ groups: ['dba'], count: 1 }];

async function held(stage: Stage, approvers = byDba, holder: Identity = agent): Promise<string> {
  return (await stage.holds.open(sessionOf(holder), command, holdOf({ approvers }))).id;
}

describe('who may decide', () => {
  const person = identityOf('pia', { kind: 'human', groups: ['dba'] });
  const refused: readonly {
    name: string;
    holder?: Identity;
    by: Identity;
    approvers?: readonly Approvers[];
  }[] = [
    { name: 'not the one who asked', holder: person, by: person },
    { name: 'not with another token of one’s own', holder: person, by: { ...person, expiresAtMs: 5 } },
    {
      name: 'not by the same name at another issuer',
      holder: person,
      by: { ...person, issuer: 'https://other' },
    },
    { name: 'not by one’s name in other letters', holder: person, by: dba('PIA ') },
    {
      name: 'not by a second account with the same e-mail',
      holder: dba('pia', { claims: { email: 'pia@acme' } }),
      by: dba('Pia@acme', { issuer: 'https://other' }),
    },
    { name: 'not the owner of the agent that asked', by: dba('olga') },
    { name: 'not another account of that owner', by: dba('o2', { owner: 'olga' }) },
    { name: 'not for an account one owns', holder: dba('second', { owner: 'pia' }), by: person },
    { name: 'not who is owned by the one who asked', holder: person, by: dba('helper', { owner: 'pia' }) },
    { name: 'not for whom an agent acted', holder: dba('pia', { actor: agent }), by: dba('olga') },
    { name: 'not who acted for another', holder: dba('max', { actor: person }), by: person },
    { name: 'not with a ticket for one target', by: dba('ana', { within: { targets: ['orders'] } }) },
    {
      name: 'not where who acts for one was narrowed',
      by: dba('ana', { actor: identityOf('pia', { kind: 'human', within: { rules: ['all'] } }) }),
    },
    { name: 'not by an agent', by: identityOf('agent-9', { groups: ['dba'] }) },
    { name: 'not by an agent that acts for a person', by: dba('ana', { actor: identityOf('agent-9') }) },
    { name: 'not by somebody no rule names', by: dba('eve', { groups: ['sales'] }) },
    {
      name: 'not where nobody is named',
      by: dba('ana'),
      approvers: [{ groups: [], subjects: [], count: 1 }],
    },
    { name: 'not where anybody is left open', by: dba('ana'), approvers: [{ count: 1 }] },
    { name: 'not where no rule asks for anybody', by: dba('ana'), approvers: [] },
    {
      name: 'not by the group alone, where a name is asked for too',
      by: dba('ana'),
      approvers: [{ groups: ['dba'], subjects: ['ben'], count: 1 }],
    },
  ];
  for (const { name, holder, by, approvers } of refused) {
    test(name, async () => {
      await using stage = await Stage.set();
      const approvalId = await held(stage, approvers, holder);
      for (const decision of ['approve', 'deny'] as const) {
        await assert.rejects(stage.holds.decide({ approvalId, by, decision }), { code: 'denied' });
      }
      assert.equal((await stage.holds.get(approvalId)).state, 'pending');
      assert.deepEqual(stage.journal.written, []);
    });
  }
});

describe('how many must agree', () => {
  const two: readonly Approvers[] = [{ groups: ['dba'], count: 2 }];
  const mixed: readonly Approvers[] = [
    { groups: ['dba'], count: 1 },
    { subjects: ['lea', 'leo'], count: 1 },
  ];
  const both = dba('lea', { groups: ['dba'] });
  const plays: readonly {
    name: string;
    approvers: readonly Approvers[];
    steps: readonly [Identity, 'approve' | 'deny', string][];
  }[] = [
    {
      name: 'two different people',
      approvers: two,
      steps: [
        [dba('ana'), 'approve', 'pending'],
        [dba('ben'), 'approve', 'approved'],
      ],
    },
    {
      name: 'the same person twice counts once',
      approvers: two,
      steps: [
        [dba('ana'), 'approve', 'pending'],
        [dba('ana'), 'approve', 'conflict'],
        [dba('ben'), 'approve', 'approved'],
      ],
    },
    {
      name: 'the same person at two issuers counts once',
      approvers: two,
      steps: [
        [dba('ana'), 'approve', 'pending'],
        [dba('ana', { issuer: 'https://other' }), 'approve', 'conflict'],
      ],
    },
    {
      name: 'the same person by two accounts counts once',
      approvers: two,
      steps: [
        [dba('ana'), 'approve', 'pending'],
        [dba('ana-admin', { owner: 'ana' }), 'approve', 'conflict'],
      ],
    },
    {
      name: 'every rule wants its own',
      approvers: mixed,
      steps: [
        [dba('ana'), 'approve', 'pending'],
        [dba('ben'), 'approve', 'pending'],
        [dba('leo', { groups: [] }), 'approve', 'approved'],
      ],
    },
    { name: 'one person may count for two rules', approvers: mixed, steps: [[both, 'approve', 'approved']] },
    {
      name: 'one denial is enough',
      approvers: two,
      steps: [
        [dba('ana'), 'approve', 'pending'],
        [dba('ben'), 'deny', 'denied'],
        [dba('cyd'), 'approve', 'conflict'],
      ],
    },
    {
      name: 'a decision cannot be taken back',
      approvers: two,
      steps: [
        [dba('ana'), 'approve', 'pending'],
        [dba('ana'), 'deny', 'conflict'],
      ],
    },
    {
      name: 'nothing is decided twice',
      approvers: byDba,
      steps: [
        [dba('ana'), 'approve', 'approved'],
        [dba('ben'), 'deny', 'conflict'],
      ],
    },
    {
      name: 'a count of nothing is one',
      approvers: [{ groups: ['dba'], count: 0 }],
      steps: [[dba('ana'), 'approve', 'approved']],
    },
  ];
  for (const { name, approvers, steps } of plays) {
    test(name, async () => {
      await using stage = await Stage.set();
      const approvalId = await held(stage, approvers);
      for (const [by, decision, outcome] of steps) {
        const decided = stage.holds.decide({ approvalId, by, decision });
        assert.equal(await decided.catch((error: { code: ErrorCode }) => error.code), outcome);
      }
    });
  }
});

describe('two decisions at once', () => {
  test('the first counts, the second conflicts, and the record tells of one', async () => {
    await using stage = await Stage.set();
    const approvalId = await held(stage);
    const [first, second] = await Promise.allSettled([
      stage.holds.decide({ approvalId, by: dba('ana'), decision: 'approve' }),
      stage.holds.decide({ approvalId, by: dba('ben'), decision: 'deny' }),
    ]);
    assert.equal(first.status === 'fulfilled' && first.value, 'approved');
    assert.equal(second.status === 'rejected' && second.reason.code, 'conflict');
    assert.deepEqual(
      stage.journal.written.map((event) => event.type),
      ['hold.decided'],
    );
  });

  test('of the same person in two processes count once', async () => {
    await using stage = await Stage.set();
    const approvalId = await held(stage, [{ groups: ['dba'], count: 2 }]);
    const { holds: records } = stage.store;
    const ana = {
      by: dba('ana'),
      decision: 'approve',
      because: null,
      atMs: 1,
      counts: [0],
      names: ['ana'],
    } as const;
    // The other process's decision lands after this one has looked.
    const get = records.get.bind(records);
    records.get = async (id) => {
      const seen = await get(id);
      records.get = get;
      await records.decide(id, ana, () => 'pending', stage.nowMs);
      return seen;
    };
    const decided = stage.holds.decide({ approvalId, by: dba('ana'), decision: 'approve' });
    await assert.rejects(decided, { code: 'conflict' });
    assert.equal((await stage.holds.get(approvalId)).decisions.length, 1);
  });
});

describe('the record', () => {
  test('has the decision before it counts', async () => {
    await using stage = await Stage.set();
    const approvalId = await held(stage);
    stage.journal.full = true;
    const refused = stage.holds.decide({ approvalId, by: dba('ana'), decision: 'approve' });
    await assert.rejects(refused, { code: 'journal_unavailable' });
    assert.equal((await stage.holds.get(approvalId)).state, 'pending');
    stage.journal.full = false;
    const decided = stage.holds.decide({ approvalId, by: dba('ana'), decision: 'approve', because: 'fine' });
    assert.equal(await decided, 'approved', 'and the service returns by itself');
    const [event] = stage.journal.written;
    assert.ok(event?.type === 'hold.decided');
    assert.deepEqual(
      [event.approval, event.decision, event.by.subject, event.because],
      [approvalId, 'approve', 'ana', 'fine'],
    );
  });

  test('has no room for a reason without end', async () => {
    await using stage = await Stage.set();
    const approvalId = await held(stage);
    const because = 'x'.repeat(2_001);
    const decided = stage.holds.decide({ approvalId, by: dba('ana'), decision: 'deny', because });
    await assert.rejects(decided, { code: 'too_large' });
  });

  test('knows no approval by that name', async () => {
    await using stage = await Stage.set();
    const decided = stage.holds.decide({ approvalId: 'forged', by: dba('ana'), decision: 'approve' });
    await assert.rejects(decided, { code: 'not_found' });
  });
});
