import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStartupOptions, settingEffect } from './settings.ts';

test('what a setting does', () => {
  const rows: readonly [name: string, value: string | undefined | null, effect: string][] = [
    ['application_name', 'x', 'session.set application_name'],
    ['search_path', undefined, 'session.reset search_path'],
    ['row_security', 'off', 'session.set row_security'],
    ['default_transaction_read_only', 'off', 'session.set default_transaction_read_only'],
    ['role', 'postgres', 'access.set role'],
    ['ROLE', undefined, 'access.set role'],
    ['Session_Authorization', 'x', 'access.set session_authorization'],
    ['session_replication_role', 'replica', 'access.set session_replication_role'],
    ['session_preload_libraries', 'x', 'execute.load session_preload_libraries'],
    ['standard_conforming_strings', 'on', 'session.set standard_conforming_strings'],
    ['standard_conforming_strings', 'TRUE', 'session.set standard_conforming_strings'],
    ['standard_conforming_strings', '1', 'session.set standard_conforming_strings'],
    ['standard_conforming_strings', 'o', 'opaque.set standard_conforming_strings'],
    ['standard_conforming_strings', 'of', 'opaque.set standard_conforming_strings'],
    ['Standard_Conforming_Strings', 'off', 'opaque.set standard_conforming_strings'],
    ['standard_conforming_strings', null, 'opaque.set standard_conforming_strings'],
    ['standard_conforming_strings', undefined, 'session.reset standard_conforming_strings'],
    ['client_encoding', 'UTF8', 'session.set client_encoding'],
    ['client_encoding', 'utf-8', 'session.set client_encoding'],
    ['client_encoding', 'Unicode', 'session.set client_encoding'],
    ['client_encoding', 'SQL_ASCII', 'session.set client_encoding'],
    ['client_encoding', 'LATIN1', 'opaque.set client_encoding'],
    ['client_encoding', 'SJIS', 'opaque.set client_encoding'],
    ['client_encoding', '', 'opaque.set client_encoding'],
    ['transform_null_equals', 'on', 'opaque.set transform_null_equals'],
    ['transform_null_equals', 'off', 'session.set transform_null_equals'],
  ];
  for (const [name, value, expected] of rows) {
    const { kind, action, resource } = settingEffect(name, value);
    assert.equal(`${kind}.${action} ${resource}`, expected, `${name} = ${value}`);
  }
});

test('startup options', () => {
  const rows: readonly [options: string, settings: [string, string][] | undefined][] = [
    ['', []],
    ['  ', []],
    ['-c a=b', [['a', 'b']]],
    ['-ca=b', [['a', 'b']]],
    ['--a=b', [['a', 'b']]],
    ['--search-path=b', [['search_path', 'b']]],
    ['-c search-path=a-b', [['search_path', 'a-b']]],
    [
      '-c a=b -c c=d  --e=f',
      [
        ['a', 'b'],
        ['c', 'd'],
        ['e', 'f'],
      ],
    ],
    ['-c a=b=c', [['a', 'b=c']]],
    ['-c a=', [['a', '']]],
    ['-c a=b\\ c\\\\d', [['a', 'b c\\d']]],
    ['-c\ta=b', [['a', 'b']]],
    ['-c role=postgres', [['role', 'postgres']]],
    ['-c', undefined],
    ['-c a', undefined],
    ['-c =b', undefined],
    ['--', undefined],
    ['--a', undefined],
    ['a=b', undefined],
    ['-O', undefined],
    ['-fs', undefined],
    ['-W 10', undefined],
    ['-c a=b -P', undefined],
  ];
  for (const [options, expected] of rows) assert.deepEqual(parseStartupOptions(options), expected, options);
});
