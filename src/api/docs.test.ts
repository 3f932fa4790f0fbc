import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { errorCodes } from '../core/errors.ts';
import { describeRight } from './contract/route.ts';
import type { Route } from './contract/route.ts';
import { routes } from './contract/routes.ts';
import { statusOf } from '../core/http-status.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/api.md'), 'utf8').split('\n');

for (const { method, path, needs, right } of Object.values<Route>(routes)) {
  test(`docs/api.md tells of ${method} ${path} and its right`, () => {
    const line = page.find((row) => row.startsWith(`| \`${method} ${path}\``));
    assert.ok(line !== undefined);
    if (right === undefined || path === '/approvals/:id') return;
    const wording = needs === 'right' ? 'needs' : 'widened by';
    assert.ok(line.includes(`${wording} \`${describeRight(right)}\``), line);
  });
}

test('docs/api.md tells the status of every code', () => {
  for (const code of errorCodes) {
    const line = page.find((row) => row.startsWith(`| ${statusOf[code]} |`));
    assert.ok(line?.includes(`\`${code}\``), code);
  }
});
