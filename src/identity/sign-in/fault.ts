import { SallyportError } from '../../core/errors.ts';

/** The provider's answer proves nothing. @param why for whoever signs in; holds nothing of the answer */
export function signInRefused(why: string, cause?: unknown): SallyportError {
  return new SallyportError('unauthenticated', `Sallyport: ${why}`, {
    hint: 'Sign in again; if that does not help, tell whoever keeps sallyport.yaml.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The provider cannot be asked. */
export function providerAway(issuer: string, cause: unknown): SallyportError {
  return new SallyportError('upstream_unavailable', `Sallyport: ${issuer} cannot be reached`, {
    hint: 'Try again in a moment.',
    cause,
  });
}
