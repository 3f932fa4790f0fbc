import { SallyportError } from '../core/errors.ts';

/** Every way in which a token fails, with the sentence that its client reads. None holds anything of the token. */
export const tokenFaults = {
  too_long: 'the token is longer than 16 KiB',
  malformed: 'this is no JSON Web Token',
  header: 'the token has a header parameter that is not accepted (jku, jwk, x5u, x5c, crit, b64)',
  type: 'the token is of a type that proves no identity here',
  algorithm: 'the token is signed with an algorithm that is not accepted',
  unknown_issuer: 'no configured issuer has made this token',
  audience: 'the token was made for another audience',
  authorized_party: 'the token was made for a client that is not accepted',
  unknown_key: 'the token is signed with a key that its issuer does not publish',
  ambiguous_key: 'the issuer publishes several keys that fit the token',
  signature: 'the signature of the token does not hold',
  expired: 'the token has expired',
  not_yet_valid: 'the token is not valid yet',
  claims: 'a claim of the token is missing or not what it should be',
  id_token: 'this is an ID token; send an access token',
  delegated: 'tokens of somebody acting for somebody else (act) are not accepted',
  ticket: 'this is no ticket of this gateway',
  errand: 'this is no pass of this gateway',
  ticket_ended: 'this ticket was ended early',
  issuer_unavailable: "the issuer's keys cannot be fetched",
} as const;
export type TokenFault = keyof typeof tokenFaults;

/** What the log reads: the fault's stable name and, without any claim, what was found. */
export class TokenFaultCause extends Error {
  override readonly name = 'TokenFaultCause';
  readonly fault: TokenFault;

  constructor(fault: TokenFault, detail: string, cause?: unknown) {
    super(`${fault}: ${detail}`, cause === undefined ? undefined : { cause });
    this.fault = fault;
  }
}

/** @param detail for the log; must not quote the token */
export function tokenRefused(fault: TokenFault, detail: string, cause?: unknown): SallyportError {
  return new SallyportError('unauthenticated', `Sallyport: ${tokenFaults[fault]}`, {
    hint: hints[fault] ?? 'Get a new token from your issuer, or ask for one: sallyport token issue.',
    cause: new TokenFaultCause(fault, detail, cause),
  });
}

const hints: Partial<Record<TokenFault, string>> = {
  malformed: 'Send a JSON Web Token of a configured issuer where the password goes.',
  unknown_issuer: 'Ask whoever keeps sallyport.yaml which issuers it trusts.',
  ticket: 'Exchange your token for a new one: sallyport token exchange.',
  ticket_ended:
    'Ask whoever gave it to you, or exchange your own token for a new one: sallyport token exchange.',
  issuer_unavailable: 'Try again in a moment.',
};

/** The stable name behind a refusal, for logs and metrics. */
export function tokenFaultOf(error: unknown): TokenFault | undefined {
  if (!(error instanceof SallyportError)) return undefined;
  return error.cause instanceof TokenFaultCause ? error.cause.fault : undefined;
}
