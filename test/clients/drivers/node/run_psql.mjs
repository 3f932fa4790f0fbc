import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { majorOf, program, psql } from './programs.mjs';
import {
  again,
  copyLine,
  copyRows,
  driver,
  failing,
  masked,
  notes,
  numbers,
  refused,
  Remarked,
  run,
  sampleColumns,
  sum,
} from './scenario.mjs';

// psql, by scripts.
const major = await majorOf('psql');
const code = String.raw`\echo :LAST_ERROR_SQLSTATE`;

async function answer(script) {
  return (await psql(script)).rows;
}

await run(`psql ${major}`, {
  types_text: async () => {
    const columns = ['id', ...sampleColumns];
    const literals = columns.map(() => '%L').join(', ');
    await psql(
      `SELECT format('INSERT INTO echoes VALUES (''${driver}'', ''text'', ${literals})', ${columns.join(', ')})
         FROM samples \\gexec`,
    );
    const ids = await answer(`SELECT id FROM echoes WHERE driver = '${driver}' ORDER BY id;`);
    return ids.map(Number);
  },
  types_binary: 'psql reads text',
  large: async () => {
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-psql-'));
    try {
      await psql(`\\copy (SELECT '${driver}', data FROM blobs) TO '${dir}/blob'
        \\copy blob_echoes FROM '${dir}/blob'`);
    } finally {
      rmSync(dir, { recursive: true });
    }
    const [length] = await answer(`SELECT length(data) FROM blob_echoes WHERE driver = '${driver}';`);
    return new Remarked(Number(length), 'by COPY: a statement may have 1 MiB');
  },
  prepared: async () => {
    const runs = numbers(40).map((n) => `EXECUTE same (${n});`);
    const rows = await answer(`PREPARE same (int) AS SELECT $1; ${runs.join('\n')}`);
    return sum(rows.map(Number));
  },
  transactions: async () => {
    const rows = await answer(`
      BEGIN; INSERT INTO marks VALUES ('${driver}', 1);
      SAVEPOINT here; INSERT INTO marks VALUES ('${driver}', 2); ROLLBACK TO here;
      INSERT INTO marks VALUES ('${driver}', 3); COMMIT;
      BEGIN; INSERT INTO marks VALUES ('${driver}', 4); ROLLBACK;
      SELECT n FROM marks WHERE driver = '${driver}' ORDER BY n;`);
    return rows.map(Number);
  },
  errors: () =>
    answer([...failing, `BEGIN; ${failing[1]}; SELECT 1`].map((sql) => `${sql};\n${code}\n`).join('')),
  cancel: async () => {
    const flags = ['--no-psqlrc', '--set=VERBOSITY=sqlstate'];
    const script = '\\echo running\nSELECT pg_sleep(30);\n';
    const { err } = await program('psql', flags, script, (child, ended) =>
      again(() => child.kill('SIGINT'), ended),
    );
    return /ERROR: +(\w+)/.exec(err)?.[1] ?? err;
  },
  timeout: async () => {
    const [seen] = await answer(`SET statement_timeout = '100ms'; SELECT pg_sleep(30);\n${code}\n`);
    return seen;
  },
  copy_in: async () => {
    await psql(`COPY lines FROM STDIN;\n${notes.map(copyLine).join('')}\\.\n`);
    const [count] = await answer(`SELECT count(*) FROM lines WHERE driver = '${driver}';`);
    return Number(count);
  },
  copy_out: async () => {
    const sql = `COPY (SELECT n, note FROM lines WHERE driver = '${driver}' ORDER BY n) TO STDOUT;`;
    const rows = copyRows((await answer(sql)).join('\n'));
    return [rows.length, ...rows.at(-1)];
  },
  notice: async () => {
    const { err } = await psql('ROLLBACK;');
    return [...err.matchAll(/WARNING: +(.+)/g)].map(([, message]) => message);
  },
  refused: async () => {
    const { rows, err } = await psql(`${refused};\n${code}\n`);
    return [rows[0], /HINT: +(.+)/.exec(err)?.[1]];
  },
  held: async () => {
    const { rows } = await psql(
      `UPDATE ledger SET amount = amount + 1 WHERE driver = '${driver}';\n\\echo :ROW_COUNT\n`,
    );
    return Number(rows[0]);
  },
  masked: async () => (await answer(`${masked};`)).map((row) => row.split('\t')),
  slices: async () => {
    const rows = await answer('\\set FETCH_COUNT 100\nSELECT n FROM generate_series(1, 1000) AS n;');
    return sum(rows.map(Number));
  },
  ahead:
    major < 18
      ? 'psql has pipelines from 18 on'
      : async () => {
          const asked = numbers(50).map((n) => `SELECT $1::int \\bind ${n} \\sendpipeline`);
          const rows = await answer(`\\startpipeline\n${asked.join('\n')}\n\\endpipeline\n`);
          return sum(rows.map(Number));
        },
});
