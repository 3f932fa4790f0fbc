import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { HoldView } from '../../src/core/approvals.ts';
import type { TestGateway, Who } from '../fixtures/gateway.ts';
import { modelKey, planted } from '../fixtures/agents-stage.ts';
import type { AgentsStage } from '../fixtures/agents-stage.ts';
import { until } from '../fixtures/until.ts';
import { agentsPython } from './drivers/roster.ts';
import { good, start } from './stage.ts';
import type { Running } from './stage.ts';

export const root = resolve(import.meta.dirname, '../..');
const how = 'run test/clients/drivers/install.sh';
export const lena: Who = { subject: 'lena', kind: 'human', groups: ['leads'] };
/** CrewAI alone takes many seconds to load on a busy machine. */
const toTheHoldMs = 400_000;

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

/**
 * Runs an example until its refund is held, has lena agree, and lets it end. With `late` she does so when nobody waits for
 * her any longer, and that is called when she has.
 */
export async function play(stage: AgentsStage, example: string, late?: () => void): Promise<Played> {
  const { gateway } = stage;
  const running = begin(example, await stage.environment(), gateway.dir);
  try {
    const approval = await heldFor(running, gateway, late === undefined);
    const shown = await sallyport(gateway, lena, 'approvals', approval.id);
    const before = (await stage.refunds()).length;
    await sallyport(gateway, lena, 'approve', approval.id);
    late?.();
    return { out: await outOf(running), approval, shown, before };
  } finally {
    running.child.kill();
  }
}

export function begin(example: string, env: NodeJS.ProcessEnv, cwd: string): Running {
  // What is compiled for the first of them need not be for the next.
  const compiled = { PYTHONPYCACHEPREFIX: join(agentsPython, '../../compiled') };
  return start([agentsPython, join(root, example)], { env: { ...env, ...compiled }, cwd, how });
}

/** What it waits for, or has waited for; an error if it ends before. */
export async function heldFor(
  { child, ended }: Running,
  { gateway }: TestGateway,
  waiting = true,
): Promise<HoldView> {
  const ask = async (): Promise<HoldView | undefined> => {
    if (child.exitCode !== null || child.signalCode !== null)
      assert.fail(`it ended too early: ${(await ended).err.slice(-4_000)}`);
    const pending = await gateway.approvals.list({ status: 'pending' });
    return pending.find((approval) => approval.waiting === waiting);
  };
  return until('a command to be held', ask, toTheHoldMs);
}

export async function outOf({ ended }: Running): Promise<string> {
  const { code, out, err } = await ended;
  assert.equal(code, 0, `${out}\n${err}`);
  return out;
}

/** The command line, as somebody; what it printed. */
export async function sallyport(gateway: TestGateway, who: Who, ...args: string[]): Promise<string> {
  return good([process.execPath, join(root, 'bin/sallyport.js'), ...args], {
    cwd: gateway.dir,
    env: {
      PATH: process.env['PATH'],
      SALLYPORT_URL: `https://127.0.0.1:${gateway.gateway.ports.http}`,
      SALLYPORT_TOKEN: await gateway.token(who),
    },
    how: 'it is this checkout',
  });
}

/** Looks at every byte that the model was sent, and at what else the agents reached. */
export function assertKept(stage: AgentsStage): void {
  const sent = stage.model.everything();
  // Masked, so it was there to be seen; and the key is the gateway's.
  for (const seen of ['b***@***.example', '************4444', 'tok_', '[redacted]', `Bearer ${modelKey}`]) {
    assert.ok(sent.includes(seen), `nothing like "${seen}" reached the model`);
  }
  for (const secret of planted) assert.ok(!sent.includes(secret), `"${secret}" reached the model`);
  assert.doesNotMatch(sent, /spt_[\w-]{22}|eyJ[\w-]+\.eyJ/, 'a ticket or a token reached the model');
  assert.deepEqual(stage.strayed, []);
}
