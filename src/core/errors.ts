import type { BudgetLeft } from './budget.ts';
import type { Requestable } from './requestable.ts';

/** Stable codes; every protocol maps every one of them, or it does not compile. */
export const errorCodes = [
  'protocol', // the client's bytes break its protocol
  'too_large', // a message, statement or parameter over the gateway's limit
  'tls_required',
  'unauthenticated', // no proof of identity, or one that does not hold
  'unknown_target',
  'syntax', // the gateway's parser does not take the text, so nobody can say what it would do
  'denied', // a rule said no, or none said yes
  'unknown_statement', // a prepared statement that was never prepared, or is closed
  'unknown_portal',
  'undisclosable', // allowed, but the answer could show a hidden value
  'hold_denied', // a person said no
  'hold_pending', // nobody decided in time; send the same command again once approved
  'hold_withdrawn', // cancelled, disconnected or restarted while held
  'limit_rows',
  'limit_statement',
  'limit_idle',
  'limit_session',
  'limit_budget', // an identity has used up what it may do in a session, under a grant or in a day
  'limit_requests', // too many requests of one client, or too many live tickets of one identity
  'revoked', // killed, revoked, or proof expired
  'journal_unavailable', // the record cannot be written
  'credential_unavailable',
  'upstream_unavailable',
  'upstream_protocol', // the upstream's bytes break its protocol
  'shutting_down',
  'closed', // the client or the upstream went away; an end, not a fault
  'not_found',
  'conflict',
  'internal',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** What a refusal says beside its sentence; machines read it (PostgreSQL: DETAIL as one line of JSON). */
export interface RefusalDetail {
  readonly rules?: readonly string[];
  readonly effects?: readonly string[];
  readonly uncovered?: readonly string[];
  readonly allowed?: readonly string[];
  /** Dormant rules that could be asked for, and the command line that asks. */
  readonly requestable?: readonly Requestable[];
  /** What is spent, and when it is renewed. */
  readonly budget?: BudgetLeft;
  readonly approval?: string;
  readonly url?: string;
  /** Where in the text, in characters from 1. */
  readonly position?: number;
}

/**
 * The gateway's one error. `message`, `hint` and `detail` are for the client and never carry a secret;
 * `cause` goes to the log alone.
 */
export class SallyportError extends Error {
  override readonly name = 'SallyportError';
  readonly code: ErrorCode;
  /** What to do instead, in a sentence. */
  readonly hint: string | undefined;
  readonly detail: RefusalDetail;

  constructor(
    code: ErrorCode,
    message: string,
    more: { hint?: string; detail?: RefusalDetail; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.hint = more.hint;
    this.detail = more.detail ?? {};
  }
}
