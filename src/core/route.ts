import { matchesGlob } from './glob.ts';

/** Some paths of an HTTP API, for one method or all: `GET /v1/customers/{id}`, `/v1/*`. */
export interface Route {
  readonly method?: string;
  /** What each segment must be like; `{name}` stands for any one. */
  readonly segments: readonly string[];
  /** It ended with `*`: what follows the segments, if anything must and whatever it is. */
  readonly open: boolean;
  /** Paths that it does not open, although they are like it. */
  readonly but?: readonly Route[];
}

/** Whether a text in `resources`, `reveal` or `sensitive` is about HTTP paths rather than names. */
export function isRoute(text: string): boolean {
  return /^(?:[A-Z]+ )?\//.test(text);
}

/**
 * `{name}` is one segment, `*` at the end anything more, and elsewhere any characters of one segment. Paths behind
 * ` but ` are not opened: `GET /v1/customers/{id} but /v1/customers/mine`.
 * @throws TypeError, whose message says what is wrong with it
 */
export function parseRoute(text: string): Route {
  const [first = '', ...rest] = text.split(' but ');
  const [, method, path = ''] = /^(?:([A-Z]+) )?(\/.*)$/.exec(first) ?? [];
  if (path === '') throw new TypeError('a route is a path, or a method and a path');
  if (/[?#\s]/.test(path)) throw new TypeError('a route has no query, no # and no spaces');
  const segments = path.split('/').slice(1);
  const wrong = segments.find((segment) => /[{}]/.test(segment) && !isName(segment));
  if (wrong !== undefined) throw new TypeError(`"${wrong}" is no {name}, which must be a whole segment`);
  if (segments.some((segment, at) => segment === '' && at < segments.length - 1)) {
    throw new TypeError('a route has no empty segments');
  }
  const open = segments.at(-1) === '*';
  const but = rest.flatMap((paths) => paths.split(' ')).map((each) => parseRoute(each));
  return {
    ...(but.length === 0 ? {} : { but }),
    ...(method === undefined ? {} : { method }),
    segments: open ? segments.slice(0, -1) : segments,
    open,
  };
}

/** Whether a request, by its method and its path in the gateway's spelling, is one of these. */
export function matchesRoute(
  { method, segments, open, but }: Route,
  asked: { method: string; path: string },
): boolean {
  if (method !== undefined && method !== asked.method && !(method === 'GET' && asked.method === 'HEAD')) {
    return false;
  }
  if (but?.some((route) => touchesRoute(route, asked)) === true) return false;
  const given = asked.path.split('/').slice(1);
  if (open ? given.length <= segments.length : given.length !== segments.length) return false;
  return segments.every((segment, at) => {
    const other = given[at] ?? '';
    return isName(segment) ? other !== '' : matchesGlob(segment, other);
  });
}

/**
 * As `matchesRoute`, for rules that restrict and for masks: servers may ignore capitals, a slash at the end, and dots
 * at the end of a segment; and a WebSocket begins with a GET. What a route does not open it is about all the same.
 */
export function touchesRoute(route: Route, asking: { method: string; path: string }): boolean {
  const { path } = asking;
  const method = asking.method === 'WEBSOCKET' && route.method === 'GET' ? 'GET' : asking.method;
  const given = path.split('/').slice(1).map(loosely);
  const asked = { method, path: `/${withoutLast(given, '').join('/')}` };
  const segments = route.segments.map((segment) => (isName(segment) ? segment : loosely(segment)));
  const { but: _but, ...rest } = route;
  const loose = { ...rest, segments: withoutLast(segments, '') };
  return matchesRoute(loose, asked) || (route.open && matchesRoute({ ...loose, open: false }, asked));
}

function isName(segment: string): boolean {
  return /^\{[^{}]+\}$/.test(segment);
}

function loosely(segment: string): string {
  return segment.toLowerCase().replace(/(?:\.|%20)+$/, '');
}

function withoutLast(segments: readonly string[], last: string): readonly string[] {
  return segments.length > 1 && segments.at(-1) === last ? segments.slice(0, -1) : segments;
}
