import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { visible } from '../../contract/visible.ts';
import type { ApiParts } from '../../parts.ts';
import { mustStand } from '../../caller.ts';
import { lines } from '../answer.ts';
import type { Answer } from '../answer.ts';
import type { Act, Asker } from '../asker.ts';

/** Below the minute that clients of MCP wait for an answer. */
const secondsMax = 50;
const secondsDefault = 30;
/** How often it is looked whether somebody has decided. */
const lookMs = 500;

export const waitArguments = z.strictObject({
  id: z.string().min(1).max(100).describe('of an approval, or of a request (r_…)'),
  seconds: z
    .int()
    .min(0)
    .max(secondsMax)
    .optional()
    .describe(`how long to wait; ${secondsDefault} if left out`),
});

/** Waits until people have decided, for a while. */
export const waitForApproval: Act<z.output<typeof waitArguments>> = async (
  parts,
  asker,
  { id, seconds = secondsDefault },
) => {
  const untilMs = parts.clock.now() + seconds * 1_000;
  for (;;) {
    await mustStand(parts, asker.caller);
    const state = await stateOf(parts, asker, id);
    if (state.name !== 'pending' || parts.clock.now() >= untilMs) return told(id, state);
    await pause(Math.min(lookMs, Math.max(1, untilMs - parts.clock.now())), undefined, {
      signal: asker.signal,
    });
  }
};

interface State {
  readonly name: string;
  /** An approval can be used, or a request is granted, until then: ISO 8601. */
  readonly until?: string;
  readonly because?: string;
  readonly url: string;
  readonly of: 'approval' | 'request';
}

/** @throws SallyportError `not_found`, also where it is somebody else's */
async function stateOf({ approvals, requests }: ApiParts, { caller }: Asker, id: string): Promise<State> {
  const isRequest = id.startsWith('r_');
  const view = isRequest ? await requests.get(id, caller) : await approvals.get(id, caller);
  const untilMs = 'until' in view ? view.until : view.validUntil;
  const because = view.decisions.findLast(({ decision }) => decision === 'deny')?.because ?? undefined;
  return {
    name: view.state,
    url: view.url,
    of: isRequest ? 'request' : 'approval',
    ...(untilMs === null ? {} : { until: new Date(untilMs).toISOString() }),
    ...(because === undefined ? {} : { because }),
  };
}

function told(id: string, { name, until, because, url, of }: State): Answer {
  const next = nextOf(name, id, of);
  return {
    text: lines(
      `The ${of} ${id} is ${name}${until === undefined ? '' : `, until ${until}`}.`,
      because === undefined ? undefined : `Whoever denied it says: ${visible(because)}`,
      name === 'pending' ? `It is decided at ${visible(url)}` : undefined,
      `Next: ${next}`,
    ),
    data: {
      id,
      state: name,
      ...(until === undefined ? {} : { until }),
      ...(because === undefined ? {} : { because: visible(because) }),
      url,
      next,
    },
  };
}

function nextOf(state: string, id: string, of: State['of']): string {
  switch (state) {
    case 'pending':
      return `nobody has decided yet. Call wait_for_approval with id "${id}" again, or do something else meanwhile.`;
    case 'approved':
      return 'call run again with exactly the same arguments. It then runs once.';
    case 'granted':
      return 'run what you wanted to.';
    case 'denied':
      return 'do something else, or tell whoever asked you that it was denied.';
    case 'used':
      return 'it has run. Run it again only if it is to happen twice: that is another approval.';
    default:
      return of === 'request'
        ? 'ask again with request_access if it is still needed.'
        : 'call run again if it is still needed.';
  }
}
