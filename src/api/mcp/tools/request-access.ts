import { z } from 'zod';
import { SallyportError } from '../../../core/errors.ts';
import { gatewayTargetName } from '../../../core/target.ts';
import { visible } from '../../contract/visible.ts';
import { lines } from '../answer.ts';
import type { Act } from '../asker.ts';

export const requestArguments = z.strictObject({
  target: z.string().describe('as list_targets names it'),
  rule: z.string().describe('as describe_target or a refusal names it'),
  because: z.string().min(1).describe('why, for the people who decide'),
  minutes: z.int().min(1).max(10_080).optional().describe('how long; as long as the rule lets if left out'),
});

/** Asks people to wake a rule for a while. */
export const requestAccess: Act<z.output<typeof requestArguments>> = async (
  parts,
  { caller },
  { target: name, rule, because, minutes },
) => {
  const { gatewayTarget } = parts;
  const target = name === gatewayTargetName ? gatewayTarget : parts.targets().get(name);
  if (target === undefined) throw nothingThere(name);
  const forMs = minutes === undefined ? {} : { forMs: minutes * 60_000 };
  const { id, state, url } = await parts.requests.open({ by: caller, target, rule, because, ...forMs });
  const next =
    state === 'granted'
      ? 'it counts already: run what you wanted to.'
      : `call wait_for_approval with id "${id}", then run what you wanted to.`;
  return {
    text: lines(`Request ${id} is ${state}.`, `It is decided at ${visible(url)}`, `Next: ${next}`),
    data: { id, state, url, next },
  };
};

/** In the same words as for one that is there. */
function nothingThere(name: string): SallyportError {
  return new SallyportError('not_found', `Sallyport: there is nothing to ask for on ${name}`, {
    hint: 'describe_target says what may be asked for.',
  });
}
