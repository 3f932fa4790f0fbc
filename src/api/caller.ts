import { SallyportError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { ApiParts } from './parts.ts';

/**
 * Who asks, by the bearer token alone: no cookie, no query parameter.
 * @throws SallyportError `unauthenticated`, `revoked`
 */
export async function callerOf(
  parts: ApiParts,
  authorization: string | undefined,
  client: string,
): Promise<Identity> {
  const token = bearerToken(authorization);
  try {
    const identity = await parts.verifier.verify(token);
    await mustStand(parts, identity);
    return identity;
  } catch (error) {
    if (error instanceof SallyportError) {
      const target = parts.gatewayTarget.name;
      parts.journal.note({
        type: 'identity.refused',
        protocol: 'api',
        client,
        target,
        reason: error.message,
      });
    }
    throw error;
  }
}

/** @throws SallyportError `revoked`: shut out, or the proof has expired since */
export async function mustStand(parts: ApiParts, identity: Identity): Promise<void> {
  if (parts.clock.now() >= identity.expiresAtMs) {
    throw new SallyportError('unauthenticated', 'Sallyport: your proof of identity has expired', {
      hint: 'Get a fresh token.',
    });
  }
  if (await parts.revoked(identity)) {
    throw new SallyportError('revoked', 'Sallyport: this identity was revoked', {
      hint: 'Ask whoever watches the gateway to restore it.',
    });
  }
}

/** RFC 6750 §2.1: `Bearer`, in any case, and one token68. */
function bearerToken(authorization: string | undefined): string {
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? '')?.[1];
  if (token !== undefined) return token;
  throw new SallyportError('unauthenticated', 'Sallyport: no bearer token came with this request', {
    hint: 'Send "Authorization: Bearer TOKEN" with a token of a configured issuer, or of "sallyport token issue".',
  });
}
