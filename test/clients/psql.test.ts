import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { routes } from '../../src/api/contract/routes.ts';
import type { Who } from '../fixtures/gateway.ts';
import { until } from '../fixtures/until.ts';
import { assertNoSecret, dana, good, loader, run, setClientStage, start } from './stage.ts';
import type { ClientStage, Run } from './stage.ts';

const how = 'install it with "apt-get install postgresql-client"';
const plain = ['psql', '--no-psqlrc', '--no-align', '--tuples-only'] as const;
let stage: ClientStage;
let agent: NodeJS.ProcessEnv;

before(async () => {
  stage = await setClientStage();
  agent = await stage.environment();
});
after(() => stage.stop());

function psql(env: NodeJS.ProcessEnv, ...commands: string[]): Promise<Run> {
  return run([...plain, ...commands.flatMap((command) => ['-c', command])], { env, how });
}

describe('psql', () => {
  test('reads what is masked', async () => {
    const out = await good([...plain, '-c', 'SELECT name, email, card FROM customers ORDER BY id'], {
      env: agent,
      how,
    });
    assert.equal(
      out,
      'Ada Okafor|a***@***.example|************4242\n' +
        'Bruno Lang|b***@***.example|************4444\n' +
        'Chloé Martin|c***@***.example|************5556\n',
    );
  });

  const ways: readonly [string, NodeJS.ProcessEnv][] = [
    ['sslmode=verify-full', {}],
    ['sslmode=require', { PGSSLMODE: 'require' }],
    ['sslmode=prefer', { PGSSLMODE: 'prefer' }],
    ['sslmode=disable on this machine', { PGSSLMODE: 'disable' }],
    ['gssencmode=prefer', { PGGSSENCMODE: 'prefer' }],
    ['options', { PGOPTIONS: '-c statement_timeout=5s -c TimeZone=Asia/Tokyo' }],
  ];
  for (const [name, more] of ways) {
    test(`connects with ${name}`, async () => {
      const { code, out, err } = await psql({ ...agent, ...more }, 'SELECT 1');
      assert.deepEqual([code, out], [0, '1\n'], err);
    });
  }

  const descriptions: readonly [string, RegExp][] = [
    ['\\d', /customers/],
    ['\\dt', /orders/],
    ['\\d customers', /card\|text/],
    ['\\d+ orders', /total\|numeric/],
    ['\\dn+', /public/],
    ['\\du', /shop_rw/],
    ['\\dp', /shop_rw=arwd/],
    ['\\df', /^$/],
    ['\\dT', /^$/],
    ['\\conninfo', /orders/],
    ['\\encoding', /UTF8/],
  ];
  for (const [command, shows] of descriptions) {
    test(`describes with ${command}`, async () => {
      const { code, out, err } = await psql(agent, command);
      assert.equal(code, 0, err);
      assert.match(out, shows);
      assertNoSecret(out);
    });
  }

  test('is told why a command is refused, and goes on', async () => {
    const { code, out, err } = await psql(
      agent,
      '\\set VERBOSITY verbose',
      'DROP TABLE customers',
      'SELECT count(*) FROM customers',
    );
    assert.match(
      err,
      /ERROR: {2}42501: Sallyport: rule "no schema changes by agents" refuses it: Use a migration\./,
    );
    assert.match(err, /DETAIL: {2}\{"code":"denied"/);
    assert.match(err, /HINT: .*read/);
    assert.equal(out, '3\n');
    assert.equal(code, 0, 'psql tells of the last command');
  });

  test('keeps its transaction in step with a refusal in it', async () => {
    const env = await stage.environment(loader);
    const { out, err } = await psql(
      env,
      'BEGIN',
      "INSERT INTO orders VALUES (2001, 1, 'open', 1.00)",
      'DROP TABLE orders',
      'SELECT 1',
      'COMMIT',
      'SELECT count(*) FROM orders WHERE id = 2001',
    );
    assert.match(err, /current transaction is aborted/);
    assert.equal(out, 'BEGIN\nINSERT 0 1\nROLLBACK\n0\n');
  });

  test('waits while a command is held, and gets its answer once it is approved', async () => {
    const update = psql(agent, "UPDATE orders SET status = 'packed' WHERE id = 1002");
    await stage.approveNext();
    const { code, out, err } = await update;
    assert.match(err, /NOTICE: {2}Sallyport: held until somebody approves it: https:/);
    assert.deepEqual([code, out], [0, 'UPDATE 1\n']);
  });

  test('runs the very same command again while its approval stands', async () => {
    const text = "UPDATE orders SET status = 'packed' WHERE id = 1003";
    const first = psql(agent, text);
    await stage.approveNext(600_000);
    assert.equal((await first).out, 'UPDATE 1\n');
    const { code, out, err } = await psql(agent, text, text);
    assert.deepEqual([code, out, err], [0, 'UPDATE 1\nUPDATE 1\n', '']);
  });

  test('is told what to ask for, and let in once that is granted', async () => {
    const reader: Who = { subject: 'rosa', kind: 'human', groups: ['readers'] };
    const env = await stage.environment(reader);
    const closed = await psql(env, 'SELECT 1');
    const line = "sallyport request orders --rule 'readers repair' --because 'why'";
    assert.equal(closed.code, 2);
    assert.match(closed.err, /Sallyport: orders is closed to rosa until a request is granted/);
    assert.ok(closed.err.includes(line), closed.err);
    const body = { target: 'orders', rule: 'readers repair', because: 'ticket 4711' };
    const { id } = await (await stage.api(reader)).call(routes.openRequest, { body });
    const lead = await stage.api(dana);
    await lead.call(routes.decideRequest, { params: { id }, body: { decision: 'approve' } });
    const text = "UPDATE orders SET status = 'packed' WHERE id = 1003";
    const open = await psql(env, text);
    assert.deepEqual([open.code, open.out], [0, 'UPDATE 1\n'], open.err);
    await lead.call(routes.endRequest, { params: { id } });
    assert.equal((await psql(env, text)).code, 2);
  });

  test('takes a held command back with Ctrl-C', async () => {
    const command = [...plain, '-c', "UPDATE orders SET status = 'gone' WHERE id = 1001"] as const;
    const { child, ended } = start(command, { env: agent, how });
    const { id } = await stage.held();
    child.kill('SIGINT');
    const { code, err } = await ended;
    assert.equal(code, 1);
    assert.match(err, /held command was cancelled/);
    const { approvals } = stage.gateway.gateway;
    await until('the hold to be withdrawn', async () => (await approvals.get(id)).state === 'withdrawn');
    const { rows } = await stage.owner.query('SELECT status FROM orders WHERE id = 1001');
    assert.deepEqual(rows, [{ status: 'shipped' }]);
  });

  test('copies out what is not sensitive', async () => {
    const { code, out } = await psql(
      agent,
      '\\copy (SELECT id, city FROM customers ORDER BY id) TO STDOUT CSV',
    );
    assert.deepEqual([code, out], [0, '1,Leeds\n2,Berlin\n3,Lyon\n']);
  });

  test('copies out what is masked as its masks', async () => {
    const { code, out, err } = await psql(
      agent,
      '\\copy (SELECT id, email, card FROM customers ORDER BY id) TO STDOUT',
    );
    assert.equal(
      out,
      '1\ta***@***.example\t************4242\n' +
        '2\tb***@***.example\t************4444\n' +
        '3\tc***@***.example\t************5556\n',
    );
    assert.equal(code, 0, err);
  });

  test('copies in, if a rule lets it write', async () => {
    const file = join(stage.gateway.dir, 'orders.csv');
    const count = 5_000;
    const lines = Array.from({ length: count }, (_, index) => `${10_000 + index},1,open,${index}.50,\n`);
    writeFileSync(file, lines.join(''));
    const { code, out, err } = await psql(
      await stage.environment(loader),
      `\\copy orders FROM '${file}' CSV`,
    );
    assert.deepEqual([code, out], [0, `COPY ${count}\n`], err);
    const { rows } = await stage.owner.query('SELECT count(*)::int AS n FROM orders WHERE id >= 10000');
    assert.deepEqual(rows, [{ n: count }]);
  });

  test('runs a script of many statements', async () => {
    const file = join(stage.gateway.dir, 'script.sql');
    writeFileSync(
      file,
      `\\set ON_ERROR_STOP on
PREPARE by_city (text) AS SELECT name FROM customers WHERE city = $1;
EXECUTE by_city('Lyon');
BEGIN;
DECLARE c CURSOR FOR SELECT email FROM customers ORDER BY id;
FETCH 2 FROM c;
COMMIT;
SELECT id FROM orders WHERE id < 2000 ORDER BY id \\g
`,
    );
    const out = await good([...plain, '--quiet', '--file', file], { env: agent, how });
    assert.match(out, /^Chloé Martin\n.*\n.*\n1001\n1002\n1003\n1004\n$/);
    assertNoSecret(out);
  });

  test('is not let in without a good token', async () => {
    const { code, err } = await psql({ ...agent, PGPASSWORD: 'postgres' }, 'SELECT 1');
    assert.equal(code, 2);
    assert.match(err, /FATAL/);
  });
});
