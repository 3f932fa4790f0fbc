import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { loadModule, parseSync, scanSync } from 'libpg-query';
import { quoteIdentifier, quoteQualified } from './identifier.ts';

before(loadModule);

test('names are quoted as PostgreSQL quotes them', () => {
  const rows: readonly [name: string, quoted: string][] = [
    ['users', 'users'],
    ['_a1', '_a1'],
    ['Users', '"Users"'],
    ['odd case', '"odd case"'],
    ['a"b', '"a""b"'],
    ['a$b', '"a$b"'],
    ['1a', '"1a"'],
    ['', '""'],
    ['ünïcode', '"ünïcode"'],
    ['user', '"user"'],
    ['order', '"order"'],
    ['values', '"values"'],
    ['left', '"left"'],
    ['name', 'name'],
    ['status', 'status'],
  ];
  for (const [name, quoted] of rows) assert.equal(quoteIdentifier(name), quoted);
  assert.equal(quoteQualified('public', 'Odd Case'), 'public."Odd Case"');
});

test('what is quoted reads back as the same name, and what need not be is not', () => {
  for (const name of [
    'select',
    'between',
    'authorization',
    'json_table',
    'merge_action',
    'begin',
    'zone',
    'a.b',
    '--',
  ]) {
    const tree = parseSync(`SELECT * FROM ${quoteIdentifier(name)}`);
    assert.match(JSON.stringify(tree), new RegExp(`"relname":"${name.replace('.', '\\.')}"`));
    const [word] = scanSync(name).tokens;
    const reserved =
      word !== undefined && word.text === name && /^(RESERVED|COL_NAME|TYPE_FUNC)/.test(word.keywordName);
    assert.equal(quoteIdentifier(name).startsWith('"'), reserved || /\W/.test(name), name);
  }
});
