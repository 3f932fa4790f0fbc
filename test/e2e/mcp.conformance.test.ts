import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { startTestGateway, type TestGateway } from '../fixtures/gateway.ts';
import { startConformanceServer } from '../fixtures/mcp-conformance-server.ts';
import { withToken } from '../fixtures/token-door.ts';

// The official conformance package, through the gateway: what a server can do, it can do behind it, too.

const program = resolve(
  import.meta.dirname,
  '../../node_modules/@modelcontextprotocol/conformance/dist/index.js',
);
const dir = mkdtempSync(join(tmpdir(), 'sallyport-conformance-'));
let server: Awaited<ReturnType<typeof startConformanceServer>>;
let gateway: TestGateway;
let door: Server;

before(async () => {
  server = await startConformanceServer();
  gateway = await startTestGateway(`
listen: { host: 127.0.0.1, targets: 0, http: 0 }
data: ./data
identity: { local: true }
targets: { everything: { mcp: { url: "${server.url}" } } }
rules:
  - { name: all, who: { groups: [crews] }, targets: [everything], allow: [read, write, access] }
`);
  door = withToken(gateway.gateway.ports.targets ?? 0, await gateway.token());
  const { promise, resolve: ready } = Promise.withResolvers<void>();
  door.listen(0, '127.0.0.1', ready);
  await promise;
});

after(async () => {
  door?.closeAllConnections();
  door?.close();
  await gateway?.stop();
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('every scenario of the suite passes', async () => {
  const url = `http://127.0.0.1:${(door.address() as AddressInfo).port}/t/everything/mcp`;
  const run = promisify(execFile)(process.execPath, [program, 'server', '--url', url, '--suite', 'all'], {
    cwd: dir,
  });
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  const failed = stdout.split('\n').filter((line) => line.trim().startsWith('✗'));
  assert.deepEqual(failed, [], stdout);
  assert.match(stdout, /Total: [1-9]\d* passed, 0 failed/);
});
