import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { type PostgresServer, startPostgres } from '../../../test/fixtures/postgres-server.ts';
import type { FunctionCall } from '../../wire/sql/analyse.ts';
import { type LoadedCatalog, loadCatalog } from './catalog.ts';

const schema = `
  CREATE EXTENSION pg_trgm;
  CREATE EXTENSION pgcrypto;
  CREATE SCHEMA app;
  CREATE TABLE t (id int, a text);
  CREATE SEQUENCE numbers;
  CREATE FUNCTION app.log(text) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT $1';
  CREATE FUNCTION app.tenant() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
  CREATE FUNCTION app.joined(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1';
  CREATE OPERATOR app.<+> (LEFTARG = text, RIGHTARG = text, FUNCTION = app.joined);
  CREATE DOMAIN app.logged AS text CHECK (app.log(VALUE) <> '');
  CREATE DOMAIN app.deeper AS app.logged;
  CREATE DOMAIN short AS text CHECK (length(VALUE) < 5);
  CREATE DOMAIN alike AS text CHECK (VALUE % 'x' OR VALUE = gen_random_uuid()::text);
  CREATE DOMAIN dated AS text CHECK (VALUE = clock_timestamp()::text);
  CREATE TYPE pair AS (a int, b app.logged);
  CREATE TYPE spans AS RANGE (subtype = app.logged);
  CREATE FUNCTION app.day(pair) RETURNS date LANGUAGE sql AS 'SELECT current_date';
  CREATE CAST (pair AS date) WITH FUNCTION app.day(pair);
  CREATE VIEW plain AS SELECT id, lower(a) AS a FROM t;
  CREATE VIEW logging AS SELECT app.log(a), nextval('numbers') FROM t;
  CREATE VIEW above AS SELECT count(*) FROM logging;
  CREATE VIEW joining AS SELECT a OPERATOR(app.<+>) a AS b FROM t;
  CREATE VIEW casting AS SELECT a::app.deeper FROM t;
  CREATE MATERIALIZED VIEW kept AS SELECT app.log(a) FROM t;
  CREATE VIEW of_kept AS SELECT * FROM kept;
  CREATE TABLE ruled (id int);
  CREATE RULE r AS ON INSERT TO ruled DO ALSO SELECT app.log('x');
  CREATE TABLE guarded (id int);
  CREATE POLICY p ON guarded USING (id = app.tenant() AND app.log('x') = 'x');
  CREATE TABLE open (id int);
  CREATE POLICY p ON open USING (id = app.tenant());
  CREATE TEMP VIEW passing AS SELECT app.log('x');
`;

const log = 'app.log';

/** A relation, and what reading it runs. */
const relations: readonly (readonly [schema: string, name: string, runs: readonly string[]])[] = [
  ['public', 't', []],
  ['public', 'plain', []],
  ['public', 'logging', [log, 'pg_catalog.nextval']],
  ['other', 'logging', []],
  ['public', 'above', [log, 'pg_catalog.nextval']],
  ['public', 'joining', ['operator app.<+>']],
  ['public', 'casting', ['type app.deeper']],
  ['public', 'kept', [log]],
  ['public', 'of_kept', []],
  ['public', 'ruled', []],
  ['public', 'guarded', [log]],
  ['public', 'open', []],
  ['pg_temp', 'passing', [log]],
];

/** A type, and the schemas of those of its name that run something. */
const types: readonly (readonly [name: string, schemas: readonly string[]])[] = [
  ['logged', ['app']],
  ['_logged', ['app']],
  ['deeper', ['app']],
  ['pair', ['public']],
  ['spans', ['public']],
  ['date', ['pg_catalog']],
  ['dated', ['public']],
  ['short', []],
  ['alike', ['public']],
  ['text', []],
];

let server: PostgresServer;
let client: Client;
let catalog: LoadedCatalog;

before(async () => {
  server = await startPostgres();
  client = new Client(server.url());
  await client.connect();
  await client.query(schema);
  // Whatever the client has put before pg_catalog.
  await client.query('SET search_path = app, public');
  catalog = await loadCatalog(async (sql) => {
    const answer = await client.query<(string | null)[]>({ text: sql, rowMode: 'array' });
    return answer.rows;
  }, new Map());
});

after(async () => {
  await client.end();
  await server.stop();
});

test('what runs when somebody reads', () => {
  for (const [of, name, runs] of relations) {
    assert.deepEqual(catalog.runBy(of, name).map(inWords).sort(), runs, name);
  }
});

test('types that run something', () => {
  for (const [name, schemas] of types) assert.deepEqual(catalog.typesThatRun(name), schemas, name);
});

test('of extensions, what is known or declared to have no effects is trusted', () => {
  const trusted = (name: string): boolean[] => catalog.userFunctions(name).map((one) => one.trusted);
  assert.deepEqual(trusted('%'), [true]);
  assert.deepEqual(trusted('similarity'), [true]);
  assert.deepEqual(trusted('gen_random_uuid'), [true]);
  assert.deepEqual(trusted('set_limit'), [false]);
  assert.deepEqual(trusted('<+>'), [false]);
  assert.deepEqual(trusted('tenant'), [false]);
});

function inWords({ schema, name, operator, type }: FunctionCall): string {
  const kind = operator ? 'operator ' : type ? 'type ' : '';
  return `${kind}${schema}.${name}`;
}
