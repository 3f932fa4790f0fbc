import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadModule } from 'libpg-query';
import { Client } from 'pg';
import { startPostgres } from '../fixtures/postgres-server.ts';
import { EffectsJudge } from './effects-judge.ts';
import { type Column, columnOf, columns, inWords } from './effects-table.ts';
import { statementsOf } from './psql-script.ts';

/**
 * Runs PostgreSQL's own regression suite through the judge: `node test/masking/regression-suite.ts DIR [SCRIPT…]`, where
 * DIR is `src/test/regress` of its source. Prints each write that was called a read, and a table at the end.
 */
const [dir = '.', ...chosen] = process.argv.slice(2);
const settings = {
  autovacuum: 'off',
  max_prepared_transactions: '5',
  statement_timeout: '20s',
  lock_timeout: '5s',
};
const counts = new Map<Column, number>();

await loadModule();
const server = await startPostgres(settings);
try {
  await withClient('postgres', (client) => client.query('CREATE DATABASE regression TEMPLATE template0'));
  for (const script of chosen.length > 0 ? ['test_setup', ...chosen] : scheduled()) await judgeScript(script);
} finally {
  await server.stop();
}
for (const column of columns) process.stdout.write(`${column}: ${counts.get(column) ?? 0}\n`);
process.exitCode = counts.has('writes called reads') ? 1 : 0;

function scheduled(): string[] {
  const lines = readFileSync(join(dir, 'parallel_schedule'), 'utf8').split('\n');
  return lines.flatMap((line) => /^test: (.*)$/.exec(line)?.[1]?.trim().split(/\s+/) ?? []);
}

async function judgeScript(script: string): Promise<void> {
  const file = join(dir, 'sql', `${script}.sql`);
  if (!existsSync(file)) return;
  const variables = new Map([
    ['abs_srcdir', resolve(dir)],
    ['libdir', '/nowhere'],
    ['dlsuffix', '.so'],
  ]);
  await withClient('regression', async (client) => {
    const judge = new EffectsJudge(client);
    for (const { sql, stdin } of statementsOf(readFileSync(file, 'utf8'), variables)) {
      const judgement = await judge.judge(sql, stdin);
      const column = columnOf(judgement);
      counts.set(column, (counts.get(column) ?? 0) + 1);
      if (column === 'writes called reads')
        process.stdout.write(`${inWords({ place: script, ...judgement })}\n`);
    }
  });
}

async function withClient(database: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client(server.url(database));
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
