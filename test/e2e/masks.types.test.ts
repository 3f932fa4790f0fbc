import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { maskNames } from '../../src/core/mask.ts';
import type { MaskName } from '../../src/core/mask.ts';
import { MaskKeys } from '../../src/masking/keys.ts';
import { maskValue, sayingNothing } from '../../src/masking/masks.ts';
import { detokenise } from '../../src/masking/token.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';

// Whether masked values are values: the server itself must take every one of them, in text and in binary, for a
// column of the type that it masks.

/** A genuine value of every type that can have masked columns, as SQL. */
const genuine: Readonly<Record<string, string>> = {
  bool: "'t'",
  bytea: "'\\xdeadbeef'",
  '"char"': "'x'",
  name: "'bob'",
  int2: '12345',
  int4: '123456789',
  int8: '1234567890123456789',
  oid: '12345',
  float4: '1.5',
  float8: '1.5e100',
  numeric: '12345.678',
  money: "'12.34'",
  text: "'bob@example.com'",
  varchar: "'4111111111111111'",
  'bpchar(20)': "'4111111111111111'",
  citext: "'Bob@Example.com'",
  date: "'2024-05-17'",
  time: "'12:34:56.789'",
  timetz: "'12:34:56+02'",
  timestamp: "'2024-05-17 12:34:56'",
  timestamptz: "'2024-05-17 12:34:56+02'",
  interval: "'1 year 2 days 3 hours'",
  uuid: "'6b5c2f0e-9d64-4c1e-8a3a-2f1d7e0b9c55'",
  inet: "'10.1.2.3/24'",
  cidr: "'10.1.0.0/16'",
  macaddr: "'08:00:2b:01:02:03'",
  macaddr8: "'08:00:2b:01:02:03:04:05'",
  json: '\'{"email": "bob@example.com"}\'',
  jsonb: '\'"4111111111111111"\'',
  xml: "'<a>bob</a>'",
  'bit(3)': "'101'",
  varbit: "'10101'",
  pg_lsn: "'16/B374D848'",
  tsvector: "'a bob'",
  tsquery: "'a & bob'",
  point: "'(1,2)'",
  polygon: "'((0,0),(1,1),(1,0))'",
  mood: "'happy'",
  pair: "'(1,bob)'",
  int4range: "'[1,5)'",
  numrange: "'[1.5,5)'",
  tsrange: "'[2024-01-01,2024-02-01)'",
  tstzrange: "'[2024-01-01,2024-02-01)'",
  daterange: "'[2024-01-01,2024-02-01)'",
  int8range: "'[1,5)'",
  int4multirange: "'{[1,5)}'",
  nummultirange: "'{[1,5)}'",
  tsmultirange: "'{[2024-01-01,2024-02-01)}'",
  tstzmultirange: "'{[2024-01-01,2024-02-01)}'",
  datemultirange: "'{[2024-01-01,2024-02-01)}'",
  int8multirange: "'{[1,5)}'",
};
const arrays = Object.keys(genuine).filter(
  (type) => !/multirange|^point|^polygon|mood|pair|citext/.test(type),
);
const texts: readonly string[] = ['name', 'text', 'varchar', 'bpchar(20)'];

let server: PostgresServer;
let client: Client;
const keys = new MaskKeys(Buffer.alloc(32, 1), 'orders').of('public.t.c');

before(async () => {
  server = await startPostgres();
  client = new Client({ connectionString: server.url() });
  await client.connect();
  await client.query(`
    CREATE EXTENSION IF NOT EXISTS citext;
    CREATE TYPE mood AS ENUM ('happy', 'sad');
    CREATE TYPE pair AS (n int, who text)`);
});

after(async () => {
  await client.end();
  await server.stop();
});

interface Seen {
  readonly oid: number;
  readonly bytes: Buffer;
}

/** The server's own bytes of a value, in the format asked for: by the type's own output or send function. */
async function fetch(type: string, value: string, binary: boolean): Promise<Seen> {
  const about = await client.query<{ oid: number; out: string; send: string }>(
    'SELECT oid::int4, typoutput::regproc AS out, typsend::regproc AS send FROM pg_type WHERE oid = $1::regtype',
    [type],
  );
  const { oid = 0, out = '', send = '' } = about.rows[0] ?? {};
  const form = binary
    ? `${send}(${value}::${type})`
    : `convert_to(textin(${out}(${value}::${type})), 'UTF8')`;
  const { rows } = await client.query<{ v: Buffer }>(`SELECT ${form} AS v`);
  assert.ok(rows[0]);
  return { oid, bytes: rows[0].v };
}

/** What the server makes of the bytes as a value of the type: its text, or NULL. A value it cannot read throws. */
async function readBack(type: string, value: Buffer | null, binary: boolean): Promise<string | null> {
  // A Buffer goes as a binary parameter, a string as text.
  const parameter = binary || value === null ? value : value.toString();
  const result = await client.query<{ v: string | null }>(`SELECT ($1::${type})::text AS v`, [parameter]);
  return result.rows[0]?.v ?? null;
}

for (const [type, value] of Object.entries(genuine)) {
  test(`masked ${type} is ${type}`, async () => {
    for (const binary of [false, true]) {
      const { oid, bytes } = await fetch(type, value, binary);
      const format = binary ? 'binary' : 'text';
      for (const mask of maskNames) {
        const column = { oid, format, isText: type === 'citext' } as const;
        const masked = maskValue(mask, bytes, column, keys);
        const shown = await readBack(type, masked, binary);
        assert.equal(shown === null, masked === null, `${mask} as ${format}`);
        assert.ok(shown === null || !/bob|happy|2024/i.test(shown), `${mask} as ${format}: ${shown}`);
      }
    }
  });
}

test('masked arrays are arrays', async () => {
  for (const type of arrays) {
    for (const binary of [false, true]) {
      const { oid, bytes } = await fetch(`${type}[]`, `ARRAY[${genuine[type]}::${type}]`, binary);
      const masked = maskValue('redact', bytes, { oid, format: binary ? 'binary' : 'text' }, keys);
      assert.ok(masked, type);
      // char(n) comes back padded.
      const shown = texts.includes(type) ? /^\{"?\[redacted\] *"?\}$/ : /^\{\}$/;
      assert.match((await readBack(`${type}[]`, masked, binary)) ?? 'NULL', shown, type);
    }
  }
});

/** Arrays of text as the server writes them, with what each of their masks makes of them. */
const textArrays: readonly (readonly [array: string, mask: MaskName, shown: string])[] = [
  [
    "ARRAY['bob@example.com','a \\\\ \"b\"',NULL,'NULL','','{x,y}']",
    'email',
    '{b***@***.com,[redacted],NULL,[redacted],[redacted],[redacted]}',
  ],
  ["ARRAY[['4111 1111 1111 1111'],['4111111111111112']]", 'last4', '{{************1111},{************1112}}'],
  ["'[3:4]={bob@example.com,NULL}'", 'redact', '[3:4]={[redacted],NULL}'],
  ["'[0:0][-1:0]={{a,b}}'", 'redact', '[0:0][-1:0]={{[redacted],[redacted]}}'],
  ["'{}'", 'token', '{}'],
];

test('arrays of text keep their shape', async () => {
  for (const [array, mask, expected] of textArrays) {
    for (const binary of [false, true]) {
      const { oid, bytes } = await fetch('text[]', array, binary);
      const masked = maskValue(mask, bytes, { oid, format: binary ? 'binary' : 'text' }, keys);
      assert.equal(
        await readBack('text[]', masked, binary),
        expected,
        `${array} as ${binary ? 'binary' : 'text'}`,
      );
    }
  }
});

test('tokens in an array are those of its elements', async () => {
  const values = ['a "b"', 'c\\d', '{e,f}', 'größe', 'NULL', ' '];
  for (const binary of [false, true]) {
    const format = binary ? 'binary' : 'text';
    const list = values.map((value) => `'${value}'`).join();
    const { oid, bytes } = await fetch('text[]', `ARRAY[${list}]`, binary);
    const shown = await readBack('text[]', maskValue('token', bytes, { oid, format }, keys), binary);
    const tokens = shown?.slice(1, -1).split(',') ?? [];
    assert.deepEqual(
      tokens.map((token) => detokenise(token, keys).toString()),
      values,
    );
  }
});

test('what holds rows is NULL, in arrays too', async () => {
  for (const [type, value] of [
    ['pair', "'(1,bob)'"],
    ['pair[]', "ARRAY['(1,bob)'::pair]"],
    ['_mood', "ARRAY['happy'::mood]"],
  ] as const) {
    for (const binary of [false, true]) {
      const { oid, bytes } = await fetch(type, value, binary);
      for (const mask of maskNames) {
        assert.equal(maskValue(mask, bytes, { oid, format: binary ? 'binary' : 'text' }, keys), null);
      }
    }
  }
});

test('what is computed is a value of its type that says nothing, or NULL', async () => {
  for (const [type, value] of Object.entries(genuine)) {
    const shown: (string | null)[] = [];
    for (const binary of [false, true]) {
      const { oid } = await fetch(type, value, binary);
      const said = sayingNothing({ oid, format: binary ? 'binary' : 'text', isText: type === 'citext' });
      shown.push(await readBack(type, said, binary));
    }
    assert.equal(shown[0], shown[1], type);
  }
});

test('a masked value says the same in text and in binary', async () => {
  for (const [type, value] of Object.entries(genuine)) {
    for (const mask of maskNames) {
      const shown: (string | null)[] = [];
      for (const binary of [false, true]) {
        const { oid, bytes } = await fetch(type, value, binary);
        const column = { oid, format: binary ? 'binary' : 'text', isText: type === 'citext' } as const;
        shown.push(await readBack(type, maskValue(mask, bytes, column, keys), binary));
      }
      assert.equal(shown[0], shown[1], `${mask} of ${type}`);
    }
  }
});
