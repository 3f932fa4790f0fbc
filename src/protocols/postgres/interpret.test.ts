import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { loadModule, parseSync } from 'libpg-query';
import { catalogRows } from '../../../test/fixtures/catalog-rows.ts';
import { SallyportError } from '../../core/errors.ts';
import type { Command } from '../../core/command.ts';
import { describeEffect } from '../../core/effect.ts';
import type { MaskName, MaskPlan } from '../../core/mask.ts';
import { type Giver, unknownRows } from '../../masking/rows-from.ts';
import { analyseTree, type Analysis } from '../../wire/sql/analyse.ts';
import type { LineageCatalog, LineageColumn, LineageRelation } from '../../wire/sql/lineage/lineage.ts';
import { lineageOf } from '../../wire/sql/lineage/lineage-of.ts';
import { loadCatalog, type LoadedCatalog } from './catalog.ts';
import { anyOf, commandWithoutCatalog, type Meaning, meaningOf, type Named } from './interpret.ts';
import { learn } from './reading.ts';

const sensitive = new Map<string, MaskName>([['public.users.email', 'redact']]);
const hiding: MaskPlan = { hidden: sensitive, detect: [] };
const showing: MaskPlan = { hidden: new Map(), detect: [] };
const searching: MaskPlan = { hidden: new Map(), detect: [{ find: ['email'], mask: 'redact' }] };
let catalog: LoadedCatalog;

before(async () => {
  await loadModule();
  const users = { oid: 20_001, schema: 'public', name: 'users', columns: ['id', 'email'] };
  const orders = { oid: 20_002, schema: 'public', name: 'orders', columns: ['id', 'total'] };
  catalog = await loadCatalog(catalogRows([users, orders]), sensitive);
});

const analysed = (sql: string): Analysis => analyseTree(parseSync(sql), sql);
const broken: Analysis = {
  text: 'SELEC',
  statements: [],
  syntaxError: { message: 'at "SELEC"', position: 1 },
};

const plain = (name: string, oid: number, resource?: string): LineageColumn => ({
  name,
  typeOid: oid,
  origins: resource === undefined ? [] : [{ resource, plain: true }],
});
const relations: readonly LineageRelation[] = [
  ['users', [plain('id', 23), plain('email', 25, 'public.users.email')]] as const,
  ['orders', [plain('id', 23), plain('total', 23)]] as const,
].map(([name, columns], at) => ({ schema: 'public', name, oid: 20_001 + at, columns, ruleReads: [] }));
const lineages: LineageCatalog = {
  relations: (_, name) => relations.filter((one) => one.name === name),
  returnsSet: () => false,
  shadowsType: () => false,
  redefines: () => false,
  readBy: (_, name) => (name === 'dark' ? undefined : []),
};

/** As the parser's thread would say it, every time anew. */
function read(analysis: Analysis): void {
  const statements = analysis.syntaxError === undefined ? (parseSync(analysis.text).stmts ?? []) : [];
  const known = statements.flatMap(({ stmt }) => (stmt === undefined ? [] : [lineageOf(stmt, lineages)]));
  learn(analysis, catalog, known);
}

type Texts = Readonly<Record<string, readonly string[]>>;

/** What each name may stand for, as texts. */
interface Stood {
  readonly prepared?: Texts;
  readonly portals?: Texts;
  readonly cursors?: Readonly<Record<string, readonly (Giver | undefined)[]>>;
}

function meaning(sql: string | Analysis, { prepared = {}, portals = {}, cursors = {} }: Stood = {}): Meaning {
  const texts = new Map<string, Analysis>();
  const once = (text: string): Analysis => {
    const known = texts.get(text) ?? analysed(text);
    texts.set(text, known);
    return known;
  };
  return meant(typeof sql === 'string' ? once(sql) : sql, {
    prepared: (name) => (prepared[name] ?? []).map(once),
    portals: (name) =>
      (portals[name] ?? []).map((text) => ({
        analyses: [once(text)],
        parameters: [{ bytes: Buffer.from('7'), format: 'text' }],
      })),
    cursors: (name) => cursors[name] ?? [],
  });
}

function meant(analysis: Analysis, named: Named): Meaning {
  for (;;) {
    const found = meaningOf(analysis, catalog, [], 'settings', named);
    if (!('unread' in found)) return found;
    assert.ok(found.unread.length > 0);
    found.unread.forEach(read);
  }
}

function command(sql: string | Analysis, prepared: Texts = {}, portals: Texts = {}): Command {
  return meaning(sql, { prepared, portals }).command;
}

const effectsOf = ({ effects }: Command): string => effects.map(describeEffect).toSorted().join(', ');

describe('the command that a text is', () => {
  const rows: readonly [what: string, () => Command, effects: string, unbounded: boolean][] = [
    ['a SELECT', () => command('SELECT id FROM users'), 'read.select public.users', false],
    ['nothing', () => command('-- DROP TABLE users'), '', false],
    ['what is no SQL', () => command(broken), 'opaque.syntax', false],
    [
      'an EXECUTE of what was prepared',
      () => command('EXECUTE p', { p: ['DELETE FROM orders'] }),
      'write.delete public.orders',
      true,
    ],
    [
      'an EXECUTE of either of two',
      () => command('EXECUTE p', { p: ['SELECT id FROM users', 'DELETE FROM orders WHERE id = 1'] }),
      'read.select public.users, write.delete public.orders',
      false,
    ],
    [
      'an EXECUTE of an EXECUTE',
      () => command('EXECUTE p', { p: ['EXECUTE q'], q: ['DELETE FROM orders'] }),
      'write.delete public.orders',
      true,
    ],
    ['an EXECUTE of a name that nobody knows', () => command('EXECUTE p'), 'opaque.execute', false],
    [
      'an EXECUTE of which a part is unknown',
      () => command('EXECUTE p', { p: ['EXECUTE q'] }),
      'opaque.execute',
      false,
    ],
    [
      'an EXPLAIN ANALYZE of an EXECUTE',
      () => command('EXPLAIN ANALYZE EXECUTE p', { p: ['DELETE FROM orders'] }),
      'write.delete public.orders',
      true,
    ],
  ];
  for (const [what, of, effects, unbounded] of rows) {
    test(what, () => {
      const found = of();
      assert.equal(effectsOf(found), effects);
      assert.equal(found.unbounded, unbounded);
      assert.equal(found.context, 'settings');
    });
  }

  test('a statement that runs itself by its name ends all the same', () => {
    const endless = analysed('EXECUTE p');
    const named: Named = { prepared: () => [endless], portals: () => [], cursors: () => [] };
    assert.deepEqual(meant(endless, named).rows, [unknownRows]);
  });

  test('shows in comments what an EXECUTE really runs, whatever that text has in it', () => {
    const { text } = command('EXECUTE p', { p: ['DELETE FROM orders\n-- */ nothing\r\nWHERE id = 1'] });
    assert.equal(
      text,
      'EXECUTE p\n-- EXECUTE p runs:\n-- DELETE FROM orders\n-- -- */ nothing\n-- WHERE id = 1',
    );
  });

  test('a FETCH runs the portals of that name, with their parameters', () => {
    const fetched = command('FETCH 5 FROM c', {}, { c: ['DELETE FROM orders RETURNING id'] });
    assert.match(effectsOf(fetched), /write\.delete public\.orders/);
    assert.deepEqual(fetched.parameters, [{ bytes: Buffer.from('7'), format: 'text' }]);
    assert.equal(command('FETCH 5 FROM other', {}, { c: ['DELETE FROM orders'] }).parameters.length, 0);
  });
});

describe('what may not be shown', () => {
  const rows: readonly [what: string, () => Command, MaskPlan, why: RegExp | undefined][] = [
    ['a plain column, which is masked', () => command('SELECT email FROM users'), hiding, undefined],
    [
      'an expression over it, which is too',
      () => command('SELECT upper(email) FROM users'),
      hiding,
      undefined,
    ],
    ['an order by it', () => command('SELECT id FROM users ORDER BY email'), hiding, /email/],
    [
      'the same to whom it is revealed',
      () => command('SELECT id FROM users ORDER BY email'),
      showing,
      undefined,
    ],
    [
      'what a prepared name may stand for',
      () => command('EXECUTE p', { p: ['SELECT 1', 'SELECT id FROM users ORDER BY email'] }),
      hiding,
      /email/,
    ],
    [
      'a change of a table with hidden columns',
      () => command('ALTER TABLE users ADD COLUMN note text'),
      hiding,
      /users/,
    ],
    [
      'a change of the schema that such a table is in',
      () => command('ALTER SCHEMA public RENAME TO other'),
      hiding,
      /another name stands for/,
    ],
    [
      'whatever else a statement of the schema does to it',
      () => command("COMMENT ON TABLE users IS 'x'"),
      hiding,
      /public\.users has columns that are hidden from you/,
    ],
    ['the end of such a table', () => command('DROP TABLE users'), hiding, undefined],
    [
      'a change of another table',
      () => command('ALTER TABLE orders ADD COLUMN note text'),
      hiding,
      undefined,
    ],
    [
      'a change of it by whom nothing is hidden from',
      () => command('ALTER TABLE users ADD COLUMN note text'),
      showing,
      undefined,
    ],
    ['code of somebody’s', () => command("DO 'BEGIN END'"), hiding, /execute\.do could read columns/],
    ['code where nothing is hidden', () => command("DO 'BEGIN END'"), showing, undefined],
    ['a function that only waits', () => command('SELECT pg_sleep(1)'), hiding, undefined],
    ['a function that nobody can read', () => command('SELECT dark(1)'), hiding, /dark/],
    ['a function of a user’s that reads nothing hidden', () => command('SELECT mine(1)'), hiding, undefined],
    ['it, written as a field', () => command('SELECT o.mine FROM orders o'), hiding, undefined],
    ['such a function in an index', () => command('CREATE INDEX ON orders (mine(id))'), hiding, /mine/],
    ['a COPY that is masked', () => command('COPY users TO STDOUT (FORMAT binary)'), hiding, undefined],
    [
      'one in another encoding',
      () => command("COPY users TO STDOUT (ENCODING 'LATIN1')"),
      hiding,
      /options of this COPY/,
    ],
    [
      'the same of nothing hidden',
      () => command("COPY orders TO STDOUT (ENCODING 'LATIN1')"),
      hiding,
      undefined,
    ],
    [
      'the same where it is searched',
      () => command("COPY orders TO STDOUT (ENCODING 'LATIN1')"),
      searching,
      /options of this COPY/,
    ],
    [
      'the same to the server',
      () => command("COPY users FROM STDIN (ENCODING 'LATIN1')"),
      searching,
      undefined,
    ],
    [
      'the same where nothing is',
      () => command("COPY users TO STDOUT (ENCODING 'LATIN1')"),
      showing,
      undefined,
    ],
    ['what is no SQL has nothing to show', () => command(broken), hiding, undefined],
  ];
  for (const [what, of, plan, why] of rows) {
    test(`${what}: ${why === undefined ? 'goes on' : 'is refused'}`, () => {
      const reason = of().undisclosable?.(plan);
      if (why === undefined) assert.equal(reason, undefined);
      else assert.match(reason ?? 'nothing', why);
    });
  }
});

/** Names of the columns that rows may have, by statement and giver; `-`: nobody knows. */
function rowsOf({ rows }: Meaning): string {
  const shown = (giver: Giver | undefined): string =>
    giver?.outputs.map(({ name }) => name ?? '').join(',') ?? '-';
  return rows.map(({ givers }) => givers.map(shown).join(' or ')).join('; ');
}

describe('what rows come from', () => {
  const cursor: Giver = { outputs: [{ name: 'c', origins: [], typeOid: 0 }], reach: new Set() };
  const rows: readonly [what: string, () => Meaning, expected: string][] = [
    [
      'each statement of a text',
      () => meaning('SELECT id FROM users; SELECT email, 1 FROM users'),
      'id; email,?column?',
    ],
    ['what is prepared', () => meaning('EXECUTE p', { prepared: { p: ['SELECT id FROM users'] } }), 'id'],
    [
      'either of two',
      () =>
        meaning('SELECT total FROM orders; EXECUTE p', {
          prepared: { p: ['SELECT id FROM users', 'TABLE users'] },
        }),
      'total; id or id,email',
    ],
    [
      'a PREPARE among other statements',
      () =>
        meaning('EXECUTE p', {
          prepared: { p: ['SELECT total FROM orders; PREPARE p AS TABLE users; SELECT 1'] },
        }),
      'id,email',
    ],
    [
      'a PREPARE of the same text',
      () => meaning('PREPARE p AS TABLE users; EXECUTE p'),
      'id,email; id,email',
    ],
    [
      'an EXECUTE of an EXECUTE',
      () => meaning('EXECUTE p', { prepared: { p: ['EXECUTE q'], q: ['TABLE users'] } }),
      'id,email',
    ],
    ['a name that nobody knows', () => meaning('EXECUTE p'), '-'],
    [
      'an explained EXECUTE',
      () => meaning('EXPLAIN EXECUTE p', { prepared: { p: ['TABLE users'] } }),
      'QUERY PLAN',
    ],
    ['a portal', () => meaning('FETCH p', { portals: { p: ['TABLE users'] } }), 'id,email'],
    ['a cursor', () => meaning('FETCH p', { cursors: { p: [cursor] } }), 'c'],
    [
      'a cursor or more than anybody remembers',
      () => meaning('FETCH p', { cursors: { p: [cursor, undefined] } }),
      'c or -',
    ],
    ['a cursor that nobody knows', () => meaning('FETCH p'), '-'],
    [
      'a cursor of the same text',
      () => meaning('DECLARE c CURSOR FOR TABLE users; FETCH c'),
      'id,email; id,email',
    ],
    [
      'an EXECUTE of a FETCH',
      () => meaning('EXECUTE p', { prepared: { p: ['FETCH c'] }, cursors: { c: [cursor] } }),
      'c',
    ],
  ];
  for (const [what, of, expected] of rows) {
    test(what, () => assert.equal(rowsOf(of()), expected));
  }

  test('a cursor is known by its name from then on', () => {
    const [declared] = meaning('DECLARE "C" CURSOR WITH HOLD FOR TABLE users').declares;
    assert.equal(declared?.name, 'C');
    assert.equal(declared.giver.outputs.length, 2);
  });

  test('a COPY has its format with it, by whatever name', () => {
    const copy = 'COPY users TO STDOUT (FORMAT binary)';
    assert.deepEqual(meaning(copy).rows[0]?.copied, { kind: 'binary' });
    assert.deepEqual(meaning('EXECUTE p', { prepared: { p: [copy] } }).rows[0]?.copied, { kind: 'binary' });
    const either = meaning('EXECUTE p', { prepared: { p: [copy, 'COPY users TO STDOUT'] } });
    assert.equal(either.rows[0]?.copied, undefined);
  });
});

describe('any of several', () => {
  test('is nothing of none, and one of one', () => {
    const one = meaning('SELECT 1');
    assert.equal(anyOf([]), undefined);
    assert.equal(anyOf([one]), one);
  });

  test('has the effects, uses and reasons of all, and shows all texts', () => {
    const all = anyOf([
      meaning('SELECT 1'),
      meaning('DELETE FROM orders'),
      meaning('SELECT id FROM users ORDER BY email'),
    ]);
    assert.ok(all);
    assert.match(effectsOf(all.command), /write\.delete public\.orders/);
    assert.equal(all.command.unbounded, true);
    assert.equal(
      all.command.text,
      'SELECT 1\n-- or\nDELETE FROM orders\n-- or\nSELECT id FROM users ORDER BY email',
    );
    assert.deepEqual(all.command.uses, ['order']);
    assert.match(all.command.undisclosable?.(hiding) ?? '', /email/);
    assert.equal(all.command.undisclosable?.(showing), undefined);
    assert.equal(rowsOf(all), '?column? or  or id');
  });
});

describe('without a catalog', () => {
  test('a text is explained as far as it tells', () => {
    const found = commandWithoutCatalog(analysed('DELETE FROM orders'));
    assert.match(effectsOf(found), /write\.delete public\.orders/);
    assert.equal(found.unbounded, true);
  });

  test('what is no SQL is told where it breaks', () => {
    assert.throws(
      () => commandWithoutCatalog(broken),
      (error: unknown) =>
        error instanceof SallyportError && error.code === 'syntax' && error.detail.position === 1,
    );
  });
});
