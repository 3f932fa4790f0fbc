import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statementsOf } from './psql-script.ts';

/** A script for psql, and what it sends; behind `<` what a COPY gets. */
const table: readonly (readonly [script: string, ...sent: string[]])[] = [
  ['SELECT 1; SELECT 2', 'SELECT 1', 'SELECT 2'],
  ["SELECT ';', \";\", $$;$$, $a$;$$;$a$, E'\\';'; x", "SELECT ';', \";\", $$;$$, $a$;$$;$a$, E'\\';'", 'x'],
  ['SELECT 1 -- ; no\n, 2; /* ; /* ; */ ; */ SELECT 3;', 'SELECT 1  \n, 2', 'SELECT 3'],
  ['CREATE RULE r AS DO (SELECT 1; SELECT 2);', 'CREATE RULE r AS DO (SELECT 1; SELECT 2)'],
  [
    'CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN 1 THEN 2 END; END; SELECT 1;',
    'CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN 1 THEN 2 END; END',
    'SELECT 1',
  ],
  ["\\set file :dir '/x.data'\nCOPY t FROM :'file';", "COPY t FROM '/tmp/x.data'"],
  ['SELECT a::text, :missing, \'{"a":1}\' :dir;', 'SELECT a::text, :missing, \'{"a":1}\' /tmp'],
  ['SELECT 1 \\gset\nSELECT 2;\n\\d t\n', 'SELECT 1', 'SELECT 2'],
  ['COPY t FROM stdin;\n1;\n2\n\\.\nSELECT 1;', 'COPY t FROM stdin<1;\n2\n', 'SELECT 1'],
];

test('a script for psql in statements', () => {
  for (const [script, ...sent] of table) {
    const found = [...statementsOf(script, new Map([['dir', '/tmp']]))];
    assert.deepEqual(
      found.map(({ sql, stdin }) => (stdin === '' ? sql : `${sql}<${stdin}`)),
      sent,
      script,
    );
  }
});
