import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { loadModule, parseSync } from 'libpg-query';

import { type MaskName, maskNames } from '../../src/core/mask.ts';
import { Analyst } from '../../src/protocols/postgres/analyst.ts';
import { loadCatalog } from '../../src/protocols/postgres/catalog.ts';
import { TargetLineage } from '../../src/protocols/postgres/lineage-catalog.ts';
import type { LineageData } from '../../src/protocols/postgres/lineage-data.ts';
import { type Analysis, analyseTree } from '../../src/wire/sql/analyse.ts';
import type { StatementLineage } from '../../src/wire/sql/lineage/lineage.ts';
import { lineageOf } from '../../src/wire/sql/lineage/lineage-of.ts';
import { type NormalForm, normalFormOf } from '../../src/wire/sql/normal-form.ts';
import { connectDirect } from '../fixtures/clients.ts';
import { corpus } from '../fixtures/masking-corpus.ts';
import { sensitiveColumns, shopSchema } from '../fixtures/masking-shop.ts';
import { type PostgresServer, startPostgres } from '../fixtures/postgres-server.ts';
import { readStatementCorpus } from './statement-corpus.ts';

/** Every text of the corpora with other literals in it: what was learnt of the one must be true of the other. */

let server: PostgresServer;
before(async () => {
  server = await startPostgres();
  await loadModule();
});
after(() => server.stop());

const seeded = readStatementCorpus('/scratch');
const shop = [...corpus('everyday'), ...corpus('attempts')].flatMap(({ statements }) => statements);
const statements = seeded.blocks.flatMap((block) => block.statements);
const columnsOfSeed =
  'public.customers.email: email, public.customers.name: redact, public.products.words: redact';

const corpora = [
  { what: 'masking', schema: shopSchema, sensitive: sensitiveColumns('shop'), texts: shop, sharedMin: 500 },
  { what: 'statements', schema: seeded.seed, sensitive: columnsOfSeed, texts: statements, sharedMin: 400 },
] as const;

/** Such as mean something to somebody. */
const tellingStrings = [
  '|%|ab%|_|0|1|-1|NULL|true|off|{a,b}|{email}|email|phone|public.users|customers|pg_catalog|role'.split('|'),
  'search_path|standard_conforming_strings|V|999V9|2026-01-01|infinity|now|1 day|json|csv|,|/contact/email'.split(
    '|',
  ),
  ["it''s", '|', 'customers_id_seq', 'orders'],
].flat();
const strings = fc.oneof(
  fc.constantFrom(...tellingStrings),
  fc.string({ unit: fc.constantFrom(...' abcE%_-+.;:()[]{}@#*=<>!?019'), maxLength: 12 }),
);
const numbers = fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 999_999_999 }));

function twin(text: string, { literals }: NormalForm, values: Values): string {
  let written = '';
  let done = 0;
  for (const [at, { kind, start, end }] of literals.entries()) {
    const { string = '', number = 0 } = values[at % values.length] ?? {};
    const other = { string: `'${string}'`, number: String(number), fraction: `${number}.${number % 100}` };
    written += text.slice(done, start) + other[kind];
    done = end;
  }
  return written + text.slice(done);
}

type Values = readonly { readonly string: string; readonly number: number }[];

interface Fresh {
  readonly analysis: Analysis;
  readonly lineages: readonly StatementLineage[];
}

/** What is said of a text by itself; undefined: it is no SQL. */
function fresh(text: string, target: TargetLineage): Fresh | undefined {
  try {
    const tree = parseSync(text);
    const nodes = (tree.stmts ?? []).flatMap(({ stmt }) => stmt ?? []);
    return { analysis: analyseTree(tree, text), lineages: nodes.map((node) => lineageOf(node, target)) };
  } catch {
    return undefined;
  }
}

async function lineageData(database: string, schema: string, sensitive: string): Promise<LineageData> {
  const postgres = await connectDirect(server);
  await postgres.query(`CREATE DATABASE ${database}`);
  await postgres.end();
  const client = await connectDirect(server, database);
  await client.query(schema);
  const masks = [...sensitive.matchAll(/(public\.\S+): (\w+)/g)].map(
    ([, column = '', mask]): [string, MaskName] => [
      column,
      maskNames.find((name) => name === mask) ?? 'redact',
    ],
  );
  const run = async (sql: string): Promise<(string | null)[][]> =>
    (await client.query<(string | null)[]>({ text: sql, rowMode: 'array' })).rows;
  const catalog = await loadCatalog(run, new Map(masks));
  await client.end();
  assert.deepEqual(catalog.problems, []);
  assert.ok(catalog.lineageData);
  return catalog.lineageData;
}

for (const { what, schema, sensitive, texts, sharedMin } of corpora) {
  test(`what is shared among texts is true of each of them: ${what}`, async (context) => {
    const data = await lineageData(what, schema, sensitive);
    const target = new TargetLineage(data);
    const analyst = new Analyst();
    const formed = [...new Set(texts)].flatMap((text) => {
      const form = normalFormOf(text);
      return form === undefined ? [] : [{ text, form }];
    });
    for (const { text } of formed) await analyst.analyse(text, '', data);
    const asked = new Set(texts);
    const shared = { facts: new Set<string>(), lineages: new Set<string>() };
    const check = async (text: string, form: NormalForm, values: Values): Promise<void> => {
      const other = twin(text, form, values);
      if (asked.has(other) || normalFormOf(other)?.text !== form.text) return;
      asked.add(other);
      const expected = fresh(other, target);
      const lineages = analyst.lineage(other, data);
      const analysis = analyst.analyse(other, '', data);
      if (!(analysis instanceof Promise)) {
        shared.facts.add(form.text);
        assert.deepEqual(analysis, expected?.analysis, other);
      }
      if (!(lineages instanceof Promise)) {
        shared.lineages.add(form.text);
        assert.deepEqual(lineages, expected?.lineages, other);
      }
      await Promise.allSettled([analysis, lineages]);
    };
    const values = fc.array(fc.record({ string: strings, number: numbers }), { minLength: 1, maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(values, async (some) => {
        for (const { text, form } of formed) await check(text, form, some);
      }),
      { numRuns: 8, endOnFailure: true },
    );
    await analyst.close();
    const { facts, lineages } = shared;
    context.diagnostic(
      `${formed.length} of ${new Set(texts).size} texts have a normal form; facts shared: ${facts.size}, lineage: ${lineages.size}`,
    );
    assert.ok(facts.size > sharedMin && lineages.size > sharedMin);
  });
}
