import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GraphqlProblem, readOperation } from './document.ts';
import { readTypes } from './types.ts';

const types = readTypes(`
  schema { query: Root, mutation: Change }
  type Root { customer(id: ID): Customer, node: Node, search: [Hit!]!, friends: [[Person]] }
  type Change { refund(id: ID): Customer }
  interface Node { id: ID, email: String }
  interface Person { email: String }
  type Customer implements Node & Person { id: ID, email: String, card: Card }
  type Shop implements Node { id: ID, email: String }
  type Card { pan: String }
  union Hit = Customer | Shop
  extend type Card { holder: Person }
`);

/** Each field as `alias path → name path`. */
function asked(text: string, name?: string): string[] {
  const { kind, fields } = readOperation(text, name, undefined);
  return [kind, ...fields.map(({ keys, path }) => `${keys.join('.')} → ${path.join('.')}`)];
}

describe('what a document asks for', () => {
  const rows: readonly (readonly [text: string, fields: readonly string[]])[] = [
    ['{ a }', ['query', 'a → Query.a']],
    [
      'mutation { refund(id: 7) { ok } }',
      ['mutation', 'refund → Mutation.refund', 'refund.ok → Mutation.refund.ok'],
    ],
    ['subscription S { x }', ['subscription', 'x → Subscription.x']],
    ['{ b: a { d: c } }', ['query', 'b → Query.a', 'b.d → Query.a.c']],
    ['{ a { ... { b } ... on T { c } } }', ['query', 'a → Query.a', 'a.b → Query.a.b', 'a.c → Query.a.c']],
    [
      '{ a { ...F } } fragment F on T { x: b { ...G } } fragment G on U { c }',
      ['query', 'a → Query.a', 'a.x → Query.a.b', 'a.x.c → Query.a.b.c'],
    ],
    ['query A { a } query B { b }', ['query', 'b → Query.b']],
    ['{ a @skip(if: true) }', ['query', 'a → Query.a']],
  ];
  for (const [text, fields] of rows) {
    test(text, () => assert.deepEqual(asked(text, text.includes('query B') ? 'B' : undefined), fields));
  }
});

describe('what nobody can tell', () => {
  const deep = 5_000;
  const rows: readonly (readonly [title: string, text: string, name?: string])[] = [
    ['nothing', ''],
    ['no document', '{ a'],
    ['two operations without a name', 'query A { a } query B { b }'],
    ['another operation', 'query A { a }', 'B'],
    ['one name twice', 'query A { a } query A { b }', 'A'],
    ['a schema', 'type A { b: C }'],
    ['a fragment that is not there', '{ ...F }'],
    ['a fragment in itself', '{ ...F } fragment F on T { a { ...F } }'],
    ['two fragments in each other', '{ ...F } fragment F on T { ...G } fragment G on T { ...F }'],
    ['one fragment twice', '{ ...F } fragment F on T { a } fragment F on T { b }'],
    ['@defer', '{ ... @defer { a } }'],
    ['@defer on a spread', '{ ...F @defer } fragment F on T { a }'],
    ['@stream', '{ a @stream { b } }'],
    ['too many fields', `{ ${'a '.repeat(3_000)} }`],
    ['too many words', `{ ${'a '.repeat(20_000)} }`],
    ['too deep', `${'{ a '.repeat(deep)}${'}'.repeat(deep)}`],
    [
      'a few lines that grow into millions',
      `{ ...F0 } ${Array.from({ length: 30 }, (_, i) => `fragment F${i} on T { a { ...F${i + 1} } b { ...F${i + 1} } }`).join(' ')} fragment F30 on T { c }`,
    ],
  ];
  for (const [title, text, name] of rows) {
    test(title, () => assert.throws(() => readOperation(text, name, undefined), GraphqlProblem));
  }
});

describe('the types that a field may be of', () => {
  const rows: readonly (readonly [text: string, owners: readonly string[] | undefined])[] = [
    ['{ customer { email } }', ['Customer', 'Node', 'Person', 'Hit']],
    ['{ node { email } }', ['Node', 'Customer', 'Shop']],
    ['{ search { ... on Shop { email } } }', ['Shop', 'Node', 'Hit']],
    ['{ search { ...F } } fragment F on Person { email }', ['Person', 'Customer']],
    ['{ friends { email } }', ['Person', 'Customer']],
    ['{ customer { card { holder { email } } } }', ['Person', 'Customer']],
    ['mutation { refund { email } }', ['Customer', 'Node', 'Person', 'Hit']],
    ['{ nobody { email } }', undefined],
    ['{ customer { nothing { email } } }', undefined],
  ];
  for (const [text, owners] of rows) {
    test(text, () => {
      const { fields } = readOperation(text, undefined, types);
      const found = fields.at(-1)?.owners;
      assert.deepEqual(found && [...found].toSorted(), owners?.toSorted());
    });
  }
});
