import { z } from 'zod';
import { visible } from '../../contract/visible.ts';
import { explainedBody } from '../../explained.ts';
import { lines } from '../answer.ts';
import type { Act } from '../asker.ts';
import { targetFor } from '../places.ts';

export const explainArguments = z.strictObject({
  target: z.string().describe('as list_targets names it'),
  command: z.string().min(1).describe('SQL, or a method and a path: GET /v1/customers/7'),
});

/** What the rules say of a command, without running it. */
export const explain: Act<z.output<typeof explainArguments>> = async (parts, { caller }, args) => {
  const target = targetFor(parts, caller, args.target);
  const explanation = await parts.explain({ identity: caller, target, text: args.command });
  const body = explainedBody(explanation, parts.budgets.left(caller, target));
  const { verdict, because, effects, uncovered, allowed, approvers, masks, budgets, limits } = body;
  const counting = body.rules.filter(({ does }) => does.length > 0).map(({ name }) => name);
  const asks = parts.requests.requestable(caller, target).map(({ rule }) => rule);
  const said = {
    allow: 'It would run.',
    hold: `It would be held until ${people(approvers)}.`,
    deny: `It would be refused: ${because ?? 'no rule allows it'}`,
  }[verdict];
  return {
    text: lines(
      visible(said),
      `It does: ${effects.length === 0 ? 'nothing to the target' : effects.map(visible).join(', ')}.`,
      uncovered.length === 0 ? undefined : `Not covered: ${uncovered.map(visible).join(', ')}.`,
      verdict === 'deny' ? `Allowed to you there: ${allowed.join('; ') || 'nothing'}.` : undefined,
      verdict === 'deny' && asks.length > 0
        ? `Next: if it is needed, request_access with one of these rules: ${asks.map((name) => `"${visible(name)}"`).join(', ')}.`
        : undefined,
      counting.length === 0
        ? undefined
        : `Rules: ${counting.map((name) => `"${visible(name)}"`).join(', ')}.`,
      limits.rows === undefined ? undefined : `At most ${limits.rows} rows.`,
      ...budgets.map(({ name, left, unit, per }) =>
        left === null ? undefined : `Budget "${visible(name)}": ${left} ${unit} left a ${per}.`,
      ),
    ),
    data: {
      verdict,
      because,
      effects,
      uncovered,
      allowed,
      approvers,
      limits,
      rules: counting,
      masks,
      budgets,
    },
  };
};

function people(
  approvers: readonly {
    readonly groups?: readonly string[] | undefined;
    readonly subjects?: readonly string[] | undefined;
    readonly count: number;
  }[],
): string {
  const each = approvers.map(
    ({ groups = [], subjects = [], count }) =>
      `${count} of ${[...groups.map((group) => `group ${group}`), ...subjects].join(' or ')}`,
  );
  return each.length === 0 ? 'somebody approves' : `${each.join(' and ')} approve`;
}
