import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SallyportError } from '../core/errors.ts';
import { secretResolver } from './secrets.ts';

const environment = { PW: 'hunter2', HOST: 'db', NESTED: '${env:PW}', DOLLAR: '$& $1 $$', EMPTY: '' };
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-secrets-'));
  await writeFile(join(folder, 'pw'), 'from file\n');
  await writeFile(join(folder, 'crlf'), 'from file\r\n');
  await writeFile(join(folder, 'lines'), 'two\nlines\n\n');
  await writeFile(join(folder, 'empty'), '\n');
  await writeFile(join(folder, 'big'), 'x'.repeat(70_000));
});
after(() => rm(folder, { recursive: true }));

const resolved: readonly [secret: string, value: string][] = [
  ['plain', 'plain'],
  ['${env:PW}', 'hunter2'],
  ['postgres://admin:${env:PW}@${env:HOST}/x', 'postgres://admin:hunter2@db/x'],
  ['${env:NESTED}', '${env:PW}'],
  ['${env:DOLLAR}', '$& $1 $$'],
  ['${file:pw}', 'from file'],
  ['${file:crlf}', 'from file'],
  ['${file:lines}', 'two\nlines\n'],
  ['${env:PW}${file:./pw}', 'hunter2from file'],
  ['$PW {env:PW}', '$PW {env:PW}'],
];

describe('what secrets are', () => {
  for (const [secret, value] of resolved) {
    test(secret, async () => assert.equal(await secretResolver(folder, environment)(secret), value));
  }

  test('a file by its absolute path', async () => {
    assert.equal(await secretResolver('/', environment)(`\${file:${folder}/pw}`), 'from file');
  });
});

const refused: readonly [secret: string, message: string][] = [
  ['${env:ABSENT}', 'Sallyport: environment variable ABSENT is not set'],
  ['${env:EMPTY}', 'Sallyport: environment variable EMPTY is not set'],
  ['hunter2 ${env:ABSENT}', 'Sallyport: environment variable ABSENT is not set'],
  ['${env:toString}', 'Sallyport: environment variable toString is not set'],
  ['${file:absent}', 'Sallyport: file absent cannot be read'],
  ['${file:.}', 'Sallyport: file . cannot be read'],
  ['${file:empty}', 'Sallyport: file empty is empty'],
  ['${file:big}', 'Sallyport: file big is longer than 65536 bytes'],
  ['${vault:kv/a#b}', 'Sallyport: ${vault:…} is not built yet in this version'],
  ['${aws-sm:a}', 'Sallyport: ${aws-sm:…} is not built yet in this version'],
  ['${evn:PW}', 'Sallyport: ${evn:…} is no kind of reference'],
  ['${env:}', 'Sallyport: ${env:} names nothing'],
  ['${PW}', 'Sallyport: a reference is not closed or has no scheme'],
  ['${env:PW', 'Sallyport: a reference is not closed or has no scheme'],
];

describe('what cannot be resolved', () => {
  for (const [secret, message] of refused) {
    test(secret, async () => {
      await assert.rejects(secretResolver(folder, environment)(secret), (error) => {
        assert.ok(error instanceof SallyportError);
        assert.equal(error.code, 'credential_unavailable');
        assert.equal(error.message, message);
        assert.doesNotMatch(`${error.message} ${error.hint ?? ''}`, /hunter2/);
        return true;
      });
    });
  }
});
