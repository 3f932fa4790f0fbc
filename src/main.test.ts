import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';

const bin = resolve(import.meta.dirname, '../bin/sallyport.js');

function sallyport(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    encoding: 'utf8',
    env: {},
  });
  return { status, stdout, stderr };
}

test('the program runs from a checkout, and ends with the code of what it did', () => {
  const json: unknown = JSON.parse(readFileSync(resolve(import.meta.dirname, '../package.json'), 'utf8'));
  const version = String(Object(json).version);
  assert.deepEqual(sallyport('--version'), { status: 0, stdout: `${version}\n`, stderr: '' });
  const misused = sallyport('sessions', '--state', 'dead');
  assert.deepEqual([misused.status, misused.stdout], [2, '']);
  const failed = sallyport('check', '--config', '/nowhere/sallyport.yaml');
  assert.equal(failed.status, 1);
  assert.match(failed.stdout, /sallyport\.yaml:1:1: /);
});
