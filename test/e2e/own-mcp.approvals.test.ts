import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { routes } from '../../src/api/contract/routes.ts';
import { lead, OwnMcpStage, security } from '../fixtures/own-mcp-stage.ts';
import { ownClient, ownEndpoint, type OwnClient, type Sdk } from '../fixtures/own-mcp.ts';
import { until } from '../fixtures/until.ts';

// What people have a say in: holds, requests, revocations; and that whoever goes away leaves nothing running.

let stage: OwnMcpStage;

before(async () => {
  stage = await OwnMcpStage.set({
    more: `
budgets:
  - { name: a little, who: { subjects: [spender] }, targets: [shop], per: day, commands: 2 }
`,
  });
});
after(() => stage?.[Symbol.asyncDispose]());

async function decide(id: string, decision: 'approve' | 'deny', because?: string): Promise<void> {
  const person = await stage.person(lead);
  const body = { decision, ...(because === undefined ? {} : { because }) };
  if (id.startsWith('r_')) await person.call(routes.decideRequest, { params: { id }, body });
  else await person.call(routes.decideApproval, { params: { id }, body });
}

for (const sdk of ['legacy', 'modern'] as const satisfies Sdk[]) {
  describe(`a ${sdk} client`, () => {
    let client: OwnClient;
    before(async () => {
      client = await ownClient(stage.gateway, sdk);
    });
    after(() => client.close());

    test('is held, waits, and runs it once after a nod', async () => {
      const change = {
        target: 'shop',
        sql: "UPDATE users SET name = name || '!' WHERE id = $1",
        parameters: [1],
      };
      const name = await stage.nameOf(1);
      const held = await client.call('run', change);
      assert.deepEqual([held.isError, held.data['status']], [false, 'held']);
      const id = String(held.data['approval']);
      assert.match(
        held.text,
        /^Next: call wait_for_approval with id "\w+"; once it is approved, call run again/m,
      );
      const again = await client.call('run', change);
      assert.equal(again.data['approval'], id, 'asked again, it is the same approval');
      const still = await client.call('wait_for_approval', { id, seconds: 0 });
      assert.equal(still.data['state'], 'pending');
      assert.equal(await stage.nameOf(1), name, 'nothing ran');

      const waiting = client.call('wait_for_approval', { id });
      await decide(id, 'approve');
      assert.match((await waiting).text, /is approved, until [^]*run again with exactly the same arguments/);
      const other = await client.call('run', { ...change, parameters: [2] });
      assert.notEqual(other.data['approval'], id, 'other parameters are another command');
      const done = await client.call('run', change);
      assert.equal(done.data['tag'], 'UPDATE 1');
      assert.equal(await stage.nameOf(1), `${name}!`);
      const third = await client.call('run', change);
      assert.equal(third.data['status'], 'held');
      assert.notEqual(third.data['approval'], id);
      assert.equal(await stage.nameOf(1), `${name}!`);
    });

    test('sends a held request once after a nod', async () => {
      const refund = { target: 'billing', method: 'POST', path: `/refunds/${sdk}`, body: '{"amount":5}' };
      const sent = () => stage.api.arrived.filter(({ url }) => url === refund.path).length;
      const held = await client.call('run', refund);
      assert.equal(held.data['status'], 'held');
      assert.equal(sent(), 0);
      await decide(String(held.data['approval']), 'approve');
      const done = await client.call('run', refund);
      assert.equal(done.data['http'], 200);
      assert.equal((await client.call('run', refund)).data['status'], 'held');
      assert.equal(sent(), 1);
    });

    test('is told why it was denied', async () => {
      const sql = `UPDATE users SET name = 'Eve (${sdk})' WHERE id = 1`;
      const held = await client.call('run', { target: 'shop', sql });
      const id = String(held.data['approval']);
      await decide(id, 'deny', 'not on a \u202eFriday');
      const { data, text } = await client.call('wait_for_approval', { id });
      assert.equal(data['state'], 'denied');
      assert.match(text, /Whoever denied it says: not on a \\u\{202e\}Friday/);
    });

    test('asks for a rule, waits, and goes on', async () => {
      const rule = { target: 'shop', rule: 'crews clean up', because: 'two rows too many', minutes: 5 };
      const remove = { target: 'shop', sql: 'DELETE FROM users WHERE id = 99' };
      assert.equal((await client.call('run', remove)).data['code'], 'denied');
      const asked = await client.call('request_access', rule);
      const id = String(asked.data['id']);
      const waiting = client.call('wait_for_approval', { id });
      await decide(id, 'approve');
      assert.match((await waiting).text, /is granted, until [^]*run what you wanted to/);
      assert.equal((await client.call('run', remove)).data['tag'], 'DELETE 0');
      await (await stage.person(lead)).call(routes.endRequest, { params: { id } });
      assert.equal((await client.call('run', remove)).data['code'], 'denied');
    });
  });
}

/** How many statements with this mark the server runs. */
async function running(mark: string): Promise<number> {
  const { rows } = await stage.direct.query<{ n: string }>(
    "SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1 AND pid <> pg_backend_pid()",
    [`%${mark}%`],
  );
  return Number(rows[0]?.n);
}

/** Long enough that nothing but its end ends it; jobs are what crews may read. */
function long(mark: string): { target: string; sql: string } {
  return {
    target: 'shop',
    sql: `/* ${mark} */ SELECT count(*) FROM jobs a, jobs b, jobs c, jobs d WHERE a.id + b.id + c.id + d.id < 0`,
  };
}

describe('who is shut out', () => {
  test('is cut off in the middle of a call, and let in no more', async () => {
    const client = await ownClient(stage.gateway, 'modern', { subject: 'rogue' });
    const call = client.call('run', long('revoked'));
    await until('the statement runs', async () => (await running('revoked')) === 1);
    const person = await stage.person(security);
    await person.call(routes.revoke, { body: { subject: 'rogue', because: 'went mad' } });
    const { isError, text } = await call;
    assert.equal(isError, true);
    assert.match(text, /revoked/);
    await until('the server has stopped', async () => (await running('revoked')) === 0);
    await assert.rejects(client.call('list_targets'), /revoked/);
    await client.close();
  });

  test('waits for nothing any more', async () => {
    const client = await ownClient(stage.gateway, 'legacy', { subject: 'rogue-2' });
    const held = await client.call('run', {
      target: 'shop',
      sql: "UPDATE users SET name = 'x' WHERE id = 2",
    });
    const waiting = client.call('wait_for_approval', { id: String(held.data['approval']) });
    await (await stage.person(security)).call(routes.revoke, { body: { subject: 'rogue-2' } });
    // Told by the tool, or at the door where the call came later than that.
    assert.match(await waiting.then(({ text }) => text, String), /revoked/);
    await client.close();
  });
});

describe('who goes away', () => {
  for (const sdk of ['legacy', 'modern'] as const satisfies Sdk[]) {
    test(`leaves nothing running (${sdk})`, async () => {
      const mark = `left ${sdk}`;
      const token = await stage.gateway.token();
      const { sql, target } = long(mark);
      const gone = new AbortController();
      const meta = {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
        'io.modelcontextprotocol/clientCapabilities': {},
      };
      const params = {
        name: 'run',
        arguments: { target, sql },
        ...(sdk === 'modern' ? { _meta: meta } : {}),
      };
      const asked = fetch(ownEndpoint(stage.gateway), {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'mcp-protocol-version': sdk === 'modern' ? '2026-07-28' : '2025-11-25',
          ...(sdk === 'modern' ? { 'mcp-method': 'tools/call', 'mcp-name': 'run' } : {}),
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
        signal: gone.signal,
      }).then((response) => response.text());
      const failed = assert.rejects(asked, /aborted/);
      await until('the statement runs', async () => (await running(mark)) === 1);
      gone.abort();
      await failed;
      await until('the server has stopped', async () => (await running(mark)) === 0);
    });
  }
});

test('a budget counts what comes this way', async () => {
  const client = await ownClient(stage.gateway, 'modern', { subject: 'spender' });
  const read = { target: 'shop', sql: 'SELECT id FROM jobs WHERE id = 1' };
  assert.equal((await client.call('run', read)).data['status'], 'done');
  assert.equal((await client.call('run', read)).data['status'], 'done');
  const { text } = await client.call('run', read);
  assert.match(text, /limit_budget\): budget "a little" is spent: 2 commands a day/);
  await client.close();
});
