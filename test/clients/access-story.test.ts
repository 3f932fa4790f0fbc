import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { test } from 'node:test';

import { adminUrl, buildShop, secrets } from '../../demo/shop.ts';
import { loadConfig } from '../../src/config/load.ts';
import { GatewayProcess } from '../fixtures/gateway-process.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import { Terminals } from '../fixtures/terminals.ts';
import { Placeholders, readTranscript, sameEverywhere } from '../fixtures/transcript.ts';
import type { Step } from '../fixtures/transcript.ts';
import { until } from '../fixtures/until.ts';

// The story at the beginning of docs/access.md, typed and compared.

const root = resolve(import.meta.dirname, '../..');
const [, afterHeading = ''] = readFileSync(join(root, 'docs/access.md'), 'utf8').split(
  '\n## The whole story\n',
);
const [section = ''] = afterHeading.split('\n## ');
const [, config = ''] = /^```yaml\n(.*?)^```$/ms.exec(section) ?? [];
const steps = readTranscript(section);

/** Writes the configuration, on ports that are free and a database that is there. */
async function configureIn(dir: string, databasePort: number): Promise<void> {
  const there = [
    ['postgres: 6432, http: 8443', 'host: 127.0.0.1, postgres: 0, http: 0'],
    ['host: db.internal,', `host: 127.0.0.1, port: ${databasePort}, tls: disable,`],
  ] as const;
  for (const [told] of there) assert.ok(config.includes(told), `the configuration says ${told}`);
  const file = join(dir, 'sallyport.yaml');
  writeFileSync(
    file,
    there.reduce((text, [told, real]) => text.replace(told, real), config),
  );
  assert.deepEqual((await loadConfig(file)).warnings, []);
}

/** `sallyport` as it stands in this checkout, for shells to find. */
function installIn(dir: string): string {
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  const program = `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/sallyport.js')}' "$@"\n`;
  writeFileSync(join(bin, 'sallyport'), program, { mode: 0o755 });
  return bin;
}

test('docs/access.md tells the whole story as it is', async () => {
  await using stage = new AsyncDisposableStack();
  assert.ok(steps.length > 20, 'the story is there');
  const server = await startPostgres();
  stage.defer(() => server.stop());
  const owner = await buildShop(server.url);
  stage.defer(() => owner.end());
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-story-'));
  stage.defer(() => rmSync(dir, { recursive: true, force: true }));
  await configureIn(dir, server.port);
  const gateway = await GatewayProcess.start(dir, { ORDERS_ADMIN_URL: adminUrl(server.port) });
  stage.defer(() => gateway.stop());
  const terminals = new Terminals(dir, {
    PATH: `${installIn(dir)}${delimiter}${process.env['PATH']}`,
    HOME: dir,
    LANG: 'C.UTF-8',
    // Where localhost is ::1 as well, psql would tell of that first.
    PGHOSTADDR: '127.0.0.1',
    SALLYPORT_URL: `https://127.0.0.1:${gateway.httpPort}`,
  });
  stage.defer(() => terminals.close());
  const psql = await terminals.shell('anna', 'command -v psql');
  assert.notEqual(psql, '', 'there is no psql: install it with "apt-get install postgresql-client"');

  const names = new Placeholders([
    [`127.0.0.1:${gateway.httpPort}`, '127.0.0.1:8443'],
    [`"127.0.0.1", port ${gateway.port} `, '"localhost" (127.0.0.1), port 6432 '],
    [`PGPORT=${gateway.port}`, 'PGPORT=6432'],
  ]);
  const compare = (step: Step, printed: string, told: readonly string[]): void => {
    for (const secret of secrets) assert.ok(!printed.includes(secret), `"${secret}" came through`);
    const shown = names.shown(printed, told.join('\n'));
    assert.equal(...sameEverywhere(shown, told.join('\n')), `${step.where}: ${step.typed}`);
  };

  let waiting: Step | undefined;
  for (const step of steps) {
    const { where, output } = step;
    const typed = names.real(step.typed);
    if (where === 'psql') {
      // Whoever was held and has been let go must come first; else what it prints is taken for the next answer.
      if (waiting?.later) compare(waiting, await terminals.psql.settled(), waiting.later);
      waiting = step.later && step;
      terminals.psql.type(typed);
      const printed = step.later ? terminals.psql.printed(output.length) : terminals.psql.settled();
      compare(step, await printed, output);
    } else if (typed === 'psql') {
      compare(step, await terminals.enterPsql(where), output);
    } else {
      // The index of the search is a moment behind the record.
      if (typed.startsWith('sallyport search')) await indexed(terminals, gateway, where);
      compare(step, await terminals.shell(where, typed), output);
    }
  }
  assert.equal(waiting, undefined, 'the page tells what came of it');
  const { rows } = await owner.query('SELECT status FROM orders WHERE id = 1003');
  assert.deepEqual(rows, [{ status: 'shipped' }]);
});

async function indexed(terminals: Terminals, gateway: GatewayProcess, who: string): Promise<void> {
  const newest = (await gateway.events()).at(-1)?.seq ?? 0;
  await until('the search index', async () => {
    const found = JSON.parse(await terminals.shell(who, 'sallyport search --limit 1 --json'));
    return found.indexedTo >= newest;
  });
}
