import { SallyportError } from '../core/errors.ts';
import type { MaskName } from '../core/mask.ts';
import { matchesRoute, parseRoute, type Route } from '../core/route.ts';
import { keyLabel, placesOf, type RoutePlace } from './answer.ts';
import { Places, type NodeMask } from './json-pointer.ts';
import { quote, stringBytesAt } from './json-syntax.ts';
import type { LabelKeys, MaskKeys } from './keys.ts';
import { spliced } from './splice.ts';
import { detokenise, tokenLabel } from './token.ts';

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
      return name.startsWith('/') ? [] : [{ route: parseRoute(route), name, keys: own }];
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
      const value = parameter && this.#value(segment, parameter.keys);
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
      const value = parameter && this.#value(text, parameter.keys);
      if (value === undefined) return this.#mustHaveNone(part);
      values.push(value);
      return `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
    });
    return `?${turned.join('&')}`;
  }

  #body(body: Buffer, request: TokenRequest, values: string[]): Buffer {
    if (!body.includes('tok_')) return body;
    const here = this.#places.filter(({ route }) => matchesRoute(route, request)).map(({ place }) => place);
    const change = (bytes: Buffer, start: number, end: number, { mask, keys }: NodeMask) => {
      if (mask !== 'token' || bytes[start] !== quote) return undefined;
      const value = this.#value(stringBytesAt(bytes, start, end).toString('latin1'), keys);
      if (value === undefined) return undefined;
      values.push(value);
      return Buffer.from(JSON.stringify(value));
    };
    const splices =
      here.length === 0 ? [] : (new Places(here, this.#keys).splices(body, 0, body.length, change) ?? []);
    let from = 0;
    for (const { start, end } of [...splices, { start: body.length, end: body.length }]) {
      this.#mustHaveNone(body.toString('latin1', from, start));
      from = end;
    }
    return splices.length === 0 ? body : spliced(body, 0, body.length, splices);
  }

  /** Undefined: it is no token of these keys. */
  #value(text: string, keys: LabelKeys): string | undefined {
    return tokenLabel(text) === keys.id ? detokenise(text, keys).toString() : undefined;
  }

  /** A text without tokens of this target; those of others are texts. */
  #mustHaveNone(text: string): string {
    for (const [token, id = ''] of text.matchAll(/tok_([0-9a-f]{8})_[A-Za-z0-9_-]*/g)) {
      if (this.#given.has(id)) throw notHere(token);
    }
    return text;
  }
}

function notHere(token: string): SallyportError {
  return new SallyportError('denied', `Sallyport: ${token.slice(0, 24)}… may not be sent here`, {
    hint: 'A token goes, whole and alone, into parameters and JSON places of the same label; sallyport.yaml says under sensitive which.',
  });
}

function noSegment(): SallyportError {
  return new SallyportError('denied', 'Sallyport: the value behind this token cannot be part of a path', {
    hint: 'Servers read such paths in more than one way. Find it by a parameter of the query, if there is one.',
  });
}
