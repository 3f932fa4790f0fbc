import { SallyportError } from '../../core/errors.ts';
import type { Analysis } from '../../wire/sql/analyse.ts';

// What the gate refuses by itself, before any rule is asked.

export function unknownName(code: 'unknown_statement' | 'unknown_portal', name: string): SallyportError {
  const what = code === 'unknown_portal' ? 'portal' : 'prepared statement';
  return new SallyportError(code, `Sallyport: ${what} "${name}" does not exist`);
}

export function tooManyNames(what: string): SallyportError {
  return new SallyportError('too_large', `Sallyport: too many ${what}, or too large ones, at once`, {
    hint: 'Close those that are not needed any more.',
  });
}

/** Which parameters would run is not known before the server has answered; nobody honest asks that early. */
export function tooEarly(name: string): SallyportError {
  return new SallyportError('protocol', `Sallyport: it is not known yet what portal "${name}" stands for`, {
    hint: 'Wait for the answer to Bind before the Sync between Bind and Execute, or send both before one Sync.',
  });
}

export function notSure(): SallyportError {
  return new SallyportError(
    'protocol',
    'Sallyport: a command before this one may change how the server reads it',
    {
      hint: 'Send a Sync between them, or write the text without backslashes and beyond-ASCII characters: pass values as parameters.',
    },
  );
}

/** A text that is no SQL is best answered as the server would have answered it. */
export function syntaxFirst(refusal: SallyportError, { syntaxError }: Analysis): SallyportError {
  if (syntaxError === undefined || refusal.code !== 'denied') return refusal;
  return new SallyportError('syntax', syntaxError.message, {
    hint: "Sallyport's parser (PostgreSQL 18's grammar) does not take this text, so nothing was sent to the server.",
    detail: { position: syntaxError.position },
  });
}

/** @throws whatever is no refusal */
export function onlyRefusals(error: unknown): SallyportError {
  if (error instanceof SallyportError) return error;
  throw error;
}
