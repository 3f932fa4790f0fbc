import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { planted } from '../fixtures/agents-stage.ts';
import { adminUrl, buildShop, configured, examples } from '../fixtures/example-shop.ts';
import { startTestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import { agentsPython } from './drivers/roster.ts';
import { begin, heldFor, installed, lena, notRun, outOf, sallyport } from './agents.ts';

// The client of examples/mcp-client as it stands: MCP's own library for Python.

const carrierKey = 'parcels-key-0123456789abcdef';

if (installed) {
  test('examples/mcp-client prints what its README tells', async () => {
    await using stage = new AsyncDisposableStack();
    const server = await startPostgres();
    stage.defer(() => server.stop());
    const owner = await buildShop(server.url);
    stage.defer(() => owner.end());
    process.env['ORDERS_ADMIN_URL'] = adminUrl(server.port);
    process.env['PARCELS_KEY'] = carrierKey;
    const gateway = await startTestGateway(
      configured('mcp-client', [
        ['listen: { postgres: 6432, http: 8443,', 'listen: { host: 127.0.0.1, postgres: 0, http: 0,'],
        ['targets: 8444', 'targets: 0'],
        ['[python3, parcels.py]', JSON.stringify([agentsPython, join(examples, 'mcp-client/parcels.py')])],
        ['port: 5432', `port: ${server.port}`],
      ]),
    );
    stage.defer(() => gateway.stop());
    const { ports } = gateway.gateway;
    const env = {
      PATH: process.env['PATH'],
      SALLYPORT_URL: `https://127.0.0.1:${ports.http}`,
      SALLYPORT_TARGETS: `https://127.0.0.1:${ports.targets}`,
      SALLYPORT_TOKEN: await gateway.token(),
      SSL_CERT_FILE: join(gateway.dataDir, 'ca.pem'),
    };
    const running = begin('examples/mcp-client/client.py', env, gateway.dir);
    stage.defer(() => void running.child.kill());
    // A call of a server's waits; the gateway's own `run` answers at once, and its client asks how it stands.
    for (const { text, waiting } of [
      { text: /redirect/, waiting: true },
      { text: /UPDATE/, waiting: false },
    ]) {
      const approval = await heldFor(running, gateway, waiting);
      assert.match(approval.text, text);
      await sallyport(gateway, lena, 'approve', approval.id);
    }
    const out = await outOf(running);
    for (const secret of [...planted, carrierKey])
      assert.ok(!out.includes(secret), `"${secret}" came through`);

    const [behind = '', own = ''] = out.split('list_targets {}');
    const page = readFileSync(join(examples, 'mcp-client/README.md'), 'utf8');
    for (const answer of behind.trim().split('\n\n')) {
      assert.ok(page.includes(answer.trim()), `the README lacks:\n${answer}`);
    }
    assert.match(own, /email text \[masked: email\]/);
    assert.match(own, /"Bruno Lang","b\*\*\*@\*\*\*\.example"/);
    assert.match(own, /^refused: .* write\.delete public\.customers/m);
    assert.match(own, /^Held: .*\nwait_for_approval .*approved.*\nDone: UPDATE 1\.\s*$/ms);
    const { rows } = await owner.query(
      "SELECT count(*)::int FROM orders WHERE id = 1003 AND status = 'shipped'",
    );
    assert.deepEqual(rows, [{ count: 1 }]);
  });
} else {
  test('examples/mcp-client', (t) => t.diagnostic(notRun));
}
