import { SallyportError } from '../core/errors.ts';
import type { Rule } from '../core/rule.ts';
import type { Target } from '../core/target.ts';
import { becauseCharsMax } from './vote.ts';

// Why a request is not even laid before those who decide.

/** @throws SallyportError */
export function checkAsked(
  { name }: Rule,
  asked: { readonly forMs: number; readonly longestMs: number; readonly because: string },
): void {
  const { forMs, longestMs, because } = asked;
  if (because.trim() === '') {
    throw new SallyportError('protocol', 'Sallyport: a request needs a reason', {
      hint: 'Say why: --because "ticket 4711".',
    });
  }
  if (because.length > becauseCharsMax) {
    throw new SallyportError('too_large', `the reason is longer than ${becauseCharsMax} characters`);
  }
  if (forMs <= longestMs) return;
  const longest = `${longestMs / 1000} s`;
  throw new SallyportError('denied', `Sallyport: rule "${name}" wakes for ${longest} at the longest`, {
    hint: `Ask for ${longest} or less.`,
  });
}

export function waitsAlready({ name }: Rule, target: Target): SallyportError {
  return new SallyportError(
    'conflict',
    `Sallyport: a request for "${name}" on ${target.name} waits already`,
    { hint: 'sallyport requests shows it; end it to ask anew.' },
  );
}

export function askedTooOften(perHourMax: number): SallyportError {
  return new SallyportError('limit_requests', `Sallyport: ${perHourMax} requests in an hour are enough`, {
    hint: 'Wait, or talk to the people who decide.',
  });
}
