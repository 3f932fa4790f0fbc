import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { configJsonSchema } from './json-schema.ts';

test('sallyport.schema.json is current: if not, run node scripts/schema.ts', async () => {
  const committed = await readFile(join(import.meta.dirname, '../../sallyport.schema.json'), 'utf8');
  assert.equal(committed, configJsonSchema());
});
