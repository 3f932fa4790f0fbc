import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MaskPlan } from '../core/mask.ts';
import { compileDetectors } from './detect.ts';
import { cleanFields, withheldText } from './error-text.ts';
import { MaskKeys } from './keys.ts';

const hiding: MaskPlan = { hidden: new Map([['public.users.email', 'email']]), detect: [] };
const open: MaskPlan = { hidden: new Map(), detect: [] };
const set = compileDetectors([{ find: ['email'], mask: 'redact' }], new MaskKeys(Buffer.alloc(32), 'orders'));

type Fields = Readonly<Record<string, string>>;

function clean(fields: Fields, plan = hiding, sent = ''): Fields {
  return Object.fromEntries(cleanFields(new Map(Object.entries(fields)), plan, set, sent));
}

const messages: readonly [code: string, message: string, shown: string, more?: Fields][] = [
  [
    '22P02',
    'invalid input syntax for type integer: "bob"',
    'invalid input syntax for type integer: "[withheld]"',
  ],
  [
    '22P02',
    'invalid input syntax for type integer: "a" b"',
    'invalid input syntax for type integer: "[withheld]"',
  ],
  ['22P02', 'invalid input value for enum mood: "x: y"', 'invalid input value for enum mood: "[withheld]"'],
  [
    '22003',
    'value "99999999999" is out of range for type integer',
    'value "[withheld]" is out of range for type integer',
  ],
  ['22003', 'integer out of range', 'integer out of range'],
  ['22012', 'division by zero', 'division by zero'],
  ['22007', 'invalid value "bo" for "YYYY"', 'invalid value "[withheld]"'],
  [
    '22021',
    'invalid byte sequence for encoding "UTF8": 0xff 0x62',
    'invalid byte sequence for encoding "[withheld]": "[withheld]"',
  ],
  [
    '22P02',
    'ungültige Eingabesyntax für Typ integer: „bob“',
    'ungültige Eingabesyntax für Typ integer: "[withheld]"',
  ],
  [
    '22P02',
    'syntaxe en entrée invalide pour le type integer : « bob »',
    'syntaxe en entrée invalide pour le type integer : "[withheld]"',
  ],
  [
    '2201B',
    'invalid regular expression: brackets [] not balanced',
    'invalid regular expression: "[withheld]"',
  ],
  [
    '23505',
    'duplicate key value violates unique constraint "users_email_key"',
    'duplicate key value violates unique constraint "users_email_key"',
    { n: 'users_email_key' },
  ],
  [
    '23505',
    'duplicate key value violates unique constraint "bob"',
    'duplicate key value violates unique constraint "[withheld]"',
  ],
  ['42703', 'column "emial" does not exist', 'column "emial" does not exist', { P: '8' }],
  ['42P01', 'relation "bob" does not exist', 'relation "[withheld]" does not exist'],
  ['42P01', 'relation "users" does not exist', 'relation "users" does not exist', { P: '15' }],
  [
    '40001',
    'could not serialize access due to concurrent update',
    'could not serialize access due to concurrent update',
  ],
  [
    '55P03',
    'could not obtain lock on row in relation "users"',
    'could not obtain lock on row in relation "users"',
  ],
  ['XX000', 'unexpected data beyond EOF for bob@example.com', 'unexpected data beyond EOF for [redacted]'],
  ['P0001', 'no such user bob', withheldText],
  ['P0002', 'query returned no rows', withheldText],
  ['22012', 'user bob is broke', withheldText, { R: 'exec_stmt_raise' }],
  ['00000', 'seen bob', withheldText, { R: 'exec_stmt_raise', S: 'NOTICE' }],
  ['01000', 'seen bob', withheldText, { W: 'PL/Python function "f"' }],
  ['38000', 'seen bob', withheldText, { R: 'PLy_elog_impl' }],
  ['00000', 'seen bob', withheldText, { W: 'PL/pgSQL function f() line 3 at RAISE' }],
];

for (const [code, message, shown, more = {}] of messages) {
  test(`${code} ${message}`, () => {
    const fields = clean({ S: 'ERROR', C: code, M: message, ...more });
    assert.equal(fields['M'], shown);
    assert.equal(fields['C'], code);
  });
}

test('fields that can hold values go, those that cannot stay', () => {
  const plain = {
    S: 'ERROR',
    V: 'ERROR',
    C: '23505',
    P: '8',
    F: 'nbtinsert.c',
    L: '666',
    R: '_bt_check_unique',
  };
  const names = { s: 'public', t: 'users', n: 'users_email_key' };
  const fields = {
    ...plain,
    ...names,
    M: 'duplicate key value violates unique constraint "users_email_key"',
    D: 'Key (email)=(bob@example.com) already exists.',
    W: 'SQL statement "INSERT …"',
    q: "INSERT INTO users VALUES ('bob@example.com')",
    p: '22',
    z: 'a field of a later version',
  };
  assert.deepEqual(clean(fields), { ...plain, ...names, M: fields.M, D: withheldText });
});

test('a text made by a function takes hint and names with it', () => {
  const fields = {
    S: 'ERROR',
    C: 'P0001',
    M: 'a',
    H: 'ask bob',
    n: 'bob',
    c: 'bob',
    D: 'bob',
    R: 'exec_stmt_raise',
  };
  assert.deepEqual(clean(fields), {
    S: 'ERROR',
    C: 'P0001',
    M: withheldText,
    D: withheldText,
    R: 'exec_stmt_raise',
  });
});

test('words that the client has sent are left', () => {
  const fields = { C: '42P01', M: 'table "lost" does not exist' };
  assert.equal(clean(fields, hiding, 'DROP TABLE lost')['M'], 'table "lost" does not exist');
  assert.equal(clean(fields, hiding, 'DROP TABLE almost_lost')['M'], 'table "[withheld]" does not exist');
  const cast = { C: '22P02', M: 'invalid input syntax for type integer: "abc"' };
  assert.equal(clean(cast, hiding, "SELECT 'abc'::int")['M'], cast.M);
});

test('where nothing is hidden only detectors look', () => {
  const fields = {
    S: 'ERROR',
    C: '23505',
    M: 'invalid input: "bob@example.com"',
    D: 'Key (email)=(bob@example.com) already exists.',
    W: 'line 1',
    q: 'SELECT 1',
  };
  assert.deepEqual(clean(fields, open), {
    ...fields,
    M: 'invalid input: "[redacted]"',
    D: 'Key (email)=([redacted]) already exists.',
  });
});

test('an error without any field', () => {
  assert.deepEqual(clean({}), {});
  assert.deepEqual(clean({ M: 'said "bob"' }), { M: 'said "[withheld]"' });
});
