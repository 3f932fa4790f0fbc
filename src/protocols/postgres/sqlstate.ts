import { SallyportError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';
import { WireError } from '../../wire/bytes.ts';

/** SQLSTATE of every code of ours (PostgreSQL, appendix A). Drivers map these to exceptions they know. */
const sqlstates: Readonly<Record<ErrorCode, string>> = {
  protocol: '08P01',
  too_large: '54000',
  tls_required: '28000',
  unauthenticated: '28P01',
  unknown_target: '3D000',
  syntax: '42601',
  denied: '42501',
  unknown_statement: '26000',
  unknown_portal: '34000',
  undisclosable: '42501',
  hold_denied: '42501',
  hold_pending: '42501',
  hold_withdrawn: '57014',
  limit_rows: '54000',
  limit_budget: '54000',
  limit_statement: '57014',
  limit_idle: '57P05',
  limit_session: '57P01',
  limit_requests: '53400',
  revoked: '57P01',
  journal_unavailable: '58030',
  credential_unavailable: '08006',
  upstream_unavailable: '08006',
  upstream_protocol: '08P01',
  shutting_down: '57P03',
  closed: '08006',
  not_found: '42704',
  conflict: '55000',
  internal: 'XX000',
};

export function sqlstateOf({ code }: SallyportError): string {
  return sqlstates[code];
}

/** The fields of an ErrorResponse; DETAIL is one line of JSON for programs, HINT a sentence for people. */
export function errorFields(error: SallyportError, severity: 'ERROR' | 'FATAL'): Record<string, string> {
  return {
    S: severity,
    V: severity,
    C: sqlstates[error.code],
    M: error.message,
    D: JSON.stringify({ code: error.code, ...error.detail }),
    ...(error.hint === undefined ? {} : { H: error.hint }),
    ...(error.detail.position === undefined ? {} : { P: String(error.detail.position) }),
  };
}

/**
 * A server's error or notice whose DETAIL programs could take for the gateway's, marked as the server's; undefined: none
 * could. A function can RAISE any DETAIL, with the address of an approval that is none.
 */
export function markedAsServers(fields: ReadonlyMap<string, string>): Map<string, string> | undefined {
  const detail = fields.get('D');
  if (detail === undefined || !/^\s*\{/.test(detail)) return undefined;
  return new Map(fields).set('D', `the server says: ${detail}`);
}

/** Whatever was thrown, as what a client may be told of it. */
export function asRefusal(error: unknown): SallyportError {
  if (error instanceof SallyportError) return error;
  if (error instanceof WireError) {
    const code =
      error.side === 'upstream'
        ? 'upstream_protocol'
        : error.reason === 'too_large'
          ? 'too_large'
          : 'protocol';
    return new SallyportError(code, `Sallyport: ${error.message}`, { cause: error });
  }
  return new SallyportError('internal', 'Sallyport: something failed inside the gateway', {
    hint: 'Nothing went on. Whoever runs the gateway finds the cause in its log.',
    cause: error,
  });
}
