import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Client } from 'pg';

import { connect, connectDirect, refusal } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';

// An approval is for what the command meant: in a session whose settings make it mean something else it counts
// for nothing.

const rules = `
  - { name: crews read, who: { any: true }, targets: [orders], allow: [read] }
  - name: crews write with a nod
    who: { groups: [crews] }
    targets: [orders]
    hold: [write]
    approvers: { groups: [dba] }
    wait: 100ms
    valid: 10m
`;

let server: PostgresServer;
let gateway: TestGateway;
let direct: Client;

before(async () => {
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query(`
    CREATE TABLE counts (id int, n int);
    CREATE SCHEMA side; CREATE TABLE side.counts (id int, n int);
    CREATE TABLE paths (path text)`);
  gateway = await startTestGateway(shopConfig({ port: server.port, rules }));
});
beforeEach(() =>
  direct.query(`TRUNCATE counts, side.counts, paths;
    INSERT INTO counts VALUES (1, 0); INSERT INTO side.counts VALUES (1, 0); INSERT INTO paths VALUES ('public')`),
);
after(async () => {
  await direct?.end();
  await gateway?.stop();
  await server?.stop();
});

const long = `SET application_name = '${'x'.repeat(50)}' /* ${'y'.repeat(10_000)} */`;
const given = "SELECT set_config('search_path', $1, false)";
const stored = "SELECT set_config('search_path', path, false) FROM paths";

type Step = readonly [text: string, values?: readonly string[]];
const rows: readonly [what: string, approved: readonly Step[], run: readonly Step[]][] = [
  ['a long setting behind it', [[long]], [['SET search_path = side'], [long]]],
  ['a parameter', [[given, ['public']]], [[given, ['side']]]],
  ['a value from a table', [[stored]], [["UPDATE paths SET path = 'side'"], [stored]]],
];

for (const [what, approved, run] of rows) {
  test(`what changes the meaning is not hidden by ${what}`, async () => {
    const update = 'UPDATE counts SET n = n + 1 WHERE id = 1';
    const one = await connect(gateway);
    for (const [text, values] of approved) await one.query(text, values === undefined ? [] : [...values]);
    const { approval = '' } = await refusal(one.query(update));
    await one.end();
    const by = { subject: 'ana', kind: 'human', groups: ['dba'], issuer: 'sallyport', claims: {} } as const;
    const decision = { by: { ...by, expiresAtMs: Date.now() + 3_600_000 }, decision: 'approve' } as const;
    await gateway.gateway.approvals.decide({ approvalId: approval, ...decision });
    const other = await connect(gateway);
    for (const [text, values] of run) {
      if (text.startsWith('UPDATE')) await direct.query(text);
      else await other.query(text, values === undefined ? [] : [...values]);
    }
    const { code } = await refusal(other.query(update));
    await other.end();
    assert.equal(code, 'hold_pending');
    assert.deepEqual((await direct.query('SELECT n FROM side.counts')).rows, [{ n: 0 }]);
  });
}
