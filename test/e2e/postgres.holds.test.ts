import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Client } from 'pg';

import type { HoldView } from '../../src/core/approvals.ts';
import { SallyportError } from '../../src/core/errors.ts';
import type { Identity } from '../../src/core/identity.ts';
import { connect, connectDirect, ended, refusal } from '../fixtures/clients.ts';
import type { Visitor } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';
import { WireClient, requestCancel, send } from '../fixtures/wire-client.ts';

// THREATS 25 to 28: a held command runs exactly as it was approved, once, or not at all.

const reading = '  - { name: all read, who: { any: true }, targets: [orders], allow: [read] }';
function holding(group: string, times: string): string {
  return `
  - name: ${group} write with a nod
    who: { groups: [${group}] }
    targets: [orders]
    hold: [write]
    approvers: { groups: [dba] }
    ${times}`;
}
const rules = [
  reading,
  holding('crews', 'wait: 10m'),
  holding('hasty', 'wait: 200ms\n    valid: 10m'),
  holding('fleeting', 'wait: 200ms\n    valid: 5s'),
].join('\n');

let server: PostgresServer;
let direct: Client;
let gateway: TestGateway;
let config: string;
let other: string;

before(async () => {
  server = await startPostgres();
  direct = await connectDirect(server);
  const tables = `
    CREATE TABLE counts (id int PRIMARY KEY, n int);
    INSERT INTO counts VALUES (1, 0), (2, 0);
    CREATE TABLE ran (step text);
    CREATE SCHEMA side; CREATE TABLE side.counts (id int PRIMARY KEY, n int); INSERT INTO side.counts VALUES (1, 0)`;
  await direct.query(tables);
  await direct.query('CREATE DATABASE elsewhere');
  const beyond = await connectDirect(server, 'elsewhere');
  await beyond.query(tables);
  await beyond.end();
  other = `  elsewhere:
    postgres: { host: 127.0.0.1, port: ${server.port}, database: elsewhere, tls: disable }
    credential: { static: { user: postgres, password: fixture-password } }`;
  config = shopConfig({ port: server.port, rules: rules.replaceAll('[orders]', '["*"]'), more: other });
  gateway = await startTestGateway(config);
});
beforeEach(() => direct.query('UPDATE counts SET n = 0; TRUNCATE ran; UPDATE side.counts SET n = 0'));
after(async () => {
  await direct?.end();
  await gateway?.stop();
  await server?.stop();
});

const update = 'UPDATE counts SET n = n + 1 WHERE id = 1';

async function count(id = 1): Promise<number> {
  const { rows } = await direct.query<{ n: number }>('SELECT n FROM counts WHERE id = $1', [id]);
  return rows[0]?.n ?? -1;
}

function person(subject: string, more: Partial<Identity> = {}): Identity {
  const proven = { issuer: 'sallyport', claims: {}, expiresAtMs: Date.now() + 3_600_000 };
  return { subject, kind: 'human', groups: ['dba'], ...proven, ...more };
}
const dba = person('dba-1');

/** The one hold that a client waits for now. */
function waitingHold(of = gateway): Promise<HoldView> {
  return until('a hold', async () =>
    (await of.gateway.approvals.list({ status: 'pending' })).find(({ waiting }) => waiting),
  );
}

function approve(approvalId: string, by = dba, of = gateway) {
  return of.gateway.approvals.decide({ approvalId, by, decision: 'approve' });
}

function isRefusal(code: string): (error: unknown) => boolean {
  return (error) => error instanceof SallyportError && error.code === code;
}

async function withClient(who: Parameters<typeof connect>[1], use: (client: Visitor) => Promise<void>) {
  const client = await connect(gateway, who);
  try {
    await use(client);
  } finally {
    await client.end();
  }
}

/** A gateway that a test may reconfigure or restart. */
async function withGateway(use: (own: TestGateway) => Promise<void>): Promise<void> {
  let own = await startTestGateway(config);
  const restart = own.restart;
  own = { ...own, restart: async () => (own = await restart()) };
  try {
    await use(own);
  } finally {
    await own.stop();
  }
}

describe('a held command', () => {
  test('waits, tells where, runs once when a second person approves, and is recorded', async () => {
    await withClient({}, async (client) => {
      const answer = client.query(update);
      const hold = await waitingHold();
      assert.equal(await count(), 0);
      assert.deepEqual(client.notices, [`Sallyport: held until somebody approves it: ${hold.url}`]);
      assert.equal(hold.text, update);
      assert.deepEqual(hold.effects, ['write.update public.counts', 'write.update side.counts']);
      assert.equal(await approve(hold.id), 'approved');
      assert.equal((await answer).rowCount, 1);
      assert.equal(await count(), 1);
      const events = await gateway.events();
      const about = events.filter((event) => 'approval' in event && event.approval === hold.id);
      assert.deepEqual(
        about.map(({ type }) => type),
        ['hold.opened', 'hold.decided', 'hold.ended', 'command'],
      );
    });
  });

  test('is held again the next time', async () => {
    await withClient({}, async (client) => {
      for (const round of [1, 2]) {
        const answer = client.query(update);
        await approve((await waitingHold()).id);
        await answer;
        assert.equal(await count(), round);
      }
    });
  });

  test('that is denied fails with the reason, and never runs', async () => {
    await withClient({}, async (client) => {
      const answer = refusal(client.query(update));
      const { id } = await waitingHold();
      const because = 'not during the sale';
      await gateway.gateway.approvals.decide({ approvalId: id, by: dba, decision: 'deny', because });
      const { error, approval } = await answer;
      assert.equal(error.message, 'Sallyport: dba-1 denied this command: not during the sale');
      assert.equal(approval, id);
      assert.equal(await count(), 0);
      assert.deepEqual(await client.rows('SELECT 1'), [[1]]);
    });
  });

  test('nobody decided on in time runs once when it is sent again after the approval', async () => {
    await withClient({ groups: ['hasty'] }, async (client) => {
      const { error, approval = '' } = await refusal(client.query(update));
      assert.match(error.message, new RegExp(`nobody decided on approval ${approval} within 0\\.2 s`));
      await approve(approval);
      assert.equal(await count(), 0);
      await client.query(update);
      assert.equal(await count(), 1);
      const again = await refusal(client.query(update));
      assert.equal(again.code, 'hold_pending');
      assert.notEqual(again.approval, approval);
      assert.equal(await count(), 1);
    });
  });

  test('shows its parameters to the approver, in text and as bytes', async () => {
    await withClient({}, async (client) => {
      const answer = client.query('UPDATE counts SET n = $1 WHERE id = $2', [7, Buffer.from([0, 0, 0, 1])]);
      const { id } = await waitingHold();
      const { parameters } = await gateway.gateway.approvals.get(id);
      assert.deepEqual(parameters, ['7', { hex: '00000001' }]);
      await gateway.gateway.approvals.decide({ approvalId: id, by: dba, decision: 'deny' });
      await refusal(answer);
    });
  });

  test('in a transaction leaves it as it is: approved it goes on, denied it is undone', async () => {
    await withClient({}, async (client) => {
      await client.query('BEGIN');
      const first = client.query(update);
      await approve((await waitingHold()).id);
      await first;
      const second = refusal(client.query('UPDATE counts SET n = 99 WHERE id = 2'));
      const { id } = await waitingHold();
      await gateway.gateway.approvals.decide({ approvalId: id, by: dba, decision: 'deny' });
      await second;
      await assert.rejects(client.query('SELECT 1'), { code: '25P02' });
      await client.query('COMMIT');
      assert.deepEqual([await count(1), await count(2)], [0, 0]);
    });
  });
});

describe('THREATS 25: an approval is for one command of one identity', () => {
  /** A new one a test, for approvals outlive their clients. */
  const agent = { subject: 'hasty-1', groups: ['hasty'] };
  const run = { text: 'UPDATE counts SET n = n + $1 WHERE id = 1', values: [1] };

  /** What is asked in place of what was approved, and by whom. */
  const changes: readonly (readonly [title: string, how: (was: Visitor) => Promise<unknown>])[] = [
    ['another text', (client) => client.query({ ...run, text: `${run.text} AND true` })],
    ['a blank more', (client) => client.query({ ...run, text: `${run.text} ` })],
    ['other parameters', (client) => client.query({ ...run, values: [2] })],
    ['NULL for a parameter', (client) => client.query({ ...run, values: [null] })],
    ['the parameter in the text', (client) => client.query(run.text.replace('$1', '1'))],
    ['the same bytes in binary', (client) => client.query({ ...run, values: [Buffer.from([0, 0, 0, 1])] })],
    [
      'another search_path',
      async (client) => {
        await client.query('SET search_path = side');
        return client.query(run);
      },
    ],
    ['other settings at login', () => asking(connect(gateway, agent, { options: '-c search_path=side' }))],
    ['another identity', () => asking(connect(gateway, { ...agent, subject: 'hasty-2' }))],
    ['another kind of identity', () => asking(connect(gateway, { ...agent, kind: 'human' }))],
    ['another target', () => asking(connect(gateway, agent, { database: 'elsewhere' }))],
  ];

  async function asking(connected: Promise<Visitor>): Promise<unknown> {
    const client = await connected;
    return client.query(run).finally(() => client.end());
  }

  for (const [title, how] of changes) {
    test(`not used for ${title}`, async () => {
      agent.subject = title;
      await withClient(agent, async (client) => {
        const { approval = '' } = await refusal(client.query(run));
        await approve(approval);
        const { code, approval: another } = await refusal(how(client));
        assert.equal(code, 'hold_pending');
        assert.notEqual(another, approval);
        assert.equal(await count(), 0);
        assert.equal((await gateway.gateway.approvals.get(approval)).state, 'approved');
        if (title === 'another search_path') return;
        // It is still there for what it was given for.
        await client.query(run);
        assert.equal(await count(), 1);
      });
    });
  }

  test('used by another session of the same identity, once', async () => {
    const { approval = '' } = await refusal(asking(connect(gateway, agent)));
    await approve(approval);
    const answers = await Promise.allSettled([1, 2, 3].map(() => asking(connect(gateway, agent))));
    assert.equal(answers.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal(await count(), 1);
  });

  test('not used after `valid` has passed', async () => {
    const fleeting = { subject: 'fleeting-1', groups: ['fleeting'] };
    await withClient(fleeting, async (client) => {
      const { approval = '' } = await refusal(client.query(update));
      await approve(approval);
      const { validUntil } = await gateway.gateway.approvals.get(approval);
      await until('the end of its time', () => Date.now() > (validUntil ?? Number.NaN));
      assert.notEqual((await refusal(client.query(update))).approval, approval);
      assert.equal(await count(), 0);
    });
  });

  test('not used once the policy denies it', async () => {
    await withGateway(async (own) => {
      const client = await connect(own, agent);
      const { approval = '' } = await refusal(client.query(update));
      await approve(approval, dba, own);
      own.rewrite(`${config}\n  - { name: frozen, targets: ["*"], deny: [write], because: Frozen. }\n`);
      await until('the rule', async () => (await own.events()).some(({ type }) => type === 'config.loaded'));
      const { error } = await refusal(client.query(update));
      assert.equal(error.message, 'Sallyport: rule "frozen" refuses it: Frozen.');
      assert.equal(await count(), 0);
      await client.end();
    });
  });

  test('a policy that turns to deny while people think wins over their approval', async () => {
    await withGateway(async (own) => {
      const client = await connect(own);
      const answer = refusal(client.query(update));
      const { id } = await waitingHold(own);
      own.rewrite(`${config}\n  - { name: frozen, targets: ["*"], deny: [write], because: Frozen. }\n`);
      await until('the rule', async () => (await own.events()).some(({ type }) => type === 'config.loaded'));
      await approve(id, dba, own);
      assert.equal((await answer).error.message, 'Sallyport: rule "frozen" refuses it: Frozen.');
      assert.equal(await count(), 0);
      await client.end();
    });
  });
});

describe('THREATS 26: nobody approves their own', () => {
  const rows: readonly (readonly [title: string, by: Identity, code: string])[] = [
    ['the identity itself', person('agent-7', { kind: 'agent' }), 'denied'],
    ['the same subject as a person', person('agent-7'), 'denied'],
    ['the person who owns it', person('ann@acme.test'), 'denied'],
    ['that person from another issuer', person('ANN@acme.test', { issuer: 'https://other.test' }), 'denied'],
    ['somebody with its owner’s e-mail', person('u-17', { claims: { email: 'ann@acme.test' } }), 'denied'],
    ['another agent', person('agent-8', { kind: 'agent' }), 'denied'],
    [
      'an agent acting for an approver',
      person('bob', { actor: person('agent-9', { kind: 'agent' }) }),
      'denied',
    ],
    ['who is no approver', person('carl', { groups: ['crews'] }), 'denied'],
  ];

  test('neither as itself, nor as its owner, nor by an agent', async () => {
    await withClient({ claims: { owner: 'ann@acme.test' } }, async (client) => {
      const answer = client.query(update);
      const { id } = await waitingHold();
      for (const [title, by, code] of rows) await assert.rejects(approve(id, by), isRefusal(code), title);
      assert.equal(await count(), 0);
      await approve(id);
      await answer;
      assert.equal(await count(), 1);
    });
  });
});

describe('THREATS 27: what could deceive the approver is pointed out', () => {
  test('hidden characters and length', async () => {
    await withClient({}, async (client) => {
      const text = `UPDATE counts /* \u202Eelbat\u202C \u001b[2J */ SET n = 5 WHERE id = 1 /* ${'x'.repeat(50_000)} */`;
      const answer = refusal(client.query(text));
      const { id, clipped, warnings } = await waitingHold();
      assert.equal(clipped, true);
      assert.ok(warnings.length >= 2, warnings.join('; '));
      assert.equal((await gateway.gateway.approvals.get(id)).text, text);
      await gateway.gateway.approvals.decide({ approvalId: id, by: dba, decision: 'deny' });
      await answer;
    });
  });
});

describe('THREATS 28: who is gone does not come back', () => {
  const login = async () => ({ port: gateway.port, database: 'orders', password: await gateway.token() });

  test('a client that cancels', async () => {
    const client = await WireClient.login(await login());
    client.take();
    client.write(send.query(update));
    const { id } = await waitingHold();
    await requestCancel(gateway.port, client.key);
    const lines = await client.upTo('ReadyForQuery');
    assert.match(lines.join('\n'), /ErrorResponse 57014 Sallyport: the held command was cancelled/);
    await assert.rejects(approve(id), isRefusal('conflict'));
    assert.deepEqual(await client.query('SELECT 1'), [
      'RowDescription ?column?',
      'DataRow 1',
      'CommandComplete SELECT 1',
      'ReadyForQuery I',
    ]);
    assert.equal(await count(), 0);
    await client.close();
  });

  test('a client that disconnects', async () => {
    const client = await WireClient.login(await login());
    client.write(send.query(update));
    const { id } = await waitingHold();
    client.socket.destroy();
    await until(
      'the withdrawal',
      async () => (await gateway.gateway.approvals.get(id)).state === 'withdrawn',
    );
    await assert.rejects(approve(id), isRefusal('conflict'));
    assert.equal(await count(), 0);
  });

  test('a gateway that is closed', async () => {
    await withGateway(async (own) => {
      const client = await connect(own);
      const answer = client.query(update).catch((error: unknown) => error);
      const { id } = await waitingHold(own);
      const again = await own.restart();
      await answer;
      await ended(client);
      assert.equal((await again.gateway.approvals.get(id)).state, 'withdrawn');
      await assert.rejects(approve(id, dba, again), isRefusal('conflict'));
      assert.equal(await count(), 0);
    });
  });

  test('an approval given before a restart is still good after it', async () => {
    await withGateway(async (own) => {
      const hasty = { groups: ['hasty'] };
      const client = await connect(own, hasty);
      const { approval = '' } = await refusal(client.query(update));
      await approve(approval, dba, own);
      const again = await own.restart();
      const back = await connect(again, hasty);
      await back.query(update);
      assert.equal(await count(), 1);
      await back.end();
    });
  });

  test('two decisions at once: the first counts, and the command runs at most once', async () => {
    for (let round = 0; round < 5; round++) {
      await direct.query('UPDATE counts SET n = 0');
      await withClient({}, async (client) => {
        const answer = client.query(update).then(
          () => 'ran',
          () => 'denied',
        );
        const { id: approvalId } = await waitingHold();
        const { approvals } = gateway.gateway;
        const decisions = await Promise.allSettled([
          approvals.decide({ approvalId, by: dba, decision: 'approve' }),
          approvals.decide({ approvalId, by: person('dba-2'), decision: 'deny' }),
          approvals.decide({ approvalId, by: person('dba-3'), decision: 'approve' }),
        ]);
        assert.equal(decisions.filter(({ status }) => status === 'fulfilled').length, 1);
        const expected = (await answer) === 'ran' ? 1 : 0;
        assert.equal(await count(), expected);
      });
    }
  });
});

describe('behind a held command', () => {
  test('nothing overtakes it, and what follows runs after it, in order', async () => {
    const client = await WireClient.login({
      port: gateway.port,
      database: 'orders',
      password: await gateway.token(),
    });
    client.take();
    client.write(
      send.query('SELECT 1'),
      send.query('UPDATE counts SET n = 10 WHERE id = 1'),
      send.query('SELECT n FROM counts WHERE id = 1'),
      send.run('SELECT $1::int + n FROM counts WHERE id = 1', ['5']),
      send.sync(),
    );
    const { id } = await waitingHold();
    await client.until((line) => line.startsWith('NoticeResponse'));
    const before = client.take();
    assert.equal(before.filter((line) => line.startsWith('ReadyForQuery')).length, 1);
    assert.ok(before.includes('DataRow 1'));
    await approve(id);
    let left = 3;
    await client.until((line) => line.startsWith('ReadyForQuery') && --left === 0);
    const rows = client.take().filter((line) => /^(DataRow|CommandComplete)/.test(line));
    assert.deepEqual(rows, [
      'CommandComplete UPDATE 1',
      'DataRow 10',
      'CommandComplete SELECT 1',
      'DataRow 15',
      'CommandComplete SELECT 1',
    ]);
    await client.close();
  });

  test('one session waits, others do not', async () => {
    await withClient({}, async (client) => {
      const answer = client.query(update);
      const { id } = await waitingHold();
      await withClient({ subject: 'another' }, async (free) => {
        assert.deepEqual(await free.rows('SELECT n FROM counts WHERE id = 1'), [[0]]);
      });
      await approve(id);
      await answer;
    });
  });
});
