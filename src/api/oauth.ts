import type { Hono } from 'hono';
import type { ErrorCode, SallyportError } from '../core/errors.ts';
import { clientOf } from './caller.ts';
import { exchangeGrant, ticketRequest, ticketType } from './oauth-form.ts';
import type { ApiEnv } from './env.ts';
import type { ApiParts } from './parts.ts';
import { Pace } from './pace.ts';
import { refusalOf } from './refuse.ts';
import { codeGrant, codeRefused, deviceAnswer, deviceGrant, redeemed } from './sign-in/grants.ts';
import { formOf } from './body.ts';
import { statusOf } from '../core/http-status.ts';

/** Two tokens of 16 KiB, written as a form, and names besides. */
const formBytesMax = 128 * 1024;
/** A crew that starts all its agents at once passes; who tries tokens does not get far. Per address. */
const burst = 100;
const perSecond = 20;

type Parts = Pick<
  ApiParts,
  'clock' | 'exchange' | 'signIn' | 'journal' | 'gatewayTarget' | 'onError' | 'baseUrl'
>;

/** `POST /oauth/token` (RFC 8693) and the metadata of it (RFC 8414). */
export function oauth(app: Hono<ApiEnv>, parts: Parts): void {
  const pace = new Pace({ burst, perSecond, clock: parts.clock });
  app.post('/oauth/token', async (context) => {
    const client = clientOf(context);
    try {
      pace.take(client);
      const form = await formOf(context.req.raw, formBytesMax);
      const given = await redeemed(parts, form, client);
      if (typeof given === 'string') return codeRefused(given);
      const { secret, expiresAtMs } = given ?? (await parts.exchange(ticketRequest(form, client)));
      return context.json(
        {
          access_token: secret,
          issued_token_type: ticketType,
          token_type: 'Bearer',
          expires_in: Math.floor((expiresAtMs - parts.clock.now()) / 1_000),
        },
        200,
        noCache,
      );
    } catch (error) {
      return refused(parts, client, refusalOf(error));
    }
  });
  app.post('/oauth/device_authorization', async (context) => {
    const client = clientOf(context);
    try {
      pace.take(client);
      const form = await formOf(context.req.raw, formBytesMax);
      return context.json(await deviceAnswer(parts, form, client), 200, noCache);
    } catch (error) {
      return refused(parts, client, refusalOf(error));
    }
  });
  app.get('/.well-known/oauth-authorization-server', (context) => context.json(metadata(parts)));
}

/** RFC 6749 §5.1 wants this beside `Cache-Control: no-store`, which every answer has. */
const noCache = { pragma: 'no-cache' } as const;

/** Where nobody signs in with a browser, nothing is said of it: command lines need not open one. */
function metadata({ baseUrl, signIn }: Parts): object {
  const issuer = baseUrl();
  const exchange = {
    issuer,
    token_endpoint: `${issuer}/oauth/token`,
    response_types_supported: [],
    grant_types_supported: [exchangeGrant],
    token_endpoint_auth_methods_supported: ['none'],
  };
  if (signIn.door() === undefined) return exchange;
  return {
    ...exchange,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    device_authorization_endpoint: `${issuer}/oauth/device_authorization`,
    response_types_supported: ['code'],
    grant_types_supported: [exchangeGrant, codeGrant, deviceGrant],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
  };
}

function refused(parts: Parts, client: string, refusal: SallyportError): Response {
  const { code, message, hint, cause } = refusal;
  if (cause !== undefined && code !== 'unauthenticated') parts.onError(cause);
  if (code === 'unauthenticated' || code === 'revoked') {
    const target = parts.gatewayTarget.name;
    parts.journal.note({ type: 'identity.refused', protocol: 'oauth', client, target, reason: message });
  }
  const error = oauthError(code);
  const description = hint === undefined ? message : `${message}. ${hint}`;
  // RFC 6749 §5.2: 400 for whatever is wrong with what was asked.
  const status = statusOf[code] < 429 ? 400 : statusOf[code];
  const headers = code === 'limit_requests' ? { ...noCache, 'retry-after': '1' } : noCache;
  return Response.json({ error, error_description: ascii(description) }, { status, headers });
}

/** RFC 6749 §5.2 and RFC 8693 §2.2.2: a token that does not hold, or may not be used so, is `invalid_request`. */
function oauthError(code: ErrorCode): string {
  if (code === 'unknown_target') return 'invalid_target';
  if (code === 'denied') return 'invalid_scope';
  const status = statusOf[code];
  if (status === 429 || status === 503) return 'temporarily_unavailable';
  return status < 429 ? 'invalid_request' : 'server_error';
}

/** RFC 6749 §5.2: printable ASCII, without quotes and backslashes. */
function ascii(text: string): string {
  return text.replaceAll('"', "'").replaceAll(/[^ !#-[\]-~]/g, '?');
}
