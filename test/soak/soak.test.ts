import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';

import { soak } from '../../bench/soak/soak.ts';

const durationMs = 25_000;

test('after half a minute of everything, and kills of all that can be killed, all is as it should be', async (t) => {
  const seed = randomInt(1_000_000);
  t.diagnostic(`seed ${seed}`);
  const { checks, wrong, log } = await soak({ seed, durationMs, say: (what) => t.diagnostic(what) });
  const failed = checks.filter(({ good }) => !good).map(({ what, figures }) => `${what}: ${figures}`);
  assert.deepEqual(failed, [], [`seed ${seed}`, ...failed, ...wrong, log.slice(-5_000)].join('\n'));
});
