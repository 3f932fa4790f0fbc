import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { good, loader, setClientStage } from './stage.ts';
import type { ClientStage } from './stage.ts';

const how = 'install it with "apt-get install postgresql" (it brings pgbench)';
let stage: ClientStage;
let env: NodeJS.ProcessEnv;

before(async () => {
  stage = await setClientStage();
  const { host, port, user, password } = stage.server;
  const direct = {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: 'shop',
  };
  await good(['pgbench', '--initialize', '--quiet'], { env: { ...process.env, ...direct }, how });
  await stage.owner.query(
    'GRANT SELECT, INSERT, UPDATE ON pgbench_accounts, pgbench_branches, pgbench_tellers, pgbench_history TO shop_rw',
  );
  env = await stage.environment(loader);
});
after(() => stage.stop());

describe('pgbench', () => {
  const scripts: readonly [string, string][] = [
    ['select-only', 'it reads'],
    ['tpcb-like', 'it reads and writes in transactions'],
  ];
  for (const mode of ['simple', 'extended', 'prepared']) {
    for (const [script, what] of scripts) {
      test(`${mode}, ${script}: ${what}`, async () => {
        const load = ['--client=4', '--transactions=50', `--protocol=${mode}`, `--builtin=${script}`];
        const out = await good(['pgbench', '--no-vacuum', ...load], { env, how });
        assert.match(out, /transactions actually processed: 200\/200/);
      });
    }
  }

  test('every transaction is there, and in the record', async () => {
    const { rows } = await stage.owner.query('SELECT count(*)::int AS n FROM pgbench_history');
    assert.deepEqual(rows, [{ n: 600 }]);
    const events = await stage.gateway.events();
    const inserts = events.filter(
      (event) => event.type === 'command' && event.text.startsWith('INSERT INTO pgbench_history'),
    );
    assert.equal(inserts.length, 600);
  });
});
