import { SallyportError } from '../core/errors.ts';
import type { MaskName } from '../core/mask.ts';
import { isRoute, matchesRoute, parseRoute, type Route } from '../core/route.ts';
import { keyLabel, placesOf, type RoutePlace } from './answer.ts';
import { mustHaveNoToken, tokensTurnedBack, valueBehind } from './document-tokens.ts';
import { changedForm } from './form-fields.ts';
import type { LabelKeys, MaskKeys } from './keys.ts';

/** What of a request can have tokens in it. */
export interface TokenRequest {
  readonly method: string;
  /** In the gateway's spelling. */
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Undefined: none, or one that streams. */
  readonly body: Buffer | undefined;
}

/** The same with values in place of tokens; undefined where it had none. */
export interface TurnedBack {
  readonly path: string;
  readonly query: string;
  readonly body: Buffer | undefined;
  /** What stands there now, which whoever sent the tokens may not see. */
  readonly values: readonly string[];
}

/** A parameter of requests whose tokens are turned back. */
interface Parameter {
  readonly route: Route;
  /** `{phone}` in the path, `?phone` in the query. */
  readonly name: string;
  readonly keys: LabelKeys;
}

/** Turns tokens that a client of an API sends back into values, in the places that are declared for them alone. */
export class RequestTokens {
  readonly #keys: MaskKeys;
  readonly #places: readonly RoutePlace[];
  readonly #parameters: readonly Parameter[];
  /** By the id in tokens: all that this target gives out for places. */
  readonly #given = new Map<string, LabelKeys>();

  constructor(sensitive: ReadonlyMap<string, MaskName>, labels: ReadonlyMap<string, string>, keys: MaskKeys) {
    const tokens = new Map([...sensitive].filter(([, mask]) => mask === 'token'));
    this.#keys = keys;
    this.#places = placesOf(sensitive, labels);
    this.#parameters = [...tokens.keys()].flatMap((resource) => {
      const [route = '', name = ''] = resource.split('#', 2);
      const own = keys.of(keyLabel(resource, labels));
      return name.startsWith('/') || !isRoute(route) ? [] : [{ route: parseRoute(route), name, keys: own }];
    });
    for (const resource of tokens.keys()) {
      const own = keys.of(keyLabel(resource, labels));
      this.#given.set(own.id, own);
    }
  }

  /** @throws SallyportError `denied` for a token of this target that may not stand where it does */
  read(request: TokenRequest): TurnedBack | undefined {
    if (this.#given.size === 0) return undefined;
    for (const [, value] of request.fields) this.#mustHaveNone(value);
    const values: string[] = [];
    const here = this.#parameters.filter(({ route }) => matchesRoute(route, request));
    const path = this.#path(request.path, here, values);
    const query = this.#query(request.query, here, values);
    const body = request.body && this.#body(request.body, request, values);
    return values.length === 0 ? undefined : { path, query, body, values };
  }

  #path(path: string, here: readonly Parameter[], values: string[]): string {
    const segments = path.split('/').slice(1);
    const turned = segments.map((segment, at) => {
      const parameter = here.find(({ route, name }) => route.segments[at] === name);
      const value = parameter && valueBehind(segment, parameter.keys);
      if (value === undefined) return this.#mustHaveNone(segment);
      // Servers take some of these for more than one segment, or for none.
      if (/^\.{0,2}$|[/\\;%?#]|[^\x20-\x7e]/.test(value)) throw noSegment();
      values.push(value);
      return encodeURIComponent(value);
    });
    return `/${turned.join('/')}`;
  }

  #query(query: string, here: readonly Parameter[], values: string[]): string {
    if (!query.includes('tok_')) return query;
    const parts = query.slice(1).split('&');
    const turned = parts.map((part) => {
      const [[name = '', text = ''] = []] = new URLSearchParams(part);
      const parameter = here.find((each) => each.name === `?${name}`);
      const value = parameter && valueBehind(text, parameter.keys);
      if (value === undefined) return this.#mustHaveNone(part);
      values.push(value);
      return `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
    });
    return `?${turned.join('&')}`;
  }

  #body(body: Buffer, request: TokenRequest, values: string[]): Buffer {
    const here = this.#places.filter(({ route }) => matchesRoute(route, request)).map(({ place }) => place);
    const turned = (document: Buffer): Buffer =>
      tokensTurnedBack(document, here, { keys: this.#keys, given: this.#given, values });
    return isForm(request.fields) ? changedForm(body, turned) : turned(body);
  }

  #mustHaveNone(text: string): string {
    return mustHaveNoToken(text, this.#given);
  }
}

function isForm(fields: TokenRequest['fields']): boolean {
  const type = fields.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  return /^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type.trim());
}

function noSegment(): SallyportError {
  return new SallyportError('denied', 'Sallyport: the value behind this token cannot be part of a path', {
    hint: 'Servers read such paths in more than one way. Find it by a parameter of the query, if there is one.',
  });
}
