import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { compileCondition } from '../policy/when.ts';
import { configJsonSchema } from './json-schema.ts';

const docs = await readFile(join(import.meta.dirname, '../../docs/config.md'), 'utf8');

/** All names of properties in a JSON Schema. */
function propertyNames(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, inner]: [string, unknown]) => [
    ...(key === 'properties' && typeof inner === 'object' && inner !== null ? Object.keys(inner) : []),
    ...propertyNames(inner),
  ]);
}

test('docs/config.md speaks of every key', () => {
  const names = propertyNames(JSON.parse(configJsonSchema()));
  assert.ok(names.includes('member_of'));
  const missing = names.filter((name) => !new RegExp(`[\`.]${name}\\b|^## ${name}$`, 'm').test(docs));
  assert.deepEqual(missing, []);
});

test('its conditions compile', () => {
  const conditions = [...docs.matchAll(/^when: .*$/gm)].map(([line]) => String(parse(line).when));
  assert.equal(conditions.length, 4);
  for (const condition of conditions) assert.equal(typeof compileCondition(condition), 'function');
});
