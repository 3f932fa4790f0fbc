import { setTimeout as pause } from 'node:timers/promises';

import { ApiError } from '../../src/api/client.ts';
import type { Client } from '../../src/api/client.ts';
import { routes } from '../../src/api/contract/routes.ts';
import type { Chance } from './chance.ts';
import type { Disturbances } from './disturbances.ts';
import type { Ledger } from './ledger.ts';

const everyMsMax = 4_000;

/** Ends somebody's session over the API every now and then, until `signal` aborts. */
export async function killSessions(
  client: Client,
  it: { chance: Chance; ledger: Ledger; disturbances: Disturbances; signal: AbortSignal },
): Promise<void> {
  const { chance, ledger, disturbances, signal } = it;
  while (!signal.aborted) {
    const fromMs = performance.now();
    try {
      const { sessions } = await client.call(routes.listSessions, { query: { state: 'live' } });
      const victim = sessions[chance.from(0, Math.max(0, sessions.length - 1))];
      if (victim !== undefined) await kill(client, victim.id, victim.application ?? '', it);
    } catch (error) {
      if (!disturbances.since(fromMs)) ledger.complain(`whoever kills sessions: ${String(error)}`);
    }
    await pause(chance.from(1, everyMsMax));
  }
}

async function kill(
  client: Client,
  id: string,
  application: string,
  { ledger, disturbances }: { ledger: Ledger; disturbances: Disturbances },
): Promise<void> {
  disturbances.kill(application);
  try {
    await client.call(routes.killSession, { params: { id } });
    ledger.count('killed: a session, over the API');
  } catch (error) {
    // It was over already.
    if (!(error instanceof ApiError && ['conflict', 'not_found'].includes(error.code))) throw error;
  }
}
