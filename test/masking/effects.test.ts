import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadModule } from 'libpg-query';
import { Client } from 'pg';
import type { LoadedCatalog } from '../../src/protocols/postgres/catalog.ts';
import { type PostgresServer, startPostgres } from '../fixtures/postgres-server.ts';
import { EffectsJudge, readCatalog } from './effects-judge.ts';
import { type Column, columnOf, columns, inWords, type Placed } from './effects-table.ts';
import { type Block, readStatementCorpus } from './statement-corpus.ts';

let server: PostgresServer;
let scratch: string;
const seeded = 'corpus';

before(async () => {
  await loadModule();
  server = await startPostgres({
    autovacuum: 'off',
    max_prepared_transactions: '2',
    statement_timeout: '10s',
  });
  scratch = mkdtempSync(join(tmpdir(), 'sallyport-effects-'));
  // The server's own account writes there.
  chmodSync(scratch, 0o777);
});

after(async () => {
  await server.stop();
  rmSync(scratch, { recursive: true, force: true });
});

test('no statement that writes is called a read', async (t) => {
  const { seed, blocks } = readStatementCorpus(scratch);
  await inDatabase('postgres', (client) => client.query(`CREATE DATABASE ${seeded}`));
  const catalog = await inDatabase(seeded, async (client) => {
    await client.query(seed);
    return readCatalog(client);
  });
  const judgements = [
    ...(await together(
      blocks.filter(({ alone }) => !alone),
      catalog,
    )),
    ...(await oneByOne(blocks.filter(({ alone }) => alone))),
  ];
  const sorted = Object.groupBy(judgements, columnOf);
  const listed = (name: Column): string[] => (sorted[name] ?? []).map(inWords);
  t.diagnostic(`statements: ${judgements.length}`);
  for (const name of columns) t.diagnostic(`${name}: ${listed(name).length}`);
  if (process.env['EFFECTS_SHOW'] !== undefined)
    for (const name of columns) t.diagnostic(listed(name).join('\n'));
  assert.deepEqual(listed('writes called reads'), []);
  assert.deepEqual(judgements.filter(({ touched }) => touched.length > 0).map(inWords), []);
  assert.ok(judgements.length >= 1_000);
  // Whoever cannot run proves nothing.
  assert.ok(listed('errors of the server').length < judgements.length / 20);
});

/** Each in a transaction of its own that is rolled back. */
function together(blocks: readonly Block[], catalog: LoadedCatalog): Promise<Placed[]> {
  return inDatabase(seeded, async (client) => {
    const judgements: Placed[] = [];
    for (const block of blocks) {
      await client.query('BEGIN');
      if (block.as !== undefined) await client.query(`SET LOCAL ROLE ${block.as}`);
      judgements.push(...(await judged(block, new EffectsJudge(client, catalog))));
      await client.query('ROLLBACK; DEALLOCATE ALL; UNLISTEN *; SELECT pg_catalog.pg_advisory_unlock_all()');
    }
    return judgements;
  });
}

/** Each in a copy of the database that is thrown away. */
async function oneByOne(blocks: readonly Block[]): Promise<Placed[]> {
  const judgements: Placed[] = [];
  for (const block of blocks) {
    await inDatabase('postgres', (client) =>
      client.query(`CREATE DATABASE alone TEMPLATE ${seeded} STRATEGY file_copy`),
    );
    judgements.push(...(await inDatabase('alone', (client) => judged(block, new EffectsJudge(client)))));
    await inDatabase('postgres', (client) => client.query('DROP DATABASE alone WITH (FORCE)'));
  }
  return judgements;
}

async function judged({ place, statements, stdin }: Block, judge: EffectsJudge): Promise<Placed[]> {
  const judgements: Placed[] = [];
  for (const sql of statements) {
    const files = readdirSync(scratch).length;
    const { wrote, ...judgement } = await judge.judge(sql, stdin);
    const made = readdirSync(scratch).length > files ? ['made a file'] : [];
    judgements.push({ place, ...judgement, wrote: [...wrote, ...made] });
  }
  return judgements;
}

async function inDatabase<T>(database: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: server.url(database) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
