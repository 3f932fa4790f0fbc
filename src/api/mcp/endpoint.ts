import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Context, Hono } from 'hono';
import { SallyportError } from '../../core/errors.ts';
import { boundedText } from '../body.ts';
import { bearerOf, clientOf } from '../caller.ts';
import type { ApiEnv } from '../env.ts';
import { Pace } from '../pace.ts';
import type { ApiParts } from '../parts.ts';
import { refusalOf, refusalResponse } from '../refuse.ts';
import type { Asker } from './asker.ts';
import { UnderWay } from './under-way.ts';

export const mcpPath = '/mcp';
/** RFC 9728 §3.1 */
const metadataPath = `/.well-known/oauth-protected-resource${mcpPath}`;

const bodyBytesMax = 1024 * 1024;
/** A crew that works through one address passes. Per address. */
const burst = 200;
const perSecond = 50;

/**
 * The gateway's own tools, in the revisions of MCP from 2024-11-05 to 2026-07-28. Every request stands alone: there are no sessions,
 * so none can be anybody else's.
 */
export function ownTools(app: Hono<ApiEnv>, parts: ApiParts): void {
  const pace = new Pace({ burst, perSecond, clock: parts.clock });
  const underWay = new UnderWay();
  app.get(metadataPath, (context) => {
    mustComeHere(parts, context);
    return context.json(metadata(parts, context), 200, { 'access-control-allow-origin': '*' });
  });
  app.all(mcpPath, async (context) => {
    try {
      mustComeHere(parts, context);
      pace.take(clientOf(context));
      const { caller, token } = await bearerOf(parts, context);
      const { signal } = context.req.raw;
      const asker = { caller: caller.identity, token, client: clientOf(context), signal, underWay };
      return await handled(parts, context, asker);
    } catch (error) {
      const refusal = refusalOf(error);
      const response = refusalResponse(refusal);
      if (refusal.code === 'unauthenticated') {
        response.headers.set('www-authenticate', challenge(context));
      } else if (refusal.cause !== undefined) parts.onError(refusal.cause);
      return response;
    }
  });
}

async function handled(parts: ApiParts, { req }: Context<ApiEnv>, asker: Asker): Promise<Response> {
  if (req.header('mcp-session-id') !== undefined) throw noSession();
  const message = req.method === 'POST' ? await oneMessage(req.raw) : undefined;
  // What speaks MCP takes half a second to load, which no start should wait for.
  const { answerTo } = await import('./server.ts');
  return answerTo(parts, asker, req.raw, message);
}

/** @throws SallyportError `protocol`, `too_large` */
async function oneMessage(request: Request): Promise<unknown> {
  const text = await boundedText(request, bodyBytesMax);
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    throw new SallyportError('protocol', 'Sallyport: the body is no JSON');
  }
  if (typeof message === 'object' && message !== null && !Array.isArray(message)) return message;
  throw new SallyportError('protocol', 'Sallyport: a body is one message here, not several', {
    hint: 'Send each message by itself.',
  });
}

/**
 * A page of another site must not get here, be it by a name of its own that leads to this machine (DNS rebinding). Tokens
 * do not come by themselves as cookies do, which count for nothing here; this is for a token that a page has got hold of.
 * @throws SallyportError `denied`
 */
function mustComeHere({ baseUrl }: ApiParts, context: Context<ApiEnv>): void {
  const own = new URL(baseUrl());
  const host = context.req.header('host') ?? '';
  const named = URL.parse(`http://${host}`)?.hostname ?? '';
  const isOwn = [own.hostname, 'localhost'].includes(named) || isIP(named.replace(/^\[(.+)\]$/, '$1')) !== 0;
  if (!isOwn) {
    throw new SallyportError('denied', 'Sallyport: this is not the name of the gateway', {
      hint: `It is reached as ${own.origin}; listen.url says otherwise.`,
    });
  }
  const origin = context.req.header('origin');
  if (origin === undefined || origin === own.origin || origin === originOf(context)) return;
  throw new SallyportError('denied', 'Sallyport: pages of other sites call no tools here', {
    hint: 'Clients of MCP that are no pages send no Origin.',
  });
}

function metadata({ authorizationServer }: ApiParts, context: Context<ApiEnv>): object {
  const issuer = authorizationServer();
  return {
    resource: `${originOf(context)}${mcpPath}`,
    ...(issuer === undefined ? {} : { authorization_servers: [issuer] }),
    bearer_methods_supported: ['header'],
    resource_name: 'Sallyport',
  };
}

/** RFC 9728 §5.1, RFC 6750 §3.1 */
function challenge(context: Context<ApiEnv>): string {
  const error = context.req.header('authorization') === undefined ? '' : ', error="invalid_token"';
  return `Bearer realm="sallyport", resource_metadata="${originOf(context)}${metadataPath}"${error}`;
}

/** The gateway as this client reaches it, by a name that was looked at. */
function originOf(context: Context<ApiEnv>): string {
  const isSecure = context.env?.incoming?.socket instanceof TLSSocket;
  return `${isSecure ? 'https' : 'http'}://${context.req.header('host') ?? 'localhost'}`;
}

function noSession(): SallyportError {
  return new SallyportError('not_found', 'Sallyport: there are no sessions here, so this is none', {
    hint: 'Leave Mcp-Session-Id out.',
  });
}
