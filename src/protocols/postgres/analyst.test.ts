import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { ErrorCode } from '../../core/errors.ts';
import type { Analysis } from '../../wire/sql/analyse.ts';
import { AnalysisCache } from './analysis-cache.ts';
import { Analyst } from './analyst.ts';

const analyst = new Analyst();
after(() => analyst.close());

function refusedWith(code: ErrorCode) {
  return (error: unknown) => error instanceof Error && 'code' in error && error.code === code;
}

test('a known text is answered at once, and as the same object', async () => {
  const first = await analyst.analyse('SELECT * FROM users');
  assert.equal(first.statements[0]?.tag, 'SelectStmt');
  assert.equal(analyst.analyse('SELECT * FROM users'), first);
});

test('the same text asked twice at once is analysed once', async () => {
  const [one, other] = await Promise.all([analyst.analyse('SELECT 2'), analyst.analyse('SELECT 2')]);
  assert.equal(one, other);
});

test('texts without a statement', async () => {
  for (const text of ['', ' ', ';', '-- nothing', '/* nothing */ ;;']) {
    const { statements, syntaxError } = await analyst.analyse(text);
    assert.deepEqual({ statements, syntaxError }, { statements: [], syntaxError: undefined }, text);
  }
});

test('a text that is no SQL says where', async () => {
  const { statements, syntaxError } = await analyst.analyse("SELECT 'äöü' x y");
  assert.deepEqual(statements, []);
  assert.deepEqual(syntaxError, { message: 'syntax error at or near "y"', position: 16 });
});

const refused: readonly (readonly [what: string, text: string, code: ErrorCode])[] = [
  ['a NUL that hides what follows', 'SELECT 1\0; DROP TABLE t', 'denied'],
  ['a text over the limit', `SELECT '${'x'.repeat(1024 * 1024)}'`, 'too_large'],
  ['a text over the limit in bytes only', `SELECT '${'ä'.repeat(600 * 1024)}'`, 'too_large'],
  ['100,000 statements', 'SELECT 1;'.repeat(100_000), 'too_large'],
  ['1,001 statements', 'SELECT 1;'.repeat(1_001), 'too_large'],
  ['an expression that overflows the stack', `SELECT 1${'+1'.repeat(500_000)}`, 'denied'],
];
for (const [what, text, code] of refused) {
  test(`refused: ${what}; the next text is analysed again`, async () => {
    await assert.rejects(Promise.resolve(analyst.analyse(text)), refusedWith(code));
    const next = await analyst.analyse(`SELECT 1 /* after ${what} */`);
    assert.equal(next.statements.length, 1);
  });
}

test('texts waiting behind one that breaks the parser are still analysed', async () => {
  const breaking = assert.rejects(
    Promise.resolve(analyst.analyse(`SELECT 2${'+1'.repeat(500_000)}`)),
    refusedWith('denied'),
  );
  const behind = await Promise.all(['a', 'b', 'c'].map((name) => analyst.analyse(`SELECT * FROM ${name}`)));
  await breaking;
  assert.deepEqual(
    behind.map(({ statements }) => statements.length),
    [1, 1, 1],
  );
});

test('deep nesting is either analysed or no SQL, and never anything else', async () => {
  for (const depth of [1_000, 10_000]) {
    const { statements, syntaxError } = await analyst.analyse(
      `SELECT ${'('.repeat(depth)}1${')'.repeat(depth)}`,
    );
    assert.equal(statements.length === 1, syntaxError === undefined);
  }
});

/** Asked one after the other: whether the second is answered at once, by what is known of the first. */
const twins: readonly (readonly [one: string, other: string, atOnce: boolean])[] = [
  ['SELECT * FROM users WHERE id = 1', 'SELECT * FROM users WHERE id = 22', true],
  ["DELETE FROM users WHERE id = 1 AND a = 'b'", "DELETE FROM users WHERE id = 9 AND a = 'it''s'", true],
  ['SELECT 1 WHERE 1 = 1', 'SELECT 1 WHERE 1 = 2', true],
  ["SET search_path = 'a'", "SET search_path = 'b'", false],
  ["SELECT set_config('work_mem', 'a', true)", "SELECT set_config('role', 'b', true)", false],
  ["SELECT nextval('a')", "SELECT nextval('b')", false],
  ["DELETE FROM users WHERE name LIKE 'ab%'", "DELETE FROM users WHERE name LIKE '%'", false],
  ['DELETE FROM users WHERE id BETWEEN 1 AND 5', 'DELETE FROM users WHERE id BETWEEN 1 AND 99999999', false],
  ["NOTIFY a, 'b'", "NOTIFY a, 'c'", false],
  ['SELECT 1::float(3)', 'SELECT 1::float(50)', false],
  ['SELECT 5 x y', 'SELECT 6 x y', false],
  ["SELECT 'a' FROM users", "SELECT 'tok_12345678_x' FROM users", false],
  ["SELECT 'a' FROM users", String.raw`SELECT '\' FROM users`, false],
  ['SELECT 1 FROM users', 'SELECT 1.5 FROM users', false],
  ['SELECT id FROM users WHERE id = 1', 'SELECT id FROM users WHERE id = -1', false],
  ["SELECT 'a'::text", 'SELECT 1::text', false],
];
for (const [one, other, atOnce] of twins) {
  test(`${atOnce ? 'answered' : 'not answered'} by ${one}: ${other}`, async () => {
    const fresh = new Analyst();
    const alone = await fresh.analyse(other);
    const asking = new Analyst();
    await asking.analyse(one);
    const answer = asking.analyse(other);
    assert.equal(!(answer instanceof Promise), atOnce);
    assert.deepEqual(await answer, alone);
    assert.equal((await answer).text, other);
    await Promise.all([fresh.close(), asking.close()]);
  });
}

test('a normal form is a text, too, of which nothing is known by that', async () => {
  const asking = new Analyst();
  await asking.analyse('SELECT nextval(5)');
  const form = asking.analyse('SELECT nextval(0)');
  assert.ok(form instanceof Promise);
  assert.deepEqual((await form).statements[0]?.functions[0]?.literals, ['0']);
  await asking.close();
});

test('a closed analyst refuses', async () => {
  const closed = new Analyst();
  const waiting = assert.rejects(Promise.resolve(closed.analyse('SELECT 3')), refusedWith('shutting_down'));
  await closed.close();
  await waiting;
  await assert.rejects(Promise.resolve(closed.analyse('SELECT 4')), refusedWith('shutting_down'));
});

test('the cache forgets what was not asked for again', () => {
  const cache = new AnalysisCache<Analysis>();
  const analysis = (text: string) => ({ text, statements: [] });
  cache.set('kept', analysis('kept'));
  cache.set('lost', analysis('lost'));
  for (let generation = 0; generation < 3; generation += 1) {
    for (let index = 0; index < 5_000; index += 1) cache.set(`${generation}.${index}`, analysis(''));
    assert.equal(cache.get('kept')?.text, 'kept');
  }
  assert.equal(cache.get('lost'), undefined);
  cache.set('x'.repeat(20_000), analysis('long'));
  assert.equal(cache.get('x'.repeat(20_000)), undefined);
});
