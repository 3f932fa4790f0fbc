import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { argumentCheck } from './schema.ts';

const text = (more: object): object => ({ type: 'object', properties: { a: { type: 'string', ...more } } });

describe('arguments of a tool', () => {
  const rows: readonly (readonly [
    what: string,
    schema: unknown,
    args: object,
    complaint: RegExp | undefined,
  ])[] = [
    ['fit', text({}), { a: 'x' }, undefined],
    ['fit a schema without demands', {}, { a: 1 }, undefined],
    ['are of another type', text({}), { a: 1 }, /^arguments\/a must be string$/],
    ['lack what is required', { type: 'object', required: ['a'] }, {}, /must have required property 'a'/],
    [
      'have more than they may',
      { type: 'object', additionalProperties: false },
      { b: 1 },
      /additional properties: b$/,
    ],
    ['match a pattern', text({ pattern: '^a+$' }), { a: 'aa' }, undefined],
    ['do not match a pattern', text({ pattern: '^a+$' }), { a: 'ab' }, /must match pattern/],
    [
      'match two patterns',
      { allOf: [text({ pattern: '^a' }), text({ pattern: 'b$' })] },
      { a: 'ab' },
      undefined,
    ],
    [
      'match one of two',
      { allOf: [text({ pattern: '^a' }), text({ pattern: 'c$' })] },
      { a: 'ab' },
      /must match/,
    ],
    ['have a pattern that only JavaScript knows', text({ pattern: '(?=a)' }), { a: 'a' }, /cannot be used/],
    ['fit by reference', { $ref: '#/$defs/a', $defs: { a: text({}) } }, { a: 'x' }, undefined],
    ['do not fit by reference', { $ref: '#/$defs/a', $defs: { a: text({}) } }, { a: 1 }, /must be string/],
    ['have a format, which is a note', text({ format: 'email' }), { a: 'x' }, undefined],
    [
      'fit draft-07',
      { $schema: 'http://json-schema.org/draft-07/schema#', ...text({}) },
      { a: 'x' },
      undefined,
    ],
    ['have a schema elsewhere', { $ref: 'https://evil.test/a' }, {}, /refers to another place/],
    ['have a dynamic reference', { $dynamicRef: '#a' }, {}, /dynamic references/],
    ['have no schema', undefined, {}, /it is no object/],
    ['have a schema that is none', { type: 'odd' }, {}, /it is no JSON Schema/],
    ['have a long schema', text({ description: 'x'.repeat(70_000) }), {}, /over 65536 characters/],
  ];
  for (const [at, [what, schema, args, complaint]] of rows.entries()) {
    test(what, () => {
      const found = argumentCheck(`row ${at}`, schema)(args);
      if (complaint === undefined) assert.equal(found, undefined);
      else assert.match(found ?? '', complaint);
    });
  }
});

test('code in a schema stays a text', () => {
  const evil = `'); globalThis.pwned = true; ('`;
  const schema = { type: 'object', properties: { [evil]: { const: evil } }, required: [evil], title: evil };
  assert.match(argumentCheck('evil', schema)({}) ?? '', /must have required property/);
  assert.ok(!('pwned' in globalThis));
});

test('arguments that take too long break the schema for nobody else, until it has happened again and again', () => {
  const steps = Array.from({ length: 40 }, (_, at) => [
    `s${at}`,
    at === 39 ? { const: 1 } : { anyOf: [{ $ref: `#/$defs/s${at + 1}` }, { $ref: `#/$defs/s${at + 1}` }] },
  ]);
  const schema = { properties: { a: { $ref: '#/$defs/s0' } }, $defs: Object.fromEntries(steps) };
  const check = argumentCheck('wide', schema);
  for (let late = 0; late < 3; late++) {
    assert.equal(check({}), undefined);
    assert.match(check({ a: 2 }) ?? '', /it takes too long/);
  }
  assert.match(check({}) ?? '', /it takes too long/);
});
