import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from 'pg';

import { connect, connectDirect } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';
import { WireClient, send } from '../fixtures/wire-client.ts';

// Ways to make the record tell another story than what happened, or to make the gateway keep without end.

let server: PostgresServer;
let gateway: TestGateway;
let direct: Client;

before(async () => {
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query('CREATE TABLE lines (body text); CREATE VIEW shown AS SELECT body FROM lines');
  gateway = await startTestGateway(shopConfig({ port: server.port }));
});
after(async () => {
  await direct?.end();
  await gateway?.stop();
  await server?.stop();
});

async function login(): Promise<WireClient> {
  const client = await WireClient.login({
    port: gateway.port,
    password: await gateway.token(),
    database: 'orders',
  });
  client.take();
  return client;
}

test('a COPY that fails before it reads does not put later answers beside other commands', async () => {
  const client = await login();
  // COPY into a view begins and fails at once: the server answers both Syncs, and ignores what is between them.
  const copy = Buffer.concat([
    send.parse('', 'COPY shown FROM STDIN'),
    send.bind(),
    send.execute(),
    send.sync(),
    send.copyDone(),
    send.sync(),
  ]);
  const queries = ['first', 'second', 'third'].map((word) => send.query(`SELECT '${word}' AS ${word}`));
  client.write(copy, ...queries);
  await client.until((line) => line.includes('third'));
  await client.close();
  const said = await until('three results', async () => {
    const events = await gateway.events();
    const found = events.flatMap((event) => {
      if (event.type !== 'result' || event.columns === undefined) return [];
      const asked = events.find((one) => one.type === 'command' && one.command === event.command);
      return [[asked?.type === 'command' ? asked.text : '', event.columns[0]]];
    });
    return found.length === 3 && found;
  });
  assert.deepEqual(
    said,
    ['first', 'second', 'third'].map((word) => [`SELECT '${word}' AS ${word}`, word]),
  );
});

test('names that are given again and again without an end are refused', async () => {
  const client = await connect(gateway);
  const filler = 'x'.repeat(1_000_000);
  let refused: unknown;
  for (let round = 0; round < 20 && refused === undefined; round++) {
    await client
      .query(`PREPARE again AS SELECT '${filler}${round}'; SELECT 1`)
      .catch((error: { code: string }) => {
        if (error.code === '54000') refused = error;
      });
  }
  await client.end();
  assert.ok(refused, 'the gateway kept all of them');
});
