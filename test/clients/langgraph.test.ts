import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { agentScript, isPending } from '../fixtures/agents-script.ts';
import { setAgentsStage } from '../fixtures/agents-stage.ts';
import type { AgentsStage } from '../fixtures/agents-stage.ts';
import { assertKept, installed, notRun, play, root } from './agents.ts';
import type { Played } from './agents.ts';

// The agent of examples/langgraph as it stands: real LangGraph, a model that is a script.

if (installed) {
  describe('examples/langgraph', () => {
    let stage: AgentsStage;
    let it: Played;

    before(async () => {
      const agreed = Promise.withResolvers<void>();
      stage = await setAgentsStage(async (asked) => {
        // A model that comes back when somebody has decided.
        if (isPending(asked.results.at(-1))) await agreed.promise;
        return agentScript(asked);
      }, '1s');
      it = await play(stage, 'examples/langgraph/agent.py', agreed.resolve);
    });
    after(() => stage?.stop());

    test('the refund waited for a person, and was made once', async () => {
      assert.equal(it.before, 0);
      assert.deepEqual(await stage.refunds(), [{ id: 'r_1', payment: 'p_72', amount: '410.00' }]);
      assert.equal(it.out, 'Refunded: r_1.\n');
    });

    test('it was told that nobody had decided in time, and asked again', () => {
      const [pending = '', ...more] = stage.model.results().filter(isPending);
      assert.deepEqual(more, []);
      const page = readFileSync(join(root, 'docs/crewai.md'), 'utf8');
      const told = pending
        .replaceAll(it.approval.id, '0f96…')
        .replaceAll(/https:\/\/127\.0\.0\.1:\d+/g, 'https://gateway:8443');
      assert.ok(page.includes(told), `docs/crewai.md lacks:\n${told}`);
    });

    test('its model answered in a stream', () => {
      assert.match(stage.model.everything(), /"stream":\s*true/);
    });

    test('no secret reached the model, and the agent reached nobody else', () => assertKept(stage));
  });
} else {
  test('examples/langgraph', (t) => t.diagnostic(notRun));
}
