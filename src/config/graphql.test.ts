import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatConfigError } from './error.ts';
import { parseConfig, typesReader } from './load.ts';

const sdl = 'type Query { customer: Customer }\ntype Customer { email: String }\n';
const readTypes = await typesReader('graphql');

function errorsOf(sensitive: string, target: string, schema = sdl): string {
  const text = `targets: { b: { http: { url: "https://api.acme.dev"${target} } } }\nsensitive: { b: { ${sensitive} } }\n`;
  const read = (path: string): string | undefined => (path === '/etc/s/b.graphql' ? schema : undefined);
  const config = parseConfig(text, '/etc/s/sallyport.yaml', { read, readTypes });
  return Array.isArray(config) ? config.map(formatConfigError).join('\n') : '';
}

const bare = ', graphql: { path: /graphql }';
const typed = ', graphql: { path: /graphql, schema: b.graphql }';

const rows: readonly (readonly [sensitive: string, target: string, error: string, schema?: string])[] = [
  ['gql:Query.customer.email: email', bare, ''],
  ['"gql:*.email": email', bare, ''],
  ['gql:Customer.email: email', typed, ''],
  ['gql:Query.customer.email: email', '', '2:19: "gql:Query.customer.email": the target has no GraphQL'],
  ['gql:Customer.email: email', bare, '"gql:Customer.email": types need a schema'],
  ['gql:Customr.email: email', typed, 'the schema has no type Customr (did you mean "Customer"?)'],
  ['gql:Customer.emial: email', typed, 'the schema has no field emial (did you mean "email"?)'],
  ['gql:Customer: email', typed, '"gql:Customer" names no field'],
  ['"gql:Query.a-b": email', bare, '"gql:Query.a-b" names no field'],
  ['', ', graphql: { path: graphql }', 'must be a path such as /graphql'],
  ['', ', graphql: { path: /graphql, schema: ../b.graphql }', '"../b.graphql" is not beside this file'],
  ['', ', graphql: { path: /graphql, schema: c.graphql }', 'c.graphql cannot be read'],
  ['', typed, '/etc/s/b.graphql:2:10: Syntax Error', 'type Query { a: B }\ntype B { ] }'],
];
for (const [sensitive, target, error, schema] of rows) {
  test(`${sensitive} of a target with "${target}"`, () => {
    const found = errorsOf(sensitive, target, schema);
    if (error === '') assert.equal(found, '');
    else assert.ok(found.includes(error), found);
  });
}
