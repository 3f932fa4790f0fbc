import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { agentScript } from '../fixtures/agents-script.ts';
import { setAgentsStage } from '../fixtures/agents-stage.ts';
import type { AgentsStage } from '../fixtures/agents-stage.ts';
import { assertKept, installed, notRun, play } from './agents.ts';
import type { Played } from './agents.ts';

// The agent of examples/langgraph as it stands: real LangGraph, a model that is a script.

if (installed) {
  describe('examples/langgraph', () => {
    let stage: AgentsStage;
    let it: Played;

    before(async () => {
      stage = await setAgentsStage(agentScript);
      it = await play(stage, 'examples/langgraph/agent.py');
    });
    after(() => stage?.stop());

    test('the refund waited for a person, and was made once', async () => {
      assert.equal(it.before, 0);
      assert.deepEqual(await stage.refunds(), [{ id: 'r_1', payment: 'p_72', amount: '410.00' }]);
      assert.equal(it.out, 'Refunded: r_1.\n');
    });

    test('its model answered in a stream', () => {
      assert.match(stage.model.everything(), /"stream":\s*true/);
    });

    test('no secret reached the model, and the agent reached nobody else', () => assertKept(stage));
  });
} else {
  test('examples/langgraph', (t) => t.diagnostic(notRun));
}
