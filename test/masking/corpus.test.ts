import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { corpus } from '../fixtures/masking-corpus.ts';
import type { Entry } from '../fixtures/masking-corpus.ts';
import { MaskingJudge } from '../fixtures/masking-judge.ts';
import type { Judgement } from '../fixtures/masking-judge.ts';
import { MaskingStage } from '../fixtures/masking-stage.ts';

// THREATS 16 to 24: test/corpus/masking says what is tried, and how it is judged.

const attempts = corpus('attempts');
const everyday = corpus('everyday');

let stage: MaskingStage;
let judge: MaskingJudge;
const outcomes = new Map<Entry, Judgement['outcome']>();

before(async () => {
  stage = await MaskingStage.start();
  judge = await MaskingJudge.prepare(stage);
});
after(async () => {
  await stage?.stop();
  const count = (of: readonly Entry[], outcome: Judgement['outcome']): number =>
    of.filter((it) => outcomes.get(it) === outcome).length;
  const right = everyday.filter((it) => outcomes.get(it) === it.expect).length;
  const counts = (['leaked', 'masked', 'refused', 'clear', 'failed'] as const).map(
    (it) => `${it} ${count(attempts, it)}`,
  );
  console.log(
    `${attempts.length} attempts: ${counts.join(', ')}\neveryday queries: right ${right} of ${everyday.length}`,
  );
});

for (const [title, entries] of [
  ['attempts', attempts],
  ['everyday', everyday],
] as const) {
  describe(title, () => {
    test('names are not used twice', () => {
      const names = entries.map(({ file, name }) => `${file}: ${name}`);
      assert.equal(new Set(names).size, names.length);
      assert.equal(
        new Set(entries.map(({ statements, parameters }) => JSON.stringify([statements, parameters]))).size,
        names.length,
      );
    });
    for (const entry of entries) test(`${entry.file}: ${entry.name}`, () => holds(entry));
  });
}

async function holds(entry: Entry): Promise<void> {
  for (const mode of entry.modes) {
    const { outcome, why } = await judge.judge(entry, mode);
    // The worst of all modes counts in the table.
    if (outcomes.get(entry) !== 'leaked') outcomes.set(entry, outcome);
    assert.equal(outcome, entry.expect, `${mode}: ${entry.statements.join(';\n')}\n  ${why}`);
  }
}
