import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { crewScript } from '../fixtures/agents-script.ts';
import { planted, setAgentsStage } from '../fixtures/agents-stage.ts';
import type { AgentsStage } from '../fixtures/agents-stage.ts';
import { assertKept, installed, lena, notRun, play, root, sallyport } from './agents.ts';
import type { Played } from './agents.ts';

// The crew of examples/crewai as it stands: real CrewAI, a model that is a script.

if (installed) {
  describe('examples/crewai', () => {
    let stage: AgentsStage;
    let it: Played;

    before(async () => {
      stage = await setAgentsStage(crewScript);
      it = await play(stage, 'examples/crewai/crew.py');
    });
    after(() => stage?.stop());

    test('the refund waited for a person, and was made once, though asked for twice', async () => {
      assert.equal(it.before, 0);
      assert.match(it.shown, /POST \/v1\/refunds/);
      assert.match(it.shown, /purpose: refund double charges\n +task: +T-4711/);
      assert.deepEqual(await stage.refunds(), [{ id: 'r_1', payment: 'p_72', amount: '410.00' }]);
      assert.equal(it.out, 'Refunded: r_1.\n');
    });

    test('no secret reached the model, and the crew reached nobody else', () => assertKept(stage));

    test('docs/crewai.md shows what the model was told, and the approver', () => {
      const page = readFileSync(join(root, 'docs/crewai.md'), 'utf8');
      const shown = it.shown
        .replaceAll(it.approval.id, '0f96…')
        .replace(/\d+ s old/, '1 s old')
        .trim();
      assert.ok(page.includes(shown), `docs/crewai.md lacks:\n${shown}`);
      const told = stage.model.results().map((result) => result.replaceAll(/tok_[\w-]+/g, 'tok_…'));
      assert.equal(told.length, 8);
      assert.equal(told[7], told[6]);
      for (const result of told) assert.ok(page.includes(result), `docs/crewai.md lacks:\n${result}`);
    });

    test('the record says who, what for, and what happened', async () => {
      const { sessions } = JSON.parse(await sallyport(stage.gateway, lena, 'sessions', '--json'));
      const told = sessions.map(({ target, identity, commands }: SessionRow) =>
        [
          target,
          identity.subject,
          identity.purpose,
          identity.task,
          ...(target === 'orders' ? [] : [commands]),
        ].join(),
      );
      assert.deepEqual(told.toSorted(), [
        'billing,shop-crew,find double charges,T-4711,1',
        'billing,shop-crew,refund double charges,T-4711,1',
        'model,shop-crew,find double charges,T-4711,6',
        'model,shop-crew,refund double charges,T-4711,4',
        'orders,shop-crew,find double charges,T-4711',
      ]);
      const replayed = await sallyport(stage.gateway, lena, 'replay', it.approval.session, '--speed', '0');
      assert.match(replayed, /purpose: refund double charges\n +task: +T-4711/);
      assert.match(replayed, /refused \(denied\)\n +│ POST \/v1\/payments\/p_72\/cancel/);
      assert.match(replayed, /approved by human lena .*#1 approved .* by "crews refund with a nod"/s);
    });

    test('the record is as it was written, and has no secret either', async () => {
      const events = JSON.stringify(await stage.gateway.events());
      for (const secret of planted) assert.ok(!events.includes(secret), `"${secret}" is in the record`);
      assert.match(await sallyport(stage.gateway, lena, 'audit', 'verify'), /^intact: /);
    });
  });
} else {
  test('examples/crewai', (t) => t.diagnostic(notRun));
}

interface SessionRow {
  readonly target: string;
  readonly identity: { readonly subject: string; readonly purpose?: string; readonly task?: string };
  readonly commands: number;
}
