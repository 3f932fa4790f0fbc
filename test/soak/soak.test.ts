import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { soak } from '../../bench/soak/soak.ts';

const durationMs = 25_000;

async function wellThrough(t: TestContext, workers: number): Promise<void> {
  const seed = randomInt(1_000_000);
  t.diagnostic(`seed ${seed}`);
  const { checks, wrong, log } = await soak({ seed, durationMs, workers, say: (what) => t.diagnostic(what) });
  const failed = checks.filter(({ good }) => !good).map(({ what, figures }) => `${what}: ${figures}`);
  assert.deepEqual(failed, [], [`seed ${seed}`, ...failed, ...wrong, log.slice(-5_000)].join('\n'));
}

test('after half a minute of everything, and kills of all that can be killed, all is as it should be', (t) =>
  wellThrough(t, 0));

test('the same with workers, which are killed too', (t) => wellThrough(t, 2));
