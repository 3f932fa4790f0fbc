import { majorOf, program, psql } from './programs.mjs';
import { driver, numbers, run } from './scenario.mjs';

// pgbench, on scripts of its own.
const measures = 'pgbench measures: it reads no values, and ends at an error';

async function bench(script, ...flags) {
  const { code, err } = await program('pgbench', ['--no-vacuum', '--file=-', ...flags], script);
  if (code !== 0) throw new Error(err);
}

/** What it has written from `start` on. */
async function marked(start) {
  const { rows } = await psql(
    `SELECT sum(n - ${start}) FROM marks WHERE driver = '${driver}' AND n >= ${start};`,
  );
  return Number(rows[0]);
}

const next = `INSERT INTO marks SELECT '${driver}', coalesce(max(n), 99) + 1 FROM marks WHERE driver = '${driver}' AND n >= 100;`;
const ahead = numbers(50).map((n) => `INSERT INTO marks VALUES ('${driver}', ${1_000 + n});`);

await run(`pgbench ${await majorOf('pgbench')}`, {
  types_text: measures,
  types_binary: measures,
  large: measures,
  prepared: async () => {
    await bench(next, '--protocol=prepared', '--transactions=40');
    return marked(100);
  },
  transactions: async () => {
    const mark = (n) => `INSERT INTO marks VALUES ('${driver}', ${n});`;
    await bench(
      `BEGIN;\n${mark(1)}\nSAVEPOINT here;\n${mark(2)}\nROLLBACK TO here;\n${mark(3)}\nCOMMIT;\nBEGIN;\n${mark(4)}\nROLLBACK;`,
      '--protocol=extended',
      '--transactions=1',
    );
    const { rows } = await psql(`SELECT n FROM marks WHERE driver = '${driver}' AND n < 100 ORDER BY n;`);
    return rows.map(Number);
  },
  errors: measures,
  cancel: measures,
  timeout: measures,
  copy_in: measures,
  copy_out: measures,
  notice: measures,
  refused: measures,
  held: async () => {
    await bench(
      `UPDATE ledger SET amount = amount + 1 WHERE driver = '${driver}';`,
      '--protocol=simple',
      '--transactions=1',
    );
    return 1;
  },
  masked: measures,
  slices: measures,
  ahead: async () => {
    await bench(
      `\\startpipeline\n${ahead.join('\n')}\n\\endpipeline`,
      '--protocol=prepared',
      '--transactions=1',
    );
    return marked(1_000);
  },
});
