import type { ErrorCode, SallyportError } from './errors.ts';

/** Which HTTP status each code has; a code without one does not compile. */
export const statusOf = {
  protocol: 400,
  syntax: 400,
  unauthenticated: 401,
  denied: 403,
  undisclosable: 403,
  hold_denied: 403,
  revoked: 403,
  unknown_target: 404,
  unknown_statement: 404,
  unknown_portal: 404,
  not_found: 404,
  conflict: 409,
  hold_pending: 409,
  hold_withdrawn: 409,
  too_large: 413,
  tls_required: 426,
  limit_rows: 429,
  limit_statement: 429,
  limit_idle: 429,
  limit_session: 429,
  limit_budget: 429,
  limit_requests: 429,
  closed: 499, // nobody is left to read it
  internal: 500,
  upstream_unavailable: 502,
  upstream_protocol: 502,
  journal_unavailable: 503,
  credential_unavailable: 503,
  shutting_down: 503,
} as const satisfies Record<ErrorCode, number>;

/** The JSON body of a refusal, wherever HTTP is spoken. */
export function refusalBody({ code, message, hint, detail }: SallyportError): {
  error: { code: ErrorCode; message: string; hint?: string; detail: Record<string, unknown> };
} {
  return { error: { code, message, ...(hint === undefined ? {} : { hint }), detail: { ...detail } } };
}
