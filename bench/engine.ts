import { hasSqlDetails, loadModule, parseSync } from 'libpg-query';
import type { ParseResult } from '@pgsql/types';
import { Client } from 'pg';

import type { MaskName } from '../src/core/mask.ts';
import { loadCatalog } from '../src/protocols/postgres/catalog.ts';
import { TargetLineage } from '../src/protocols/postgres/lineage-catalog.ts';
import { analyseTree } from '../src/wire/sql/analyse.ts';
import { ownEffectsOf } from '../src/wire/sql/effects.ts';
import { lineageOf } from '../src/wire/sql/lineage/lineage-of.ts';
import { normalFormOf } from '../src/wire/sql/normal-form.ts';
import { watchText } from '../src/wire/sql/watch.ts';
import type { Shape } from './statements.ts';

/** Microseconds that the steps of understanding one text took. */
export interface Steps {
  /** PostgreSQL's grammar, in WebAssembly, and its tree made JavaScript's. */
  readonly parse: number;
  /** Another text of the same normal form parsed and compared: what the first one of a form costs more. */
  readonly sharing: number;
  /** What the text says by itself. */
  readonly facts: number;
  /** What it would do on this catalog. */
  readonly effects: number;
  /** Where what it shows comes from. */
  readonly lineage: number;
  readonly all: number;
  /** The normal form alone: what it takes, in place of all the others, once a text of it is known. */
  readonly form: number;
}

/** Understands a text as the gateway does, step by step, without its threads. */
export type Engine = (text: string) => Steps;

export async function openEngine(
  url: string,
  sensitive: Readonly<Record<string, MaskName>>,
): Promise<Engine> {
  await loadModule();
  const client = new Client(url);
  await client.connect();
  const run = async (sql: string): Promise<(string | null)[][]> =>
    (await client.query<(string | null)[]>({ text: sql, rowMode: 'array' })).rows;
  const catalog = await loadCatalog(run, new Map(Object.entries(sensitive)));
  await client.end();
  if (catalog.lineageData === undefined) throw new Error('there is no lineage without anything sensitive');
  const target = new TargetLineage(catalog.lineageData);
  return (text) => {
    const start = performance.now();
    const tree = parseSync(text);
    const parsed = performance.now();
    watchText(text, tree, parse);
    const watched = performance.now();
    const { statements } = analyseTree(tree, text);
    const known = performance.now();
    for (const statement of statements) ownEffectsOf(statement, catalog);
    const weighed = performance.now();
    for (const { stmt } of tree.stmts ?? []) if (stmt !== undefined) lineageOf(stmt, target);
    const end = performance.now();
    normalFormOf(text);
    const formed = performance.now();
    return {
      parse: (parsed - start) * 1000,
      sharing: (watched - parsed) * 1000,
      facts: (known - watched) * 1000,
      effects: (weighed - known) * 1000,
      lineage: (end - weighed) * 1000,
      all: (end - start) * 1000,
      form: (formed - end) * 1000,
    };
  };
}

function parse(text: string): ParseResult | undefined {
  try {
    return parseSync(text);
  } catch (error) {
    if (hasSqlDetails(error)) return undefined;
    throw error;
  }
}

/** Another number each time: a text that nobody has seen. */
let lastNumber = 100_000;

export function understand(engine: Engine, shape: Shape, times: number): Steps[] {
  return Array.from({ length: times }, () => engine(shape(++lastNumber)));
}
