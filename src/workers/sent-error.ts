import { SallyportError } from '../core/errors.ts';
import type { SentError } from './messages.ts';

export function toSent(error: unknown): SentError {
  if (!(error instanceof SallyportError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: 'internal', message, detail: {} };
  }
  const { code, message, hint, detail } = error;
  return { code, message, detail, ...(hint === undefined ? {} : { hint }) };
}

export function fromSent({ code, message, hint, detail }: SentError): SallyportError {
  return new SallyportError(code, message, { detail, ...(hint === undefined ? {} : { hint }) });
}
