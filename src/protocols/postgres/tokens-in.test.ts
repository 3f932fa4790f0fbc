import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { loadModule, parseSync } from 'libpg-query';
import type { Node } from '@pgsql/types';

import type { Parameter } from '../../core/command.ts';
import { SallyportError } from '../../core/errors.ts';
import { MaskKeys } from '../../masking/keys.ts';
import { tokenise } from '../../masking/token.ts';
import { TokensBack } from '../../masking/tokens-back.ts';
import { analyseTree } from '../../wire/sql/analyse.ts';
import { lineageOf } from '../../wire/sql/lineage/lineage-of.ts';
import type { LineageCatalog, LineageRelation } from '../../wire/sql/lineage/lineage.ts';
import { TokensIn } from './tokens-in.ts';
import type { Executed, Traced } from './tokens-in.ts';

const keys = new MaskKeys(Buffer.alloc(32, 7), 'orders');
const token = (value: string, column = 'phone'): string =>
  tokenise(Buffer.from(value), keys.of(`public.users.${column}`));
const ann = token('+49');
const bob = token("it's");
const fax = token('1', 'fax');
const tokens = new TokensIn(
  new TokensBack(
    new Map([
      ['public.users.phone', 'token'],
      ['public.users.fax', 'token'],
      ['public.users.email', 'email'],
    ]),
    keys,
  ),
);

const users: LineageRelation = {
  schema: 'public',
  name: 'users',
  oid: 1,
  ruleReads: [],
  columns: ['id', 'name', 'phone', 'fax', 'email'].map((name, at) => ({
    name,
    typeOid: 25,
    origins: at < 2 ? [] : [{ resource: `public.users.${name}`, plain: true }],
  })),
};
const catalog: LineageCatalog = {
  relations: (_, name) => (name === 'users' ? [users] : []),
  returnsSet: () => false,
  shadowsType: () => false,
  redefines: () => false,
  readBy: () => [],
};

before(() => loadModule());

function traced(text: string, types: readonly number[] = []): Traced {
  const tree = parseSync(text);
  const nodes = (tree.stmts ?? []).flatMap(({ stmt }): Node[] => (stmt === undefined ? [] : [stmt]));
  return {
    analysis: analyseTree(tree, text),
    lineages: nodes.map((node) => lineageOf(node, catalog)),
    types,
  };
}

const denied = (error: unknown): boolean => error instanceof SallyportError && error.code === 'denied';

const rewritten: readonly (readonly [
  text: string,
  sent: string,
  values: readonly string[],
  declared?: number,
])[] = [
  [`SELECT id FROM users WHERE phone = '${ann}'`, 'SELECT id FROM public.users WHERE phone =  $1 ', ['+49']],
  [
    `SELECT id FROM users WHERE phone IN ('${ann}', 'x', '${bob}') AND id = $2`,
    "SELECT id FROM public.users WHERE phone IN ( $3 , 'x',  $4 ) AND id = $2",
    ['+49', "it's"],
  ],
  [
    `SELECT id FROM users WHERE phone = ANY ('{${ann}, x}')`,
    'SELECT id FROM public.users WHERE phone = ANY ( $6 )',
    ['{"+49", x}'],
    5,
  ],
  [
    `UPDATE users SET phone = '${ann}', name = '${bob}' WHERE fax = '${fax}'`,
    `UPDATE public.users SET phone =  $1 , name = '${bob}' WHERE fax =  $2 `,
    ['+49', '1'],
  ],
  [
    `INSERT INTO users (id, phone) VALUES (1, '${ann}'), (2, '${ann}')`,
    'INSERT INTO public.users (id, phone) VALUES (1,  $1 ), (2,  $2 )',
    ['+49', '+49'],
  ],
  [
    `DECLARE c CURSOR FOR SELECT id FROM users WHERE phone = '${ann}'`,
    'DECLARE c CURSOR FOR SELECT id FROM public.users WHERE phone =  $1 ',
    ['+49'],
  ],
];

describe('literals', () => {
  for (const [text, sent, values, declared] of rewritten) {
    test(text, () => {
      const found = tokens.rewrite(traced(text), declared);
      assert.equal(found?.text, sent);
      assert.deepEqual(
        found?.values.map((value) => value.toString()),
        values,
      );
    });
  }

  test('no token at a place of a sensitive column', () => {
    for (const text of ['SELECT 1', "SELECT id FROM users WHERE phone = '1'", `SELECT '${ann}' FROM users`]) {
      assert.equal(tokens.rewrite(traced(text)), undefined);
    }
  });

  const refused: readonly string[] = [
    `SELECT id FROM users WHERE phone = '${fax}'`,
    `SELECT id FROM users WHERE email = '${ann}'`,
    `SELECT id FROM users WHERE phone = '${ann.slice(0, -1)}'`,
    `SELECT id FROM users WHERE phone = '${ann.slice(0, 20)}'`,
    `SELECT id FROM users WHERE phone = 'tel:${ann}'`,
    `SELECT id FROM users WHERE phone = varchar '${ann}'`,
    `SELECT id FROM users WHERE phone = U&'${ann}'`,
    `SELECT id FROM users WHERE phone = $$${ann}$$`,
    `SELECT id FROM users WHERE phone = '${ann}'::varchar(2)`,
    `SELECT 1; SELECT id FROM users WHERE phone = '${ann}'`,
    `EXPLAIN SELECT id FROM users WHERE phone = '${ann}'`,
    `PREPARE p AS SELECT id FROM users WHERE phone = '${ann}'`,
    `CREATE VIEW v AS SELECT id FROM users WHERE phone = '${ann}'`,
    `COPY (SELECT id FROM users WHERE phone = '${ann}') TO STDOUT`,
  ];
  for (const text of refused)
    test(`refused: ${text}`, () => assert.throws(() => tokens.rewrite(traced(text)), denied));

  test('the same text means the same only where values go to the same columns', () => {
    const text = `SELECT id FROM users WHERE phone = '${ann}'`;
    const one = tokens.rewrite(traced(text));
    assert.equal(one?.key, tokens.rewrite(traced(text))?.key);
    assert.notEqual(one?.key, tokens.rewrite(traced(`SELECT id FROM users WHERE  phone = '${ann}'`))?.key);
  });
});

const parameters = (...values: readonly (string | null)[]): Parameter[] =>
  values.map((value) => ({ bytes: value === null ? null : Buffer.from(value), format: 'text' }));

describe('parameters', () => {
  test('go where tokens of their column may go', () => {
    const statement = traced('UPDATE users SET phone = $1, name = $2 WHERE fax = $3 AND email = $4');
    const bound = tokens.bind([statement], parameters(ann, ann, fax, null));
    assert.deepEqual(
      bound?.map((value) => value?.toString()),
      ['+49', ann, '1', undefined],
    );
  });

  test('are left alone where there is no token', () => {
    const statement = traced('SELECT id FROM users WHERE phone = $1 AND name = $2');
    assert.equal(tokens.bind([statement], parameters('+49', ann)), undefined);
  });

  test('in binary format are read as text', () => {
    const [one] = parameters(ann);
    const bound = tokens.bind(
      [traced('SELECT id FROM users WHERE phone = $1')],
      [{ bytes: one?.bytes ?? null, format: 'binary' }],
    );
    assert.equal(bound?.[0]?.toString(), '+49');
  });

  const refused: readonly (readonly [
    what: string,
    candidates: readonly string[],
    types?: readonly number[],
  ])[] = [
    ['seen elsewhere, too', ['SELECT $1 FROM users WHERE phone = $1']],
    ['of two columns', ['SELECT id FROM users WHERE phone = $1 OR fax = $1']],
    ['of another column', ['SELECT id FROM users WHERE fax = $1']],
    ['of a column without tokens', ['SELECT id FROM users WHERE email = $1']],
    ['explained', ['EXPLAIN SELECT id FROM users WHERE phone = $1']],
    ['of a type that cuts it', ['SELECT id FROM users WHERE phone = $1'], [18]],
    ['of a type that nobody knows', ['SELECT id FROM users WHERE phone = $1'], [99_999]],
    ['of a name that may stand for two', ['SELECT id FROM users WHERE phone = $1', 'SELECT $1']],
    [
      'of a name that may stand for another column',
      ['DELETE FROM users WHERE phone = $1', 'DELETE FROM users WHERE fax = $1'],
    ],
    ['prepared with a type of its own', ['PREPARE p (mine) AS DELETE FROM users WHERE phone = $1']],
  ];
  for (const [what, candidates, types] of refused) {
    test(`refused: ${what}`, () => {
      const all = candidates.map((text) => traced(text, types));
      assert.throws(() => tokens.bind(all, parameters(ann)), denied);
    });
  }
});

describe('EXECUTE', () => {
  const p = 'PREPARE p (varchar, int) AS SELECT id FROM public.users WHERE phone = $1 AND id = $2';
  const ofName = 'PREPARE p (varchar) AS SELECT id FROM public.users WHERE name = $1';
  const execute = (text: string, ...prepared: string[]): Executed | undefined =>
    tokens.execute(
      traced(text),
      prepared.map((one) => traced(one)),
    );

  test('becomes a Bind of what it runs', () => {
    const executed = execute(`EXECUTE p ('${ann}', -5)`, p);
    assert.equal(executed?.name, 'p');
    assert.deepEqual(executed?.values.map(String), ['+49', '-5']);
  });

  test('stays as it is without tokens, and where its column has none', () => {
    assert.equal(execute("EXECUTE p ('+49', 5)", p), undefined);
    assert.equal(execute(`EXECUTE p ('${ann}')`, ofName), undefined);
  });

  const refused: readonly (readonly [text: string, prepared: readonly string[]])[] = [
    [`EXECUTE p ('${fax}', 5)`, [p]],
    [`EXECUTE p ('${ann}', 2 + 3)`, [p]],
    [`EXECUTE p ('${ann}'::text, 5)`, [p]],
    [`EXECUTE p ('${ann}', 5)`, []],
    [`EXECUTE p ('${ann}', 5)`, [p, ofName]],
    [`EXECUTE p ('${ann}', 5)`, [p.replace('public.', '')]],
    [`EXPLAIN EXECUTE p ('${ann}', 5)`, [p]],
    [`SELECT 1; EXECUTE p ('${ann}', 5)`, [p]],
  ];
  for (const [text, prepared] of refused) {
    test(`refused: ${text}, of ${prepared.length}`, () =>
      assert.throws(() => execute(text, ...prepared), denied));
  }
});

describe('COPY', () => {
  const through = (text: string, data: string): string => {
    const stream = tokens.copied([traced(text)]);
    assert.ok(stream);
    return Buffer.concat([stream.push(Buffer.from(data)), stream.end()]).toString();
  };

  test('turns tokens back in their columns', () => {
    assert.equal(
      through('COPY public.users FROM STDIN', `1\t${ann}\t${ann}\t${fax}\tx\n`),
      `1\t${ann}\t+49\t1\tx\n`,
    );
    assert.equal(through('COPY public.users (phone, id) FROM STDIN CSV', `${ann},1\n`), '"+49",1\n');
  });

  test('refuses tokens that are not of the column, or of another mask', () => {
    assert.throws(() => through('COPY public.users (fax) FROM STDIN', `${ann}\n`), denied);
    assert.throws(() => through('COPY public.users (email) FROM STDIN', `${ann}\n`), denied);
  });

  test('refuses any token where fields cannot be told apart', () => {
    assert.throws(
      () => through("COPY public.users (id, phone) FROM STDIN (ENCODING 'SJIS')", `1\t${ann}\n`),
      denied,
    );
    assert.throws(
      () => through('COPY public.users FROM STDIN; COPY public.users FROM STDIN', `1\t${ann}\n`),
      denied,
    );
  });

  test('refuses tokens for a table whose schema is not named', () => {
    assert.throws(() => through('COPY users (phone) FROM STDIN', `${ann}\n`), denied);
    assert.equal(through('COPY users (phone) FROM STDIN', '+49\n'), '+49\n');
    const named = tokens.copied([traced('COPY users (phone) FROM STDIN')], true);
    assert.equal(named?.push(Buffer.from(`${ann}\n`)).toString(), '+49\n');
  });

  test('has nothing to do for other columns', () => {
    assert.equal(tokens.copied([traced('COPY public.users (id, name) FROM STDIN')]), undefined);
    assert.equal(tokens.copied([traced('COPY public.users TO STDOUT')]), undefined);
  });
});
