import type { Context } from 'hono';
import { SallyportError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { Login } from '../core/login.ts';
import type { ApiEnv } from './env.ts';
import type { ApiParts } from './parts.ts';
import { csrfHeader, mustComeFromOwnPage, mustNotComeFromElsewhere } from './sign-in/browser.ts';
import { loginSecret } from './sign-in/cookies.ts';

export interface Caller {
  readonly identity: Identity;
  /** Absent: it came with a token. */
  readonly login?: Login;
  /** For answers that last. @throws SallyportError `unauthenticated`, `revoked`: it may not go on */
  readonly mustStand: () => Promise<void>;
}

/**
 * Who asks, by bearer token or, without one, by the cookie of a login; never by a query parameter.
 * @throws SallyportError `unauthenticated`, `revoked`; `denied` where a page elsewhere made this request
 */
export async function callerOf(parts: ApiParts, context: Context<ApiEnv>): Promise<Caller> {
  const authorization = context.req.header('authorization');
  const secret = loginSecret(context);
  if (authorization === undefined && secret !== undefined) return byLogin(parts, context, secret);
  return (await bearerOf(parts, context)).caller;
}

/**
 * Who asks, by bearer token alone, and that token.
 * @throws SallyportError `unauthenticated`, `revoked`
 */
export async function bearerOf(
  parts: ApiParts,
  context: Context<ApiEnv>,
): Promise<{ readonly caller: Caller; readonly token: string }> {
  const token = bearerToken(context.req.header('authorization'));
  return onRecordIfRefused(parts, context, async () => {
    const identity = await parts.verifier.verify(token);
    if (identity.errand !== undefined) throw passIsNoToken();
    await mustStand(parts, identity);
    return { token, caller: { identity, mustStand: () => mustStand(parts, identity) } };
  });
}

async function byLogin(parts: ApiParts, context: Context<ApiEnv>, secret: string): Promise<Caller> {
  const { logins } = parts.signIn;
  const login = await logins.find(secret);
  if (login === undefined) throw loginOver();
  const { identity } = login;
  return onRecordIfRefused(parts, context, async () => {
    if (['GET', 'HEAD'].includes(context.req.method)) mustNotComeFromElsewhere(context);
    else mustComeFromOwnPage(context, login, context.req.header(csrfHeader));
    await mustStand(parts, identity);
    return {
      identity,
      login,
      mustStand: async () => {
        // A page that is left open is no use.
        if ((await logins.find(secret, false)) === undefined) throw loginOver();
        await mustStand(parts, identity);
      },
    };
  });
}

async function onRecordIfRefused<T>(
  parts: ApiParts,
  context: Context<ApiEnv>,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof SallyportError) {
      parts.journal.note({
        type: 'identity.refused',
        protocol: 'api',
        client: clientOf(context),
        target: parts.gatewayTarget.name,
        reason: error.message,
      });
    }
    throw error;
  }
}

/** The address of whoever asks; empty where a test calls `fetch` itself. */
export function clientOf(context: Context<ApiEnv>): string {
  // Hono gives no environment at all to what calls `fetch` without one.
  return context.env?.incoming?.socket.remoteAddress ?? '';
}

/** @throws SallyportError `revoked`: shut out, or the proof has expired since */
export async function mustStand(
  parts: Pick<ApiParts, 'clock' | 'revoked'>,
  identity: Identity,
): Promise<void> {
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

/** The gateway itself makes passes, for its own ports of targets. */
function passIsNoToken(): SallyportError {
  return new SallyportError('unauthenticated', 'Sallyport: a pass of the gateway’s own is no token here');
}

function loginOver(): SallyportError {
  return new SallyportError('unauthenticated', 'Sallyport: you are not signed in any more', {
    hint: 'Sign in again: /login.',
  });
}
