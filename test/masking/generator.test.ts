import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { array, assert as holds, asyncProperty, constantFrom, nat, record } from 'fast-check';

import { modes } from '../fixtures/masking-corpus.ts';
import { MaskingJudge } from '../fixtures/masking-judge.ts';
import { MaskingStage } from '../fixtures/masking-stage.ts';
import { randomStatement } from '../fixtures/random-sql.ts';

// MASKING_SEED and MASKING_RUNS repeat a run, or lengthen it.
const seed = Number(process.env['MASKING_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const numRuns = Number(process.env['MASKING_RUNS'] ?? 3000);

let stage: MaskingStage;
let judge: MaskingJudge;

before(async () => {
  stage = await MaskingStage.start();
  judge = await MaskingJudge.prepare(stage);
});
after(() => stage?.stop());

/** Grouping and joining by hidden columns is allowed, and leaves rows in an order of its own. */
const anyOrder = /\b(GROUP BY|DISTINCT|UNION|EXCEPT|INTERSECT|JOIN|EXISTS|IN \(SELECT|WITH|LATERAL)\b/;

test(`whatever is asked, the two worlds answer alike (seed ${seed})`, async () => {
  const counts = new Map<string, number>();
  const question = record({
    choices: array(nat(0xffff), { minLength: 4, maxLength: 90, size: 'max' }),
    mode: constantFrom(...modes),
  });
  await holds(
    asyncProperty(question, async ({ choices, mode }) => {
      const sql = randomStatement(choices);
      const { outcome, why } = await judge.judge(
        {
          statements: sql.split('; '),
          parameters: [],
          data: [],
          masked: [],
          with: new Set(anyOrder.test(sql) ? ['order'] : []),
        },
        sql.includes('; ') || !/^(SELECT|WITH)/.test(sql) ? 'simple' : mode,
      );
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      assert.ok(outcome !== 'leaked' && !why.startsWith("not the server's"), `${mode}: ${sql}\n  ${why}`);
    }),
    { seed, numRuns },
  );
  const table = [...counts].map(([outcome, count]) => `${outcome} ${count}`).join(', ');
  console.log(`${numRuns} random statements (seed ${seed}): leaked 0, ${table}`);
  // Otherwise it would pass by running nothing.
  assert.ok((counts.get('masked') ?? 0) > numRuns / 50, table);
});
