import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { loadModule, parseSync } from 'libpg-query';
import { catalogRows } from '../../../test/fixtures/catalog-rows.ts';
import { SallyportError } from '../../core/errors.ts';
import type { Command } from '../../core/command.ts';
import { describeEffect } from '../../core/effect.ts';
import type { MaskName, MaskPlan } from '../../core/mask.ts';
import { analyseTree, type Analysis } from '../../wire/sql/analyse.ts';
import { loadCatalog, type LoadedCatalog } from './catalog.ts';
import { anyOf, commandOf, commandWithoutCatalog, type Named } from './interpret.ts';

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

/** `prepared` and `portals`: what each name may stand for, as texts. */
function command(
  sql: string | Analysis,
  prepared: Readonly<Record<string, readonly string[]>> = {},
  portals: Readonly<Record<string, readonly string[]>> = {},
): Command {
  const named: Named = {
    prepared: (name) => (prepared[name] ?? []).map(analysed),
    portals: (name) =>
      (portals[name] ?? []).map((text) => ({
        analyses: [analysed(text)],
        parameters: [{ bytes: Buffer.from('7'), format: 'text' }],
      })),
  };
  return commandOf(typeof sql === 'string' ? analysed(sql) : sql, catalog, [], 'settings', named);
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
    const named: Named = { prepared: () => [endless], portals: () => [] };
    assert.doesNotThrow(() => commandOf(endless, catalog, [], '', named));
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
    ['an expression over it', () => command('SELECT upper(email) FROM users'), hiding, /email/],
    ['the same to whom it is revealed', () => command('SELECT upper(email) FROM users'), showing, undefined],
    [
      'what a prepared name may stand for',
      () => command('EXECUTE p', { p: ['SELECT 1', 'SELECT upper(email) FROM users'] }),
      hiding,
      /email/,
    ],
    [
      'a change of a table with hidden columns',
      () => command('ALTER TABLE users ADD COLUMN note text'),
      hiding,
      /definition of users could uncover/,
    ],
    [
      'a change of the schema that such a table is in',
      () => command('ALTER SCHEMA public RENAME TO other'),
      hiding,
      /renaming the schema public could uncover/,
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
    ['a binary COPY', () => command('COPY orders TO STDOUT (FORMAT binary)'), searching, /binary COPY/],
    ['a COPY as text', () => command('COPY orders TO STDOUT'), searching, undefined],
    [
      'a binary COPY to the server',
      () => command('COPY orders FROM STDIN (FORMAT binary)'),
      searching,
      undefined,
    ],
    [
      'a binary COPY without detectors',
      () => command('COPY orders TO STDOUT (FORMAT binary)'),
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

describe('any of several', () => {
  test('is nothing of none, and one of one', () => {
    const one = command('SELECT 1');
    assert.equal(anyOf([]), undefined);
    assert.equal(anyOf([one]), one);
  });

  test('has the effects, uses and reasons of all, and shows all texts', () => {
    const all = anyOf([
      command('SELECT 1'),
      command('DELETE FROM orders'),
      command('SELECT upper(email) FROM users'),
    ]);
    assert.ok(all);
    assert.match(effectsOf(all), /write\.delete public\.orders/);
    assert.equal(all.unbounded, true);
    assert.equal(all.text, 'SELECT 1\n-- or\nDELETE FROM orders\n-- or\nSELECT upper(email) FROM users');
    assert.match(all.undisclosable?.(hiding) ?? '', /email/);
    assert.equal(all.undisclosable?.(showing), undefined);
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
