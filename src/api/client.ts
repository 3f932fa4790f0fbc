import { z } from 'zod';
import { apiBase, routes } from './contract/routes.ts';
import type { Route } from './contract/route.ts';
import { event as eventSchema, refusal as refusalSchema } from './contract/schemas.ts';
import type { EventBody } from './contract/schemas.ts';

export interface ClientOptions {
  /** `https://gateway:8443` */
  readonly url: string;
  /** Absent: of a page, whose browser sends the cookie of its login by itself. */
  readonly token?: string;
  /** What a page sends along with whatever changes something: `csrf` of `/me`. */
  readonly csrf?: () => string | undefined;
  readonly fetch: typeof globalThis.fetch;
}

const brokenOff = 'the answer broke off: what came is not all there is';

type Empty = Record<string, never>;
type Member<Name extends string, T> = T extends Empty
  ? unknown
  : Empty extends T
    ? { readonly [key in Name]?: T }
    : { readonly [key in Name]: T };

/** What a route is asked with: only the members it has. */
export type Input<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = Member<
  'params',
  z.input<P>
> &
  Member<'query', z.input<Q>> &
  Member<'body', z.input<B>>;

/** What the gateway refused, or why it could not be asked. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The gateway's own code; `unreachable`, `broken_off` and `unintelligible` are the client's. */
  readonly code: string;
  /** 0 where there was no answer. */
  readonly status: number;
  readonly hint: string | undefined;
  readonly detail: Readonly<Record<string, unknown>>;

  constructor(
    it: { code: string; status: number; message: string; hint?: string | undefined },
    more: { detail?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(it.message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = it.code;
    this.status = it.status;
    this.hint = it.hint;
    this.detail = more.detail ?? {};
  }
}

/** What a ticket is to be; whatever is absent is as the token has it. */
export interface TicketAsked {
  readonly targets?: readonly string[];
  readonly rules?: readonly string[];
  readonly lifetimeMs?: number;
  readonly purpose?: string;
  readonly task?: string;
  /** A token of who acts with it. */
  readonly actorToken?: string;
}

export interface TicketGiven {
  readonly ticket: string;
  readonly expiresInS: number;
}

export interface Client {
  /** @throws ApiError */
  call<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
    route: Route<P, Q, B, R>,
    input: Input<P, Q, B>,
  ): Promise<z.output<R>>;
  /** A ticket made of the client's own token (RFC 8693). @throws ApiError */
  exchange(asked: TicketAsked): Promise<TicketGiven>;
  /** The recording of a session; `follow` goes on until it ends. @throws ApiError */
  events(session: string, options?: { follow?: boolean; signal?: AbortSignal }): AsyncIterable<EventBody>;
  /** The record as a whole. @throws ApiError */
  stream(query: z.input<typeof routes.streamEvents.query>, signal?: AbortSignal): AsyncIterable<EventBody>;
}

export function createClient(options: ClientOptions): Client {
  return {
    async call(route, input) {
      const response = await send(options, route, input);
      return understood(route.response, await json(response), response.status);
    },
    exchange: (asked) => exchange(options, asked),
    async *events(session, { follow = false, signal } = {}) {
      const input = { params: { id: session }, query: { follow: String(follow) } };
      const response = await send(options, routes.sessionEvents, input, signal);
      yield* eventsOf(response);
    },
    async *stream(query, signal) {
      yield* eventsOf(await send(options, routes.streamEvents, { query }, signal));
    },
  };
}

async function* eventsOf(response: Response): AsyncIterable<EventBody> {
  for await (const line of linesOf(response)) {
    yield understood(eventSchema, parsed(line), response.status);
  }
}

const members = z.record(z.string(), z.unknown()).default({});
type Members = z.output<typeof members>;
const given = z.object({ params: members, query: members, body: z.unknown().optional() });

async function send(
  { url, fetch, ...options }: ClientOptions,
  route: Route,
  input: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  const { params, query, body } = given.parse(input);
  const headers: Record<string, string> = { accept: 'application/json', ...proofOf(route, options) };
  if (route.method === 'POST') headers['content-type'] = 'application/json';
  const response = await fetch(addressOf(url, route, params, query), {
    method: route.method,
    headers,
    ...(route.method === 'POST' ? { body: JSON.stringify(body ?? {}) } : {}),
    ...(signal === undefined ? {} : { signal }),
    redirect: 'error', // a token goes nowhere else
  }).catch((cause: unknown) => {
    throw unreachable(url, cause);
  });
  if (response.ok) return response;
  throw await refusalIn(response);
}

function proofOf({ method }: Route, { token, csrf }: Pick<ClientOptions, 'token' | 'csrf'>) {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  const known = method === 'GET' ? undefined : csrf?.();
  return known === undefined ? undefined : { 'sallyport-csrf': known };
}

const tokenType = 'urn:ietf:params:oauth:token-type:access_token';
const ticketBody = z.object({ access_token: z.string(), expires_in: z.number() });
/** RFC 6749 §5.2. */
const ticketRefusal = z.object({ error: z.string(), error_description: z.string().default('') });

async function exchange(options: ClientOptions, asked: TicketAsked): Promise<TicketGiven> {
  const { url, token = '', fetch } = options;
  const response = await fetch(`${url.replace(/\/+$/, '')}/oauth/token`, {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: ticketForm(token, asked),
    redirect: 'error', // a token goes nowhere else
  }).catch((cause: unknown) => {
    throw unreachable(url, cause);
  });
  const { status } = response;
  if (response.ok) {
    const { access_token: ticket, expires_in: expiresInS } = understood(
      ticketBody,
      await json(response),
      status,
    );
    return { ticket, expiresInS };
  }
  const refused = ticketRefusal.safeParse(await response.json().catch(() => undefined));
  if (!refused.success) throw unintelligible(status);
  throw new ApiError({ code: refused.data.error, status, message: refused.data.error_description });
}

function ticketForm(token: string, { targets = [], rules = [], ...asked }: TicketAsked): URLSearchParams {
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: token,
    subject_token_type: tokenType,
  });
  for (const target of targets) form.append('target', target);
  for (const rule of rules) form.append('rules', rule);
  if (asked.lifetimeMs !== undefined) form.set('lifetime', String(Math.ceil(asked.lifetimeMs / 1_000)));
  if (asked.purpose !== undefined) form.set('purpose', asked.purpose);
  if (asked.task !== undefined) form.set('task', asked.task);
  if (asked.actorToken !== undefined) {
    form.set('actor_token', asked.actorToken);
    form.set('actor_token_type', tokenType);
  }
  return form;
}

function addressOf(url: string, { path }: Route, params: Members, query: Members): string {
  const filled = path.replace(/:(\w+)/g, (_all, name: string) => encodeURIComponent(String(params[name])));
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return `${url.replace(/\/+$/, '')}${apiBase}${filled}${search === '' ? '' : `?${search}`}`;
}

async function refusalIn(response: Response): Promise<ApiError> {
  const { status } = response;
  const refused = refusalSchema.safeParse(await response.json().catch(() => undefined));
  if (!refused.success) return unintelligible(status);
  const { code, message, hint, detail } = refused.data.error;
  return new ApiError({ code, status, message, hint }, { detail });
}

async function json(response: Response): Promise<unknown> {
  return response.json().catch((cause: unknown) => {
    throw unintelligible(response.status, cause);
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw unintelligible(200, cause);
  }
}

function understood<T extends z.ZodType>(schema: T, value: unknown, status: number): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw unintelligible(status, result.error);
}

/** Half a line at the end is an error: the stream broke. */
async function* linesOf(response: Response): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunksOf(response)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') {
    throw new ApiError({ code: 'broken_off', status: response.status, message: brokenOff });
  }
}

async function* chunksOf({ body, status }: Response): AsyncIterable<Uint8Array> {
  const reader = body?.getReader();
  try {
    // Not every browser can go through a stream by itself.
    for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) yield read.value;
  } catch (cause) {
    throw new ApiError({ code: 'broken_off', status, message: brokenOff }, { cause });
  } finally {
    // Whoever stops reading wants no more of it.
    await reader?.cancel().catch(() => undefined);
  }
}

function unreachable(url: string, cause: unknown): ApiError {
  const why = reasonOf(cause);
  return new ApiError(
    {
      code: 'unreachable',
      status: 0,
      message: `no gateway answers at ${url}${why === undefined ? '' : `: ${why}`}`,
      hint: 'Is it running ("sallyport serve"), is the address right, and is its CA known (--ca)?',
    },
    { cause },
  );
}

/** fetch says "fetch failed" and keeps the reason in its cause. */
function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return reasonOf(error.cause) ?? (error.message === '' ? undefined : error.message);
}

function unintelligible(status: number, cause?: unknown): ApiError {
  return new ApiError(
    {
      code: 'unintelligible',
      status,
      message: `the answer is not one of a Sallyport gateway (HTTP ${status})`,
      hint: 'Is that the address of its API, and is its version that of this command?',
    },
    { cause },
  );
}
