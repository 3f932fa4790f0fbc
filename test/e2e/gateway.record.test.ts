import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Client } from 'pg';

import { renderReplay } from '../../src/cli/replay-text.ts';
import { openLocalIssuer } from '../../src/identity/local.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { Visitor, connect, connectDirect, refusal } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';

// THREATS 43 to 45: nothing runs that is not on record, and the record is what happened.

let server: PostgresServer;
let direct: Client;

before(async () => {
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query('CREATE TABLE steps (step text)');
});
after(async () => {
  await direct?.end();
  await server?.stop();
});

async function steps(): Promise<string[]> {
  const { rows } = await direct.query<{ step: string }>('SELECT step FROM steps ORDER BY step');
  return rows.map(({ step }) => step);
}

function verify(dataDir: string) {
  const dir = join(dataDir, 'journal');
  return verifyJournal(dir, readFileSync(join(dir, 'journal-public.pem'), 'utf8'));
}

/** Every step that is in the table is in a recorded command. */
async function everyStepIsRecorded(recorded: readonly string[]): Promise<void> {
  const commands = recorded.join('\n');
  for (const step of await steps()) assert.ok(commands.includes(`'${step}'`), `${step} ran unrecorded`);
}

async function recordedTexts(gateway: Pick<TestGateway, 'events'>): Promise<string[]> {
  return (await gateway.events()).flatMap((event) => (event.type === 'command' ? [event.text] : []));
}

test('THREATS 43: recorded text is replayed as text', async (t) => {
  const gateway = await startTestGateway(shopConfig({ port: server.port }));
  t.after(() => gateway.stop());
  const hostile =
    '\u001b]0;owned\u0007\u001b[2J\r\n\u202Eevil\u202C</script><script>alert(1)</script>\u0000'.slice(0, -1);
  const client = await connect(gateway, {}, { application_name: 'psql\u202Egpj' });
  await client.query(`SELECT $1 AS "${hostile.replaceAll('\r\n', '')}" /* ${hostile} */`, [hostile]);
  await refusal(client.query(`SET standard_conforming_strings = off /* ${hostile} */`));
  await client.end();
  await until('the end', async () => (await gateway.events()).some(({ type }) => type === 'session.closed'));
  const events = await gateway.events();
  const command = events.find((event) => event.type === 'command');
  assert.ok(command?.type === 'command' && command.text.includes(hostile), 'the record holds what was sent');
  let shown = '';
  const pace = { now: () => 0, wait: async () => undefined };
  for await (const part of renderReplay(events, { speed: 0, color: false, pace })) shown += part;
  assert.doesNotMatch(shown, /[^\n\P{C}]|\p{Bidi_Control}/u);
  assert.match(shown, /\^\[\[2J/);
  assert.match(shown, /\\u\{202e\}/);
});

describe('THREATS 44: the journal cannot be written', () => {
  test('commands are refused, the transaction stays true, and service returns by itself', async () => {
    const gateway = await startTestGateway(shopConfig({ port: server.port }));
    const journal = join(gateway.dataDir, 'journal');
    const client = await connect(gateway);
    const idle = await connect(gateway, { subject: 'idle' });
    await client.query("INSERT INTO steps VALUES ('before')");
    await client.query('BEGIN');
    await client.query("INSERT INTO steps VALUES ('in transaction')");

    // A file where the folder was: whatever is tried, nothing can be put there.
    renameSync(journal, `${journal}-aside`);
    writeFileSync(journal, '');
    const refused = await until('a refusal', () =>
      idle.query('SELECT 1').then(
        () => undefined,
        (error: { code?: string }) => error,
      ),
    );
    assert.equal(refused.code, '58030');
    const { error, code } = await refusal(client.query("INSERT INTO steps VALUES ('unrecorded')"));
    assert.equal(error.code, '58030');
    assert.equal(code, 'journal_unavailable');
    // The transaction has failed at the server too: nothing more of it can be committed.
    await refusal(client.query({ text: 'INSERT INTO steps VALUES ($1)', values: ['unrecorded too'] }));
    await refusal(client.query('COMMIT'));
    await assert.rejects(connect(gateway, { subject: 'new' }), { code: '58030' });

    rmSync(journal);
    renameSync(`${journal}-aside`, journal);
    await until('service to return', () =>
      idle.query('SELECT 1').then(
        () => true,
        () => false,
      ),
    );
    await assert.rejects(client.query('SELECT 1'), { code: '25P02' });
    await client.query('ROLLBACK');
    await client.query("INSERT INTO steps VALUES ('after')");
    assert.deepEqual(await steps(), ['after', 'before']);
    await everyStepIsRecorded(await recordedTexts(gateway));
    await client.end();
    await idle.end();
    await gateway.gateway.close();
    assert.partialDeepStrictEqual(await verify(gateway.dataDir), { intact: true });
    rmSync(gateway.dir, { recursive: true });
  });

  test('a disk that is full in the middle of a write, in a process of its own', async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-full-'));
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    const configFile = join(dir, 'sallyport.yaml');
    writeFileSync(configFile, shopConfig({ port: server.port }));
    const main = join(import.meta.dirname, '../../src/main.ts');
    const child = spawn(process.execPath, [main, 'serve', '--json', '--config', configFile], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    t.after(() => child.kill('SIGKILL'));
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const port = Number(/"postgres"[^}]*?:(\d{4,5})\b/.exec(line.toString())?.[1]);
    const dataDir = join(dir, 'data');
    const issuer = await openLocalIssuer({ dataDir, clock: { now: () => Date.now() } });
    const password = await issuer.issue({ subject: 'a', kind: 'agent', groups: ['crews'], ttlMs: 600_000 });
    const client = new Visitor({ host: '127.0.0.1', port, database: 'orders', user: 'any', password });
    await client.connect();

    // No file of that process may grow beyond a few hundred bytes more than the journal has now.
    const limit = (bytes: string): void => {
      const done = spawnSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}:`]);
      assert.equal(done.status, 0, String(done.stderr));
    };
    limit(String(statSync(join(dataDir, 'journal', 'journal-00000001.ndjson')).size + 3_000));
    const write = (step: string) => client.query(`INSERT INTO steps VALUES ('${step}')`);
    let written = 0;
    const { code } = await until('the disk to be full', async () => {
      const answer = await write(`full ${written}`).then(
        () => undefined,
        (error: { code?: string }) => error,
      );
      if (answer === undefined) written += 1;
      return answer;
    });
    assert.equal(code, '58030');
    limit('unlimited');
    await until('service to return', () =>
      write('room again').then(
        () => true,
        () => false,
      ),
    );
    const ran = await steps();
    assert.equal(ran.filter((step) => step.startsWith('full')).length, written);
    await client.end();
    child.kill('SIGTERM');
    await once(child, 'exit');
    assert.partialDeepStrictEqual(await verify(dataDir), { intact: true });
    const text = readFileSync(join(dataDir, 'journal', 'journal-00000001.ndjson'), 'utf8');
    for (const step of ran.filter((one) => /^(full|room)/.test(one)))
      assert.ok(text.includes(`'${step}'`), step);
  });
});

describe('THREATS 45: a journal that somebody changed', () => {
  let gateway: TestGateway;
  let kept: string;
  before(async () => {
    gateway = await startTestGateway(shopConfig({ port: server.port }));
    const client = await connect(gateway);
    for (const step of ['one', 'two', 'three']) await client.query(`INSERT INTO steps VALUES ('${step}')`);
    await client.end();
    await gateway.gateway.close();
    kept = join(gateway.dir, 'kept');
    cpSync(gateway.dataDir, kept, { recursive: true });
  });
  after(() => rmSync(gateway.dir, { recursive: true, force: true }));

  const changes: readonly (readonly [title: string, change: (lines: string[]) => string[], where: RegExp])[] =
    [
      [
        'a word changed',
        (lines) => lines.map((line) => line.replace("'two'", "'ten'")),
        /"file":"journal-00000001.ndjson".*"lines":\[\d+,\d+\]/,
      ],
      [
        'a line cut out',
        (lines) => lines.filter((line) => !line.includes("'two'")),
        /"file":"journal-00000001.ndjson".*"lines":\[\d+,\d+\]/,
      ],
      [
        'two lines swapped',
        (lines) => lines.with(3, lines[4] ?? '').with(4, lines[3] ?? ''),
        /"file":"journal-00000001.ndjson".*"lines":\[\d+,\d+\]/,
      ],
      ['its end cut off', (lines) => lines.slice(0, -6), /./],
    ];

  for (const [title, change, where] of changes) {
    test(`${title}: verify says where`, async () => {
      rmSync(gateway.dataDir, { recursive: true });
      cpSync(kept, gateway.dataDir, { recursive: true });
      assert.partialDeepStrictEqual(await verify(gateway.dataDir), { intact: true });
      const file = join(gateway.dataDir, 'journal', 'journal-00000001.ndjson');
      const lines = readFileSync(file, 'utf8').split('\n');
      const changed = change(lines).join('\n');
      assert.notEqual(changed, lines.join('\n'));
      writeFileSync(file, changed);
      const found = await verify(gateway.dataDir);
      assert.equal(found.intact, false);
      assert.match(JSON.stringify(found), where);
    });
  }

  test('without its files it is not taken for a new one', async () => {
    rmSync(gateway.dataDir, { recursive: true });
    cpSync(kept, gateway.dataDir, { recursive: true });
    const journal = join(gateway.dataDir, 'journal');
    for (const name of readdirSync(journal).filter((name) => name.endsWith('.ndjson')))
      rmSync(join(journal, name));
    assert.partialDeepStrictEqual(await verify(gateway.dataDir), { intact: false });
  });
});
