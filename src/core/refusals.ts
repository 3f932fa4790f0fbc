import { describeEffect } from './effect.ts';
import type { Effect } from './effect.ts';
import { SallyportError } from './errors.ts';
import type { Decision, HoldTicket } from './ports.ts';
import { requestHint, requestable } from './requestable.ts';
import type { Session } from './session.ts';
import type { Allow, Deny, Hold } from './verdict.ts';

/** More than these nobody reads, and a command can have thousands. */
const namedMax = 20;

/** A rule said no, or none said yes. */
export function denial(verdict: Deny, session: Session): SallyportError {
  const uncovered = namedOf(verdict.uncovered);
  const asks = requestable(session.target.name, (verdict.requestable ?? []).slice(0, namedMax));
  return new SallyportError('denied', `Sallyport: ${whyDenied(verdict, uncovered, session.target.name)}`, {
    hint: verdict.instead ?? `${whatInstead(verdict, session)} ${requestHint(asks) || whomToAsk(verdict)}`,
    detail: {
      rules: verdict.rules,
      uncovered,
      allowed: verdict.allowed,
      ...(asks.length === 0 ? {} : { requestable: asks }),
    },
  });
}

function whatInstead({ allowed }: Deny, { identity, target }: Session): string {
  return allowed.length > 0
    ? `${identity.subject} may do this on ${target.name}: ${allowed.join('; ')}.`
    : `Nothing is allowed to ${identity.subject} on ${target.name}.`;
}

function whomToAsk({ allowed }: Deny): string {
  return allowed.length > 0
    ? 'Ask whoever keeps sallyport.yaml for a rule that covers more.'
    : 'Ask whoever keeps sallyport.yaml for a rule.';
}

function namedOf(effects: readonly Effect[]): string[] {
  const named = effects.slice(0, namedMax).map(describeEffect);
  return effects.length > namedMax ? [...named, `${effects.length - namedMax} more`] : named;
}

function whyDenied({ rules, because }: Deny, uncovered: readonly string[], target: string): string {
  if (uncovered.length > 0) return `no rule allows ${uncovered.join(', ')} on ${target}`;
  const names = rules.map((name) => `"${name}"`).join(', ');
  if (rules.length === 0) return because;
  return rules.length === 1 ? `rule ${names} refuses it: ${because}` : `rules ${names} refuse it: ${because}`;
}

export function undisclosable(why: string, verdict: Allow | Hold): SallyportError {
  return new SallyportError('undisclosable', `Sallyport: ${why}`, {
    hint: 'Select sensitive columns plainly, in the outermost select list, where they come back masked; or ask for a rule with "reveal".',
    detail: { rules: verdict.rules },
  });
}

export function holdDenied(ticket: HoldTicket, decision: Decision & { kind: 'denied' }): SallyportError {
  const reason = decision.because === undefined ? '' : `: ${decision.because}`;
  return new SallyportError('hold_denied', `Sallyport: ${decision.by} denied this command${reason}`, {
    hint: 'Do something else, or talk to the person who denied it.',
    detail: { approval: ticket.id, url: ticket.url },
  });
}

export function holdPending(ticket: HoldTicket, verdict: Hold): SallyportError {
  return new SallyportError(
    'hold_pending',
    ticket.waitMs === 0
      ? `Sallyport: approval ${ticket.id} waits for somebody to decide`
      : `Sallyport: nobody decided on approval ${ticket.id} within ${ticket.waitMs / 1000} s`,
    {
      hint: `Once it is approved at ${ticket.url}, send the same command again within ${verdict.validMs / 1000} s; it then runs once.`,
      detail: { rules: verdict.rules, approval: ticket.id, url: ticket.url },
    },
  );
}

/** Approved, but by people who are not enough under the rules of now. */
export function holdOutdated(id: string): SallyportError {
  return new SallyportError('hold_withdrawn', 'Sallyport: the rules changed while this command was held', {
    hint: 'It did not run. Send it again: whoever must agree now will be asked.',
    detail: { approval: id },
  });
}

export function holdWithdrawn(id: string): SallyportError {
  return new SallyportError('hold_withdrawn', 'Sallyport: the held command was cancelled', {
    hint: 'It did not run.',
    detail: { approval: id },
  });
}
