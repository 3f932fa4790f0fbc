import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Client } from 'pg';

import { encodeBind, encodeCopyData } from '../../src/wire/postgres/frontend.ts';
import { connect, connectDirect, refusal } from '../fixtures/clients.ts';
import type { Visitor } from '../fixtures/clients.ts';
import { shopConfig, startTestGateway } from '../fixtures/gateway.ts';
import type { TestGateway } from '../fixtures/gateway.ts';
import { plantedIn } from '../fixtures/planted.ts';
import { startPostgres } from '../fixtures/postgres-server.ts';
import type { PostgresServer } from '../fixtures/postgres-server.ts';
import { until } from '../fixtures/until.ts';
import { WireClient, send } from '../fixtures/wire-client.ts';

// THREATS 24, and what tokens are for: an agent finds, joins and changes by values that it never sees.

const phones = ['+vxkjzw-zkjqzx', "+vxkjzw o'zkjqzx \\ {2}", '+vxkjzw-zkjqzx-3'] as const;
const shop = `
  CREATE TABLE customers (id int PRIMARY KEY, name text, phone text UNIQUE, fax varchar(40), tags text[], email text,
    CHECK (phone <> 'vxkjzw'));
  CREATE TABLE calls (id int PRIMARY KEY, phone text, minutes int);
  CREATE TABLE profiles (id int PRIMARY KEY, doc jsonb);
  CREATE TABLE late (id int, phone text);
  INSERT INTO late VALUES (0, '${phones[0]}');
  CREATE TABLE audit (query text);
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN INSERT INTO audit VALUES (current_query()); RETURN NEW; END$$;
  CREATE TRIGGER noted BEFORE UPDATE ON calls FOR EACH ROW EXECUTE FUNCTION note();
  CREATE VIEW asked AS SELECT current_query() AS query;
  CREATE SCHEMA other;
  CREATE TABLE other.customers (id int, phone text);
  INSERT INTO calls VALUES (10, '${phones[0]}', 5), (11, '${phones[0]}', 7), (12, '${phones[2]}', 1);
  INSERT INTO profiles VALUES (1, '{"zkjwvq": 1}');
`;
const sensitive = `
sensitive:
  orders:
    public.customers.phone: token
    public.customers.fax: token
    public.customers.tags: token
    public.customers.email: email
    public.calls.phone: token
    public.profiles.doc: token
    public.late.phone: token
`;
const rules = `
  - { name: crews do, who: { groups: [crews] }, targets: [orders], allow: [read, write, schema] }
  - { name: dba sees, who: { groups: [dba] }, targets: [orders], allow: [read, write], reveal: ["*"] }`;

let server: PostgresServer;
let gateway: TestGateway;
let direct: Client;
let crew: Visitor;
/** Of Ann's, Bob's and Cid's phone, and Ann's as calls have it. */
let ann: string;
let bob: string;
let cid: string;
let called: string;
let fax: string;
let tag: string;
let doc: string;

before(async () => {
  server = await startPostgres();
  direct = await connectDirect(server);
  await direct.query(shop);
  for (const [at, phone] of phones.entries()) {
    const values = [
      at + 1,
      ['Ann', 'Bob', 'Cid'][at],
      phone,
      `fax ${phone}`,
      [phone, 'tag'],
      `qzxwv${at}@jzwvx.example`,
    ];
    await direct.query('INSERT INTO customers VALUES ($1, $2, $3, $4, $5, $6)', values);
  }
  gateway = await startTestGateway(shopConfig({ port: server.port, rules, more: sensitive }));
  crew = await connect(gateway);
  const found = await crew.rows('SELECT phone, fax, tags FROM public.customers ORDER BY id');
  [ann, bob, cid] = found.map(([phone]) => String(phone)) as [string, string, string];
  fax = String(found[0]?.[1]);
  tag = (found[0]?.[2] as string[] | undefined)?.[0] ?? '';
  called = String((await crew.rows('SELECT phone FROM calls WHERE id = 10'))[0]?.[0]);
  doc = JSON.stringify((await crew.rows('SELECT doc FROM profiles'))[0]?.[0]);
});
after(async () => {
  const clear = plantedIn(crew?.text() ?? '');
  await crew?.end();
  await direct?.end();
  await gateway?.stop();
  await server?.stop();
  assert.deepEqual(clear, [], 'nothing in clear came to the client, in all of this');
});

async function stored(sql: string): Promise<unknown[][]> {
  return (await direct.query<unknown[]>({ text: sql, rowMode: 'array' })).rows;
}

describe('a token finds its value', () => {
  const literal: readonly (readonly [what: string, sql: () => string, ids: readonly number[]])[] = [
    ['by =', () => `SELECT id FROM public.customers WHERE phone = '${ann}'`, [1]],
    [
      'without a schema named',
      () => `SELECT id FROM calls c WHERE c.phone = '${called}' ORDER BY id`,
      [10, 11],
    ],
    [
      'with quotes and braces in its value',
      () => `SELECT id FROM public.customers WHERE phone = '${bob}'`,
      [2],
    ],
    ['by <>', () => `SELECT id FROM public.customers WHERE phone <> '${ann}' ORDER BY id`, [2, 3]],
    [
      'in a list',
      () => `SELECT id FROM public.customers WHERE phone IN ('${ann}', 'x', '${bob}') ORDER BY id`,
      [1, 2],
    ],
    [
      'in an array',
      () => `SELECT id FROM public.customers WHERE phone = ANY ('{${bob}, ${cid}}') ORDER BY id`,
      [2, 3],
    ],
    [
      'in an array constructor',
      () => `SELECT id FROM public.customers WHERE phone = ANY (ARRAY['${bob}', '${cid}']) ORDER BY id`,
      [2, 3],
    ],
    ['cast to text', () => `SELECT id FROM public.customers WHERE phone = '${ann}'::text`, [1]],
    ['an array column', () => `SELECT id FROM public.customers WHERE tags = '{${tag}, tag}'`, [1]],
    ['a document', () => `SELECT id FROM profiles WHERE doc = '${doc}'`, [1]],
    [
      'beside the same text elsewhere',
      () => `SELECT id FROM public.customers WHERE phone = '${ann}' AND name <> '${ann}'`,
      [1],
    ],
    [
      'in a sub-select',
      () =>
        `SELECT id FROM calls WHERE phone IN (SELECT phone FROM public.calls WHERE phone = '${called}') ORDER BY id`,
      [10, 11],
    ],
    [
      'in a CTE',
      () => `WITH c AS (SELECT id FROM public.customers WHERE phone = '${ann}') SELECT id FROM c`,
      [1],
    ],
  ];
  for (const [what, sql, ids] of literal) {
    test(what, async () => {
      assert.deepEqual((await crew.rows(sql())).flat(), ids);
      // By the extended protocol, twice, as a prepared statement is bound again.
      for (let round = 0; round < 2; round++) {
        const { rows } = await crew.query<{ id: number }>({ name: `l ${what}`, text: sql(), values: [] });
        assert.deepEqual(
          rows.map(({ id }) => id),
          ids,
        );
      }
    });
  }

  const bound: readonly (readonly [sql: string, values: () => unknown[], ids: readonly number[]])[] = [
    ['SELECT id FROM public.customers WHERE phone = $1 AND id = $2', () => [ann, 1], [1]],
    ['SELECT id FROM public.customers WHERE phone IN ($1, $2) ORDER BY id', () => [ann, cid], [1, 3]],
    ['SELECT id FROM public.customers WHERE phone = ANY ($1) ORDER BY id', () => [[bob, cid, 'x']], [2, 3]],
    ['SELECT id FROM public.customers WHERE phone = ANY ($1::text[])', () => [[bob]], [2]],
    ['SELECT id FROM public.customers WHERE tags = $1', () => [[tag, 'tag']], [1]],
    ['SELECT id FROM profiles WHERE doc = $1', () => [doc], [1]],
    ['SELECT id FROM public.customers WHERE name = $1', () => [ann], []],
    [
      'SELECT id FROM calls WHERE calls.phone = $1 AND calls.id < $2 ORDER BY id',
      () => [called, 12],
      [10, 11],
    ],
  ];
  for (const [sql, values, ids] of bound) {
    test(sql, async () => assert.deepEqual((await crew.rows(sql, values())).flat(), ids));
  }

  test('as a literal and as a parameter in one statement', async () => {
    const sql = `SELECT id FROM public.customers WHERE phone = '${ann}' AND fax = $2 AND id = $1`;
    assert.deepEqual(await crew.rows(sql, [1, fax]), [[1]]);
  });

  test('by whom nothing is hidden from, too', async () => {
    const dba = await connect(gateway, { groups: ['dba'] });
    const sql = `SELECT id, phone FROM public.customers WHERE phone = '${ann}'`;
    assert.deepEqual(await dba.rows(sql), [[1, phones[0]]]);
    await dba.end();
  });

  test('by EXECUTE in SQL', async () => {
    await crew.query(
      'PREPARE by_phone (text, int) AS SELECT id FROM public.customers WHERE phone = $1 AND id < $2',
    );
    assert.deepEqual(await crew.rows(`EXECUTE by_phone ('${ann}', 9)`), [[1]]);
    const { rows } = await crew.query({ name: 'e', text: `EXECUTE by_phone ('${bob}', 9)`, values: [] });
    assert.deepEqual(rows, [{ id: 2 }]);
    const refused = await refusal(crew.query(`EXECUTE by_phone ('${called}', 9)`));
    assert.match(refused.error.message, /public\.customers\.phone/);
  });

  test('by a cursor, in slices', async () => {
    await crew.query('BEGIN');
    await crew.query(
      `DECLARE c CURSOR FOR SELECT id FROM public.customers WHERE phone <> '${bob}' ORDER BY id`,
    );
    assert.deepEqual(await crew.rows('FETCH 1 FROM c'), [[1]]);
    assert.deepEqual(await crew.rows('FETCH 1 FROM c'), [[3]]);
    await crew.query('COMMIT');
  });
});

describe('a token goes where its value goes', () => {
  test('by INSERT of several rows', async () => {
    await crew.query(`INSERT INTO public.calls (id, phone) VALUES (20, '${called}'), (21, '+1')`);
    assert.deepEqual(await stored('SELECT phone FROM calls WHERE id IN (20, 21) ORDER BY id'), [
      [phones[0]],
      ['+1'],
    ]);
  });

  test('by UPDATE, and RETURNING shows the token again', async () => {
    const text = `UPDATE public.customers SET fax = '${fax}' WHERE phone = '${bob}' RETURNING id, fax`;
    assert.deepEqual(await crew.rows(text), [[2, fax]]);
    assert.deepEqual(await stored('SELECT fax FROM customers WHERE id = 2'), [[`fax ${phones[0]}`]]);
  });

  test('by an upsert with parameters', async () => {
    const text = `INSERT INTO public.calls AS c (id, phone, minutes) VALUES ($1, $2, 1)
      ON CONFLICT (id) DO UPDATE SET phone = excluded.phone, minutes = c.minutes + 1`;
    await crew.query(text, [30, '+2']);
    await crew.query(text, [30, called]);
    assert.deepEqual(await stored('SELECT phone, minutes FROM calls WHERE id = 30'), [[phones[0], 2]]);
  });

  test('by a DELETE', async () => {
    await crew.query('DELETE FROM public.calls WHERE phone = $1 AND id = 20', [called]);
    assert.deepEqual(await stored('SELECT id FROM calls WHERE id = 20'), []);
  });
});

test('an agent finds a customer, joins on the phone and updates by it', async () => {
  const [[id, phone] = []] = await crew.rows("SELECT id, phone FROM public.customers WHERE name = 'Ann'");
  // A token of one column is none of another: the server joins, and both sides stay hidden.
  const joined = await crew.rows(
    'SELECT l.id, l.phone FROM public.customers c JOIN public.calls l ON l.phone = c.phone WHERE c.phone = $1 AND l.id < 20 ORDER BY l.id',
    [phone],
  );
  assert.deepEqual(joined, [
    [10, called],
    [11, called],
  ]);
  await crew.query('UPDATE public.calls SET minutes = minutes + 1 WHERE phone = $1 AND id = 10', [
    joined[0]?.[1],
  ]);
  assert.deepEqual(await stored('SELECT minutes FROM calls WHERE id = 10'), [[6]]);
  assert.equal(id, 1);
});

/** `Int32 dimensions | hasNull | element | length | bound | (Int32 length | bytes)*` */
function binaryArray(items: readonly string[]): Buffer {
  const word = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const values = items.flatMap((item) => [word(Buffer.byteLength(item)), Buffer.from(item)]);
  return Buffer.concat([word(1), word(0), word(25), word(items.length), word(1), ...values]);
}

async function signedIn(): Promise<WireClient> {
  const password = await gateway.token();
  const client = await WireClient.login({ port: gateway.port, database: 'orders', password });
  client.take();
  return client;
}

describe('as drivers send it', () => {
  const bind = (parameters: readonly Buffer[], parameterFormats: readonly (0 | 1)[]): Buffer =>
    encodeBind({ portal: '', statement: '', parameterFormats, parameters, resultFormats: [] });

  test('in binary', async () => {
    const client = await signedIn();
    const lines = await client.ask([
      send.parse('', 'SELECT id FROM public.customers WHERE phone = $1'),
      bind([Buffer.from(ann)], [1]),
      send.execute(),
      send.parse('', 'SELECT id FROM public.customers WHERE phone = ANY ($1) ORDER BY id'),
      bind([binaryArray([bob, 'x', cid])], [1]),
      send.execute(),
      send.sync(),
    ]);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('DataRow')),
      ['DataRow 1', 'DataRow 2', 'DataRow 3'],
    );
    await client.close();
  });

  test('a Describe tells of the parameters that the client knows of', async () => {
    const client = await signedIn();
    const text = `SELECT id FROM public.customers WHERE phone = '${ann}' AND id = $1`;
    const lines = await client.ask([
      send.parse('s', text),
      send.describe('S', 's'),
      send.bind('s', '', ['1']),
      send.execute(),
      send.close('S', 's'),
      send.sync(),
    ]);
    const told = ['ParseComplete', 'ParameterDescription', 'RowDescription id', 'BindComplete', 'DataRow 1'];
    assert.deepEqual(lines, [...told, 'CommandComplete SELECT 1', 'CloseComplete', 'ReadyForQuery I']);
    await client.close();
  });

  test('a Query answers as a Query', async () => {
    const client = await signedIn();
    assert.deepEqual(await client.query(`SELECT id FROM public.customers WHERE phone = '${ann}'`), [
      'RowDescription id',
      'DataRow 1',
      'CommandComplete SELECT 1',
      'ReadyForQuery I',
    ]);
    const twice = send.query(`DELETE FROM public.calls WHERE phone = '${called}' AND id < 0`);
    assert.deepEqual(await client.ask([twice, twice, send.query('SELECT 1')], 3), [
      'CommandComplete DELETE 0',
      'ReadyForQuery I',
      'CommandComplete DELETE 0',
      'ReadyForQuery I',
      'RowDescription ?column?',
      'DataRow 1',
      'CommandComplete SELECT 1',
      'ReadyForQuery I',
    ]);
    await client.close();
  });

  test('a Query that fails leaves the session as a Query would', async () => {
    const client = await signedIn();
    await client.query('BEGIN');
    const failed = await client.query(`INSERT INTO public.calls (id, phone) VALUES (10, '${called}')`);
    assert.match(failed[0] ?? '', /^ErrorResponse 23505/);
    assert.equal(failed.at(-1), 'ReadyForQuery E');
    await client.query('ROLLBACK');
    const again = await client.query(`SELECT id FROM public.customers WHERE phone = '${ann}'`);
    assert.ok(again.includes('DataRow 1'));
    await client.close();
  });
});

describe('COPY', () => {
  const through = async (sql: string, ...data: readonly (string | Buffer)[]): Promise<string[]> => {
    const client = await signedIn();
    client.write(send.query(sql));
    await client.upTo('CopyInResponse');
    client.write(...data.map((part) => encodeCopyData(Buffer.from(part))));
    const lines = await client.ask([send.copyDone()]);
    await client.close();
    return lines;
  };

  test('in text, cut anywhere', async () => {
    const row = `40\t${called}\n41\t+3\n`;
    const lines = await through('COPY public.calls (id, phone) FROM STDIN', row.slice(0, 20), row.slice(20));
    assert.deepEqual(lines, ['CommandComplete COPY 2', 'ReadyForQuery I']);
    assert.deepEqual(await stored('SELECT phone FROM calls WHERE id IN (40, 41) ORDER BY id'), [
      [phones[0]],
      ['+3'],
    ]);
  });

  test('into a table whose schema is not named', async () => {
    const lines = await through('COPY calls (id, phone) FROM STDIN', `45\t${called}\n`);
    assert.deepEqual(lines, ['CommandComplete COPY 1', 'ReadyForQuery I']);
    assert.deepEqual(await stored('SELECT phone FROM calls WHERE id = 45'), [[phones[0]]]);
  });

  test('by the extended protocol', async () => {
    const client = await signedIn();
    client.write(send.run('COPY calls (id, phone) FROM STDIN'), send.sync());
    await client.upTo('CopyInResponse');
    client.write(send.copyData(`46\t${called}\n`), send.copyDone(), send.sync());
    await client.upTo('ReadyForQuery');
    await client.close();
    assert.deepEqual(await stored('SELECT phone FROM calls WHERE id = 46'), [[phones[0]]]);
  });

  test('in CSV, with everything that must be escaped', async () => {
    await direct.query('DELETE FROM customers WHERE id = 2');
    const row = `2,"a\n""b""",${bob}\n`;
    const lines = await through('COPY public.customers (id, name, phone) FROM STDIN (FORMAT csv)', row);
    assert.deepEqual(lines, ['CommandComplete COPY 1', 'ReadyForQuery I']);
    assert.deepEqual(await stored('SELECT name, phone FROM customers WHERE id = 2'), [['a\n"b"', phones[1]]]);
  });

  test('in binary', async () => {
    const head = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
    const field = (bytes: Buffer): Buffer => Buffer.concat([Buffer.of(0, 0, 0, bytes.length), bytes]);
    const row = [
      Buffer.of(0, 2),
      field(Buffer.of(0, 0, 0, 50)),
      field(Buffer.from(called)),
      Buffer.of(255, 255),
    ];
    const lines = await through(
      'COPY public.calls (id, phone) FROM STDIN (FORMAT binary)',
      Buffer.concat([head, ...row]),
    );
    assert.deepEqual(lines, ['CommandComplete COPY 1', 'ReadyForQuery I']);
    assert.deepEqual(await stored('SELECT phone FROM calls WHERE id = 50'), [[phones[0]]]);
  });

  test('a token of another column undoes it all, and says why', async () => {
    const data = [`60\t${called}\n`, `61\t${ann}\n`, '62\t+4\n'];
    const lines = await through('COPY public.calls (id, phone) FROM STDIN', ...data);
    assert.match(lines[0] ?? '', /^ErrorResponse 42501 Sallyport: .*public\.calls\.phone/);
    assert.deepEqual(lines.slice(1), ['ReadyForQuery I']);
    assert.deepEqual(await stored('SELECT id FROM calls WHERE id >= 60'), []);
  });

  test('a CopyData larger than a chunk', async () => {
    const rows = Array.from({ length: 5000 }, (_, at) => `${1000 + at}\t${at % 2 === 0 ? called : '+5'}\n`);
    const lines = await through('COPY public.calls (id, phone) FROM STDIN', rows.join(''));
    assert.deepEqual(lines, ['CommandComplete COPY 5000', 'ReadyForQuery I']);
    const counted = await stored(
      'SELECT phone, count(*)::int FROM calls WHERE id >= 1000 GROUP BY 1 ORDER BY 2, 1',
    );
    assert.deepEqual(
      counted.toSorted(),
      [
        ['+5', 2500],
        [phones[0], 2500],
      ].toSorted(),
    );
  });
});

describe('THREATS 24: what is no token of the column is refused, and says which column', () => {
  const attacks: readonly (readonly [what: string, sql: () => string, values?: () => unknown[]])[] = [
    ['of another column', () => `SELECT id FROM public.customers WHERE phone = '${called}'`],
    ['forged', () => `SELECT id FROM public.customers WHERE phone = '${ann.slice(0, 13)}${'A'.repeat(38)}'`],
    ['cut', () => `SELECT id FROM public.customers WHERE phone = '${ann.slice(0, -3)}'`],
    ['cut to its head', () => `SELECT id FROM public.customers WHERE phone = '${ann.slice(0, 16)}'`],
    [
      'of another deployment',
      () => `SELECT id FROM public.customers WHERE phone = 'tok_00000000_${ann.slice(13)}'`,
    ],
    ['within a longer text', () => `SELECT id FROM public.customers WHERE phone = 'x${ann}'`],
    ['where the column has another mask', () => `SELECT id FROM public.customers WHERE email = '${ann}'`],
    [
      'of another column, as a parameter',
      () => 'SELECT id FROM public.customers WHERE phone = $1',
      () => [called],
    ],
    [
      'of another column, in an array',
      () => 'SELECT id FROM public.customers WHERE phone = ANY ($1)',
      () => [[ann, called]],
    ],
    ['in the text of a plan', () => `EXPLAIN SELECT id FROM public.customers WHERE phone = '${ann}'`],
    ['in a plan', () => 'EXPLAIN SELECT id FROM public.customers WHERE phone = $1', () => [ann]],
    [
      'in a plan that ran',
      () => 'EXPLAIN ANALYZE UPDATE public.customers SET phone = $1 WHERE id = 1',
      () => [ann],
    ],
    ['in a PREPARE', () => `PREPARE q AS SELECT id FROM public.customers WHERE phone = '${ann}'`],
    ['in a view', () => `CREATE VIEW v AS SELECT id FROM public.customers WHERE phone = '${ann}'`],
    ['in a default', () => `COPY (SELECT id FROM public.customers WHERE phone = '${ann}') TO STDOUT`],
    ['among several statements', () => `SELECT 1; SELECT id FROM public.customers WHERE phone = '${ann}'`],
    ['as a parameter that is shown', () => 'SELECT $1 FROM public.customers WHERE phone = $1', () => [ann]],
    [
      'as a parameter that is stored elsewhere',
      () => 'UPDATE public.customers SET phone = $1, name = $1 WHERE id = 1',
      () => [ann],
    ],
    ['cut by a cast', () => `SELECT id FROM public.customers WHERE phone = '${ann}'::varchar(3)`],
    [
      'cut by a cast of a parameter',
      () => 'SELECT id FROM public.customers WHERE phone = $1::varchar(3)',
      () => [ann],
    ],
  ];
  for (const [what, sql, values] of attacks) {
    test(what, async () => {
      const refused = await refusal(crew.query(sql(), values?.()));
      assert.equal(refused.error.code, '42501');
      assert.match(`${refused.error.message} ${refused.error.hint}`, /public\.customers\.(phone|email)/);
    });
  }

  test('on record, as the client sent it', async () => {
    const text = `SELECT id FROM public.customers WHERE fax = '${called}'`;
    await refusal(crew.query(text));
    const events = await gateway.events();
    const refused = events.findLast((event) => event.type === 'command.refused');
    assert.equal(refused?.type === 'command.refused' && refused.text, text);
  });
});

describe('the value behind a token is nowhere to be seen', () => {
  const seen = async (sql: string, values?: unknown[]): Promise<unknown[]> =>
    (await crew.rows(sql, values)).flat();

  test('in what the server says of its own query', async () => {
    const text = `SELECT a.query FROM asked a, public.customers WHERE phone = '${ann}'`;
    assert.match(String(await seen(text)), /phone = {2}\$1/);
    assert.match(
      String(await seen(`SELECT current_query() FROM public.customers WHERE phone = '${ann}'`)),
      /\$1/,
    );
  });

  test('in what a trigger keeps of the query', async () => {
    await crew.query(`UPDATE public.calls SET minutes = 0 WHERE phone = '${called}' AND id = 11`);
    assert.match(String(await seen('SELECT query FROM audit')), /\$1/);
    assert.deepEqual(plantedIn(String(await stored('SELECT query FROM audit'))), []);
  });

  test('in a list of prepared statements', async () => {
    await crew.query({
      name: 'kept',
      text: `SELECT id FROM public.customers WHERE phone = '${ann}'`,
      values: [],
    });
    const kept = await stored('SELECT 1').then(() =>
      seen("SELECT statement FROM pg_prepared_statements WHERE name = 'kept'"),
    );
    assert.match(String(kept), /\$1/);
  });

  test('in the log that a client has sent to itself', async () => {
    const client = await connect(gateway);
    await client.query('SET client_min_messages = debug5');
    await client.query('SET debug_print_plan = on');
    await client.query('SET debug_print_parse = on');
    await client.rows(`SELECT id FROM public.customers WHERE phone = '${ann}'`);
    await client.rows('SELECT id FROM public.customers WHERE phone = $1', [ann]);
    assert.deepEqual(plantedIn(client.text()), []);
    await client.end();
  });

  const failing: readonly (readonly [what: string, sql: () => string, code: string])[] = [
    ['a unique value', () => `UPDATE public.customers SET phone = '${ann}' WHERE id = 3`, '23505'],
    ['a primary key', () => `INSERT INTO public.customers (id, phone) VALUES (1, '${cid}')`, '23505'],
    ['a column that is too short', () => `UPDATE public.customers SET fax = '${fax}' || repeat('x', 90)`, ''],
    [
      'another constant',
      () => `SELECT id FROM public.customers WHERE phone = '${ann}' AND id = 'abc'`,
      '22P02',
    ],
  ];
  for (const [what, sql, code] of failing) {
    test(`in an error about ${what}, nor where it stood`, async () => {
      const error = await crew.query(sql()).then(
        () => assert.fail('it worked'),
        (reason: unknown) => reason as { code: string; position?: string; message: string },
      );
      if (code !== '') assert.equal(error.code, code);
      assert.equal(error.position, undefined);
      assert.deepEqual(plantedIn(JSON.stringify(error)), []);
    });
  }

  test('in the record of whom it is hidden from', async () => {
    const events = await gateway.events();
    const seers = events.flatMap((event) =>
      event.type === 'session.opened' && event.identity.groups.includes('dba') ? [event.session] : [],
    );
    const others = events.filter((event) => !('session' in event && seers.includes(event.session ?? '')));
    assert.equal(seers.length, 1);
    assert.deepEqual(plantedIn(JSON.stringify(others)), []);
  });
});

describe('THREATS 16, 24: a table of the same name takes no value', () => {
  test('by search_path', async () => {
    const client = await connect(gateway);
    await client.query('SET search_path = other');
    const refused = await refusal(client.query(`INSERT INTO customers (id, phone) VALUES (1, '${ann}')`));
    assert.match(refused.error.hint ?? '', /with its schema/);
    await refusal(client.query('INSERT INTO customers (id, phone) VALUES (1, $1)', [ann]));
    await client.end();
    assert.deepEqual(await stored('SELECT * FROM other.customers'), []);
  });

  // The server reads what was sent ahead when it comes to it, and names may stand for others by then.
  const ahead: readonly (readonly [what: string, messages: () => readonly Buffer[]])[] = [
    ['a literal', () => [send.query(`INSERT INTO late (id, phone) VALUES (1, '${token()}')`)]],
    ['a parameter', () => [send.run('INSERT INTO late (id, phone) VALUES (2, $1)', [token()]), send.sync()]],
    [
      'a statement prepared with a literal',
      () => [send.run(`INSERT INTO late (id, phone) VALUES (3, '${token()}')`), send.sync()],
    ],
  ];
  let late = '';
  const token = (): string => late;

  test('made by another session while the command is on its way', async () => {
    late = String((await crew.rows('SELECT phone FROM public.late'))[0]?.[0]);
    for (const [what, messages] of ahead) {
      await direct.query('DROP TABLE IF EXISTS other.late');
      const client = await signedIn();
      await client.query('SET search_path = other, public');
      await direct.query('BEGIN');
      await direct.query('LOCK TABLE public.audit IN ACCESS EXCLUSIVE MODE');
      client.write(send.query('SELECT query FROM public.audit'), ...messages());
      await until('the command to wait', async () => {
        const waiting = await stored("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
        return waiting.length === 0 ? undefined : waiting;
      });
      await direct.query('CREATE TABLE other.late (id int, phone text)');
      await direct.query('COMMIT');
      await client.ask([send.query('SELECT 1')], 3);
      await client.close();
      assert.deepEqual(await stored('SELECT * FROM other.late'), [], what);
    }
    assert.deepEqual(await stored('SELECT id, phone FROM public.late ORDER BY id'), [
      [0, phones[0]],
      [1, phones[0]],
      [2, phones[0]],
      [3, phones[0]],
    ]);
  });

  test('nor does a type of the same name, which could cut it', async () => {
    await direct.query('CREATE DOMAIN other.text AS varchar(2)');
    const client = await connect(gateway);
    await client.query('SET search_path = other, public, pg_catalog');
    await client.query("INSERT INTO public.calls (id, phone) VALUES (80, '+v')");
    const text = `SELECT id FROM public.calls WHERE phone = '${called}'::text AND id = 80`;
    assert.deepEqual(await client.rows(text), []);
    const bound = 'SELECT id FROM public.calls WHERE phone = $1::text AND id = 80';
    assert.deepEqual(await client.rows(bound, [called]), []);
    await client.end();
    await direct.query('DROP DOMAIN other.text');
  });

  test('made in the same transaction', async () => {
    const client = await connect(gateway);
    await client.query('BEGIN');
    await client.query('CREATE TEMP TABLE calls (id int, phone text)');
    const refused = await refusal(client.query(`INSERT INTO calls (id, phone) VALUES (1, '${called}')`));
    assert.match(refused.error.message, /in this transaction/);
    await client.query('ROLLBACK');
    await client.query('CREATE TEMP TABLE calls (id int, phone text)');
    await refusal(client.query(`INSERT INTO calls (id, phone) VALUES (1, '${called}')`));
    await client.query(`INSERT INTO public.calls (id, phone) VALUES (70, '${called}')`);
    await client.end();
  });

  test('made in the same transaction, for a COPY', async () => {
    const client = await signedIn();
    const copy = async (data: string): Promise<string[]> => {
      await client.query('BEGIN');
      await client.query('CREATE TEMP TABLE late (id int, phone text)');
      client.write(send.query('COPY late FROM STDIN'));
      await client.upTo('CopyInResponse');
      return client.ask([send.copyData(data), send.copyDone()]);
    };
    assert.match((await copy(`1\t${late}\n`))[0] ?? '', /^ErrorResponse 42501 Sallyport: .*not sure/);
    await client.query('ROLLBACK');
    assert.deepEqual(await copy('1\t+6\n'), ['CommandComplete COPY 1', 'ReadyForQuery T']);
    await client.query('COMMIT');
    await client.close();
    assert.deepEqual(await stored("SELECT id FROM public.late WHERE phone = '+6'"), []);
  });

  test('made in the same pipeline', async () => {
    const client = await signedIn();
    const lines = await client.ask(
      [
        send.query('BEGIN'),
        send.parse('s', 'INSERT INTO profiles (id, doc) VALUES (2, $1)'),
        send.parse('', 'CREATE TEMP TABLE profiles (id int, doc text)'),
        send.bind(),
        send.execute(),
        send.bind('s', '', [doc]),
        send.execute(),
        send.sync(),
      ],
      2,
    );
    assert.ok(
      lines.some((line) => /^ErrorResponse 42501 .*in this transaction/.test(line)),
      lines.join('\n'),
    );
    await client.close();
  });
});
