import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { python } from './python.ts';
import { good, loader, setClientStage } from './stage.ts';
import type { ClientStage } from './stage.ts';

let stage: ClientStage;

before(async () => {
  stage = await setClientStage();
});
after(() => stage.stop());

describe('psycopg', () => {
  for (const file of ['check_psycopg3.py', 'check_psycopg2.py']) {
    test(file, async () => {
      const { program, how } = python;
      const env = { ...(await stage.environment()), LOADER_TOKEN: await stage.gateway.token(loader) };
      const out = await good([program, resolve(import.meta.dirname, file)], { env, how });
      assert.match(out, /is well/);
    });
  }
});
