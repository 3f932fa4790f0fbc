import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { loadModule, parseSync } from 'libpg-query';
import { SallyportError } from '../../core/errors.ts';
import { analyseTree, type Analysis } from '../../wire/sql/analyse.ts';
import type { LineageCatalog, StatementLineage } from '../../wire/sql/lineage/lineage.ts';
import { lineageOf } from '../../wire/sql/lineage/lineage-of.ts';
import type { LoadedCatalog } from './catalog.ts';
import { Knowledge, type Understood } from './knowledge.ts';

before(loadModule);

/** A catalog of nothing; every stage has its own, as readings are kept by it. */
const emptyCatalog = (): LoadedCatalog =>
  ({
    relationsNamed: () => [],
    builtin: () => 'immutable',
    userFunctions: () => [],
    sensitiveNamed: () => [],
    sensitiveIn: () => [],
    viewResources: () => [],
    hasSensitive: () => false,
  }) as Partial<LoadedCatalog> as LoadedCatalog;
const lineages: LineageCatalog = {
  relations: () => [],
  returnsSet: () => false,
  shadowsType: () => false,
  redefines: () => false,
  readBy: () => [],
};

class Stage {
  readonly asked: string[] = [];
  readonly knowledge: Knowledge;
  readonly #analyses = new Map<string, Analysis>();

  constructor(lineage: (text: string) => readonly StatementLineage[] | Promise<readonly StatementLineage[]>) {
    const catalog = emptyCatalog();
    this.knowledge = new Knowledge(
      {
        analyse: (text) => this.#analysis(text),
        catalog: () => catalog,
        lineage: ({ text }) => {
          this.asked.push(text);
          return lineage(text);
        },
        schemaInFlux: () => false,
        skipping: () => false,
      },
      '',
    );
  }

  #analysis(text: string): Analysis {
    const known = this.#analyses.get(text) ?? analyseTree(parseSync(text), text);
    this.#analyses.set(text, known);
    return known;
  }

  /** What a text is, or why it is refused. */
  async understand(text: string): Promise<Understood | SallyportError> {
    let outcome: Understood | SallyportError | undefined;
    await this.knowledge.understand(
      [text],
      [],
      (refusal) => (outcome = refusal),
      ([found]) => void (outcome = found),
    );
    assert.ok(outcome);
    return outcome;
  }

  /** It goes on, and the server does it or not. */
  async run(text: string, done = true): Promise<void> {
    const found = await this.understand(text);
    assert.ok(!(found instanceof SallyportError));
    this.knowledge.remember(found, [])(done);
  }

  /** Names of the columns that the rows of a FETCH may have, for each statement that may give them. */
  async fetched(name: string): Promise<string> {
    const found = await this.understand(`FETCH ${name}`);
    assert.ok(!(found instanceof SallyportError));
    const givers = found.rows.flatMap((rows) => rows.givers);
    return givers.map((giver) => giver?.outputs.map((one) => one.name).join() ?? '-').join(' or ');
  }
}

function trace(text: string): StatementLineage[] {
  return (parseSync(text).stmts ?? []).flatMap(({ stmt }) =>
    stmt === undefined ? [] : [lineageOf(stmt, lineages)],
  );
}

describe('a text', () => {
  test('is traced once, at once or after a while', async () => {
    for (const lineage of [trace, async (text: string) => trace(text)]) {
      const stage = new Stage(lineage);
      await stage.understand('SELECT 1');
      await stage.understand('SELECT 1');
      assert.deepEqual(stage.asked, ['SELECT 1']);
    }
  });

  test('is traced with all that it runs by name', async () => {
    const stage = new Stage(async (text) => trace(text));
    const text = 'SELECT 1 AS one';
    stage.knowledge.statements.add('p', { analysis: analyseTree(parseSync(text), text) }, 1);
    const found = await stage.understand('EXECUTE p');
    assert.ok(!(found instanceof SallyportError));
    assert.deepEqual(stage.asked.toSorted(), ['EXECUTE p', text]);
    assert.equal(found.rows[0]?.givers[0]?.outputs[0]?.name, 'one');
  });

  test('that cannot be traced is refused', async () => {
    const refusal = new SallyportError('denied', 'cannot be analysed');
    const stage = new Stage(() => Promise.reject(refusal));
    assert.equal(await stage.understand('SELECT 1'), refusal);
  });
});

describe('a cursor', () => {
  const declare = (column: string, name = 'c'): string =>
    `DECLARE ${name} CURSOR WITH HOLD FOR SELECT 1 AS ${column}`;

  test('is what it was declared for', async () => {
    const stage = new Stage(trace);
    assert.equal(await stage.fetched('c'), '-');
    await stage.run(declare('a'));
    await stage.run(declare('b', 'd'));
    assert.equal(await stage.fetched('c'), 'a');
    assert.equal(await stage.fetched('d'), 'b');
  });

  test('stays what it was where a second one of its name failed', async () => {
    const stage = new Stage(trace);
    await stage.run(declare('a'));
    await stage.run(declare('b'), false);
    assert.equal(await stage.fetched('c'), 'a');
  });

  test('is the second one where that was taken', async () => {
    const stage = new Stage(trace);
    await stage.run(declare('a'));
    await stage.run('CLOSE c');
    await stage.run(declare('b'));
    assert.equal(await stage.fetched('c'), 'b');
  });

  test('may be either while nobody knows', async () => {
    const stage = new Stage(trace);
    await stage.run(declare('a'));
    await stage.run(`SELECT 1; ${declare('b')}`);
    assert.equal(await stage.fetched('c'), 'a or b');
    await stage.run('CLOSE c', false);
    assert.equal(await stage.fetched('c'), 'a or b');
    await stage.run('CLOSE ALL');
    assert.equal(await stage.fetched('c'), '-');
  });

  test('is not sure any more once there were too many', async () => {
    const stage = new Stage(trace);
    await stage.run(declare('a'));
    for (let at = 0; at < 1_000; at++) await stage.run(declare('x', `c${at}`));
    assert.equal(await stage.fetched('c'), 'a or -');
    await stage.run('CLOSE ALL');
    assert.equal(await stage.fetched('c'), '-');
    await stage.run(declare('b'));
    assert.equal(await stage.fetched('c'), '-');
  });
});
