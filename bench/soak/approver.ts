import { setTimeout as pause } from 'node:timers/promises';

import { ApiError } from '../../src/api/client.ts';
import type { Client } from '../../src/api/client.ts';
import { routes } from '../../src/api/contract/routes.ts';
import type { ApprovalBody } from '../../src/api/contract/schemas.ts';
import type { Disturbances } from './disturbances.ts';
import { idPattern } from './ledger.ts';
import type { Ledger } from './ledger.ts';

const everyMs = 50;

/** Decides over the API on what is held, as the kind of its mark has it, until `signal` aborts. */
export async function approve(
  client: Client,
  { ledger, disturbances, signal }: { ledger: Ledger; disturbances: Disturbances; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    const fromMs = performance.now();
    try {
      const { approvals } = await client.call(routes.listApprovals, { query: { state: 'pending' } });
      for (const approval of approvals) await decide(client, approval, ledger);
    } catch (error) {
      if (!disturbances.since(fromMs)) ledger.complain(`the approver: ${String(error)}`);
    }
    await pause(everyMs);
  }
}

async function decide(client: Client, approval: ApprovalBody, ledger: Ledger): Promise<void> {
  const [id = ''] = JSON.stringify([approval.text, approval.parameters]).match(idPattern) ?? [];
  const decision = decisionOn(id, approval.waiting);
  if (decision === undefined) return;
  try {
    await client.call(routes.decideApproval, { params: { id: approval.id }, body: { decision } });
  } catch (error) {
    // Its client has left meanwhile.
    if (error instanceof ApiError && error.code === 'conflict')
      return ledger.count('decisions that came too late');
    throw error;
  }
  if (decision === 'approve') ledger.approved.add(id);
  ledger.count(`decisions: ${decision}`);
}

function decisionOn(id: string, waiting: boolean): 'approve' | 'deny' | undefined {
  switch (id[0]) {
    case 'y':
    case 'x':
      return 'approve';
    case 'n':
      return 'deny';
    case 'w':
      return waiting ? undefined : 'approve';
    default:
      return undefined;
  }
}
