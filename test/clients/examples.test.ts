import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { python } from './python.ts';
import { assertNoSecret, good, setClientStage } from './stage.ts';
import type { ClientStage } from './stage.ts';

const folder = resolve(import.meta.dirname, '../../examples/postgres');
let stage: ClientStage;

before(async () => {
  stage = await setClientStage();
});
after(() => stage.stop());

describe('examples/postgres', () => {
  const examples: readonly [string, string, string][] = [
    ['sh', 'psql.sh', 'install psql with "apt-get install postgresql-client"'],
    [process.execPath, 'node-postgres.mjs', 'this is Node itself'],
    [python.program, 'psycopg3.py', python.how],
  ];
  for (const [program, file, how] of examples) {
    test(file, async () => {
      const out = await good([program, resolve(folder, file)], { env: await stage.environment(), how });
      assert.match(out, /c\*\*\*@\*\*\*\.example/);
      assert.match(out, /refused, as it should be|42501 denied .*read/);
      assertNoSecret(out);
    });
  }
});
