import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Client as Direct } from 'pg';

import { createClient } from '../../src/api/client.ts';
import { routes } from '../../src/api/contract/routes.ts';
import { connect, connectDirect, refusal } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';

// What identities may use up, through a real gateway and server.

const rules = `
  - { name: all, who: { any: true }, targets: [orders], allow: [read, write] }`;

let server: PostgresServer;
let direct: Direct;
let gateway: TestGateway;

before(async () => {
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query('CREATE TABLE counts (id int PRIMARY KEY, n int); INSERT INTO counts VALUES (1, 0)');
});
after(async () => {
  await direct?.end();
  await server?.stop();
});

function played(title: string, budgets: string, play: () => Promise<void>): void {
  test(title, async () => {
    gateway = await startTestGateway(shopConfig({ port: server.port, rules, more: `budgets: ${budgets}` }));
    await direct.query('UPDATE counts SET n = 0');
    try {
      await play();
    } finally {
      await gateway.stop();
    }
  });
}

async function count(): Promise<number> {
  const { rows } = await direct.query<{ n: number }>('SELECT n FROM counts');
  return rows[0]?.n ?? -1;
}

describe('a budget of rows', () => {
  const ten = '[{ name: small, who: { kind: agent }, targets: [orders], per: day, rows: 10 }]';

  played('cuts the answer that goes beyond it, and names itself', ten, async () => {
    const client = await connect(gateway);
    assert.equal((await client.rows('SELECT generate_series(1, 6)')).length, 6);
    const { code, error } = await refusal(client.query('SELECT generate_series(1, 6)'));
    assert.equal(code, 'limit_budget');
    assert.equal(error.message, 'Sallyport: budget "small" is spent: 10 rows a day');
    assert.match(error.hint ?? '', /^It is renewed at \d{4}-\d\d-\d\dT00:00:00\.000Z; /);
    assert.match(
      error.detail ?? '',
      /"budget":\{"name":"small","per":"day","unit":"rows","limit":10,"left":0/,
    );
    assert.equal((await refusal(client.query('SELECT 1'))).code, 'limit_budget');
    await client.end();
    const results = (await gateway.events()).filter(({ type }) => type === 'result');
    assert.partialDeepStrictEqual(results.at(-1), {
      error: '54000',
      because: 'Sallyport: budget "small" is spent: 10 rows a day',
      rows: 4,
    });
  });

  played('counts over sessions, prepared statements, cursors and COPY', ten, async () => {
    const one = await connect(gateway);
    await one.query({ name: 'p', text: 'SELECT generate_series(1, $1::int)', values: [3] });
    await one.end();
    const other = await connect(gateway);
    await other.query('BEGIN');
    await other.query('DECLARE c CURSOR FOR SELECT generate_series(1, 100)');
    assert.equal((await other.rows('FETCH 4 FROM c')).length, 4);
    assert.equal((await refusal(other.query('FETCH 4 FROM c'))).code, 'limit_budget');
    // What is about the transaction alone can always be done.
    await other.query('ROLLBACK');
    await other.end();
  });

  played('is another identity’s own, and a person’s not at all', ten, async () => {
    const first = await connect(gateway);
    await refusal(first.query('SELECT generate_series(1, 11)'));
    await first.end();
    for (const who of [{ subject: 'agent-8' }, { kind: 'human' as const }]) {
      const client = await connect(gateway, who);
      assert.equal((await client.rows('SELECT generate_series(1, 9)')).length, 9);
      await client.end();
    }
  });

  played('is forgotten neither by a restart nor by a reload', ten, async () => {
    const client = await connect(gateway);
    await client.query('SELECT generate_series(1, 10)');
    await client.end();
    gateway = await gateway.restart();
    const again = await connect(gateway);
    assert.equal((await refusal(again.query('SELECT 1'))).code, 'limit_budget');
    const wider = ten.replace('rows: 10', 'rows: 12');
    gateway.rewrite(shopConfig({ port: server.port, rules, more: `budgets: ${wider}` }));
    await until('the reload', async () =>
      (await gateway.events()).some(({ type }) => type === 'config.loaded'),
    );
    assert.deepEqual(await again.rows('SELECT 1'), [[1]]);
    await again.end();
  });

  played('tells what is left', ten, async () => {
    const client = await connect(gateway);
    await client.query('SELECT generate_series(1, 4)');
    await client.end();
    const url = `http://127.0.0.1:${gateway.gateway.ports.http}`;
    const api = createClient({ url, token: await gateway.token(), fetch });
    const me = await api.call(routes.me, {});
    assert.partialDeepStrictEqual(me.budgets, [{ name: 'small', unit: 'rows', limit: 10, left: 6 }]);
    const explained = await api.call(routes.explain, { body: { target: 'orders', text: 'SELECT 1' } });
    assert.deepEqual(explained.budgets, me.budgets);
  });
});

describe('a budget of commands', () => {
  const two = '[{ targets: [orders], per: session, commands: 2 }]';

  played('refuses the one too many before it runs; a transaction can still be ended', two, async () => {
    const client = await connect(gateway);
    await client.query('BEGIN');
    await client.query('UPDATE counts SET n = 1');
    await client.query('UPDATE counts SET n = 2');
    await client.query('COMMIT');
    const { error } = await refusal(client.query('UPDATE counts SET n = 3'));
    assert.equal(error.message, 'Sallyport: budget "budgets[0]" is spent: 2 commands a session');
    assert.equal(await count(), 2);
    await client.end();
    const another = await connect(gateway);
    await another.query('UPDATE counts SET n = 4');
    await another.end();
    assert.equal(await count(), 4);
  });
});

describe('a budget of bytes', () => {
  const few = '[{ targets: [orders], per: session, bytes: 10000 }]';

  played('cuts the answer before a row that is too large', few, async () => {
    const client = await connect(gateway);
    await client.query("SELECT repeat('x', 5000)");
    const big = await refusal(client.query("SELECT repeat('y', 1000000)"));
    assert.equal(big.code, 'limit_budget');
    assert.doesNotMatch(client.text(), /yyyy/);
    await client.end();
  });
});
