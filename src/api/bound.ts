import type { z } from 'zod';
import { SallyportError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { Login } from '../core/login.ts';
import type { Caller } from './caller.ts';
import type { Route } from './contract/route.ts';
import type { ApiParts } from './parts.ts';
import { may, mustMay } from './rights.ts';
import { linesOf } from './lines.ts';

/** One request, as its route states it. */
export interface Asking<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly caller: Identity;
  /** Absent: the caller came with a token. */
  readonly login?: Login;
  /** The caller has the route's right; without it only what is the caller's own may be told or touched. */
  readonly all: boolean;
  /** The address that it came from. */
  readonly client: string;
  readonly params: z.output<P>;
  readonly query: z.output<Q>;
  readonly body: z.output<B>;
  /** Aborted when whoever asked has gone. */
  readonly signal: AbortSignal;
}

/** Before it is looked at. */
export interface Raw {
  readonly by: Caller;
  readonly client: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: () => Promise<unknown>;
  readonly signal: AbortSignal;
  /** Ends the connection in mid-answer; absent where there is none. */
  readonly breakOff?: () => void;
}

/** A route with what does it. */
export interface Bound {
  readonly route: Route;
  readonly answer: (parts: ApiParts, raw: Raw) => Promise<Response>;
}

/** A route answered by one JSON body, of which nothing leaves that the contract does not name. */
export function answering<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
  route: Route<P, Q, B, R>,
  handle: (parts: ApiParts, asking: Asking<P, Q, B>) => Promise<z.input<R>>,
): Bound {
  return {
    route,
    async answer(parts, raw) {
      const answer = await handle(parts, await askingOf(route, parts, raw));
      return Response.json(route.response.parse(answer));
    },
  };
}

/** A route answered line by line; before every line but those of the same second its rights are looked at anew. */
export function streaming<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, R extends z.ZodType>(
  route: Route<P, Q, B, R>,
  handle: (parts: ApiParts, asking: Asking<P, Q, B>) => Promise<AsyncIterable<z.input<R>>>,
): Bound {
  return {
    route,
    async answer(parts, raw) {
      const gone = new AbortController();
      const signal = AbortSignal.any([gone.signal, raw.signal]);
      const asking = await askingOf(route, parts, { ...raw, signal });
      const lines = await handle(parts, asking);
      const { by, breakOff } = raw;
      const stillMay = () => !asking.all || route.right === undefined || may(parts, by.identity, route.right);
      return linesOf(lines, {
        parts,
        by,
        stillMay,
        gone,
        ...(breakOff === undefined ? {} : { breakOff }),
      });
    },
  };
}

async function askingOf<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  route: Route<P, Q, B>,
  parts: ApiParts,
  { by: { identity: caller, login }, client, params, query, body, signal }: Raw,
): Promise<Asking<P, Q, B>> {
  if (route.needs === 'right' && route.right !== undefined) mustMay(parts, caller, route.right);
  return {
    caller,
    ...(login === undefined ? {} : { login }),
    client,
    all: route.right !== undefined && may(parts, caller, route.right),
    params: read(route.params, params, 'path'),
    query: read(route.query, query, 'query'),
    body: read(route.body, await body(), 'body'),
    signal,
  };
}

/** @throws SallyportError `protocol`, naming the members that do not fit and none of their values */
function read<T extends z.ZodType>(schema: T, value: unknown, place: string): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `${[place, ...path].join('.')}: ${message}`);
  throw new SallyportError('protocol', `Sallyport: ${faults.slice(0, 5).join('; ')}`, {
    hint: 'GET /api/v1/openapi.json says what is taken here.',
  });
}
