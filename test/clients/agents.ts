import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { HoldView } from '../../src/core/approvals.ts';
import type { Who } from '../fixtures/gateway.ts';
import { planted } from '../fixtures/agents-stage.ts';
import type { AgentsStage } from '../fixtures/agents-stage.ts';
import { until } from '../fixtures/until.ts';
import { agentsPython } from './drivers/roster.ts';
import { good, start } from './stage.ts';

export const root = resolve(import.meta.dirname, '../..');
const how = 'run test/clients/drivers/install.sh';
export const lena: Who = { subject: 'lena', kind: 'human', groups: ['leads'] };
/** CrewAI alone takes many seconds to load on a busy machine. */
const toTheRefundMs = 400_000;

/** Whether the agents' libraries are there; where all drivers must run, a test says so when they are not. */
export const installed = process.env['SALLYPORT_TEST_ALL_DRIVERS'] === '1' || existsSync(agentsPython);
export const notRun = `not run: ${how}`;

export interface Played {
  /** What it printed. */
  readonly out: string;
  readonly approval: HoldView;
  /** What an approver was shown of it. */
  readonly shown: string;
  /** How many refunds there were while it was held. */
  readonly before: number;
}

/** Runs an example until its refund is held, has lena agree, and lets it end. */
export async function play(stage: AgentsStage, example: string): Promise<Played> {
  const env = { ...(await stage.environment()), PYTHONPYCACHEPREFIX: join(agentsPython, '../../compiled') };
  const { child, ended } = start([agentsPython, join(root, example)], {
    env,
    cwd: stage.gateway.dir,
    how,
  });
  const ask = async (): Promise<HoldView | undefined> => {
    if (child.exitCode !== null) assert.fail(`it ended too early: ${(await ended).err.slice(-4_000)}`);
    return (await stage.gateway.gateway.approvals.list({ status: 'pending' }))[0];
  };
  try {
    const approval = await until('a refund to be held', ask, toTheRefundMs);
    const shown = await sallyport(stage, lena, 'approvals', approval.id);
    const before = (await stage.refunds()).length;
    await sallyport(stage, lena, 'approve', approval.id);
    const { code, out, err } = await ended;
    assert.equal(code, 0, `${out}\n${err}`);
    return { out, approval, shown, before };
  } finally {
    child.kill();
  }
}

/** The command line, as somebody; what it printed. */
export async function sallyport(stage: AgentsStage, who: Who, ...args: string[]): Promise<string> {
  const { gateway } = stage;
  return good([process.execPath, join(root, 'bin/sallyport.js'), ...args], {
    cwd: gateway.dir,
    env: {
      PATH: process.env['PATH'],
      SALLYPORT_URL: `https://localhost:${gateway.gateway.ports.http}`,
      SALLYPORT_TOKEN: await gateway.token(who),
    },
    how: 'it is this checkout',
  });
}

/** Looks at every byte that the model was sent, and at what else the agents reached. */
export async function assertKept(stage: AgentsStage): Promise<void> {
  const sent = stage.model.everything();
  // Masked, so it was there to be seen.
  for (const seen of ['b***@***.example', '************4444', 'tok_', '[redacted]'])
    assert.ok(sent.includes(seen), seen);
  for (const secret of [...planted, 'spt_', (await stage.environment())['SALLYPORT_TOKEN'] ?? '']) {
    assert.ok(!sent.includes(secret), `"${secret}" reached the model`);
  }
  assert.deepEqual(stage.strayed, []);
}
