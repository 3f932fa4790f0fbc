import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import type { Context } from 'hono';
import { SallyportError } from '../core/errors.ts';
import { authority } from './authority.ts';
import { boundedText } from './body.ts';
import type { Bound } from './bound.ts';
import { callbacks } from './callbacks.ts';
import { callerOf, clientOf } from './caller.ts';
import { consoleFiles } from './console.ts';
import { openApi } from './contract/openapi.ts';
import { apiBase } from './contract/routes.ts';
import type { ApiEnv } from './env.ts';
import { handlers } from './handlers/handlers.ts';
import { ownTools } from './mcp/endpoint.ts';
import { oauth } from './oauth.ts';
import type { ApiParts } from './parts.ts';
import { refusalOf, refusalResponse } from './refuse.ts';
import { commandLinePages } from './sign-in/command-lines.ts';
import { signInPages } from './sign-in/routes.ts';

const bodyBytesMax = 1024 * 1024;

const contentPolicy = 'content-security-policy';

/** Pages say for themselves what they load. Of all else nothing may run, be framed, be kept or be guessed at; and no other origin is let in. */
const securityHeaders = {
  'cache-control': 'no-store',
  [contentPolicy]: "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** A page says for itself what it may load and where its forms go, the console's files how long they keep. */
const ownSays: readonly string[] = [contentPolicy, 'cache-control'];

export interface Api {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** For node:http. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/** `/api/v1` as the contract states it, and beside it what watches over a process asks for. */
export function createApi(parts: ApiParts): Api {
  const app = new Hono<ApiEnv>();
  app.use(async (context, next) => {
    await next();
    secured(context.res);
  });
  watching(app, parts);
  callbacks(app, parts);
  oauth(app, parts);
  signInPages(app, parts);
  commandLinePages(app, parts);
  const document = openApi(parts.version);
  app.get(`${apiBase}/openapi.json`, (context) => context.json(document));
  for (const bound of Object.values(handlers)) {
    const { method, path } = bound.route;
    app.on(method, `${apiBase}${path}`, (context) => answer(parts, bound, context));
  }
  authority(app, parts);
  ownTools(app, parts);
  consoleFiles(app, parts.consoleDir);
  app.notFound(() => refusalResponse(nothingHere()));
  app.onError((error) => {
    const refusal = refusalOf(error);
    // Anybody can send a bad token, as often as they like: it need not fill the log.
    if (refusal.cause !== undefined && refusal.code !== 'unauthenticated') parts.onError(refusal.cause);
    return refusalResponse(refusal);
  });
  const listener = getRequestListener((request, env) => app.fetch(request, env), {
    overrideGlobalObjects: false,
    errorHandler: () =>
      secured(refusalResponse(new SallyportError('protocol', 'Sallyport: this is no request'))),
  });
  return { fetch: (request) => app.fetch(request), handler: listener };
}

function secured(response: Response): Response {
  for (const [name, value] of Object.entries(securityHeaders)) {
    const ownSay = ownSays.includes(name) && response.headers.has(name);
    if (!ownSay) response.headers.set(name, value);
  }
  return response;
}

/** Open to anybody who reaches the port; none of it names an identity. */
function watching(app: Hono<ApiEnv>, parts: ApiParts): void {
  app.get('/healthz', (context) => context.json({ status: 'ok' }));
  app.get('/readyz', (context) =>
    parts.ready() ? context.json({ status: 'ready' }) : context.json({ status: 'starting' }, 503),
  );
  app.get('/metrics', async () => {
    const text = await parts.metrics.metrics();
    return new Response(text, { headers: { 'content-type': parts.metrics.contentType } });
  });
}

async function answer(parts: ApiParts, bound: Bound, context: Context<ApiEnv>): Promise<Response> {
  const { outgoing } = context.env ?? {};
  return bound.answer(parts, {
    by: await callerOf(parts, context),
    client: clientOf(context),
    params: context.req.param(),
    query: context.req.query(),
    body: () => (bound.route.method === 'POST' ? jsonBody(context) : Promise.resolve({})),
    signal: context.req.raw.signal,
    ...(outgoing === undefined ? {} : { breakOff: () => void outgoing.destroy() }),
  });
}

/** @throws SallyportError `protocol`, `too_large` */
async function jsonBody(context: Context<ApiEnv>): Promise<unknown> {
  const type = context.req.header('content-type') ?? '';
  if (!/^application\/json(?:\s*;|$)/i.test(type)) {
    throw new SallyportError('protocol', 'Sallyport: the body must come as application/json');
  }
  const text = await boundedText(context.req.raw, bodyBytesMax);
  try {
    return JSON.parse(text);
  } catch {
    throw new SallyportError('protocol', 'Sallyport: the body is no JSON');
  }
}

function nothingHere(): SallyportError {
  return new SallyportError('not_found', 'Sallyport: there is nothing at this address', {
    hint: `${apiBase}/openapi.json says what there is.`,
  });
}
