import type { OpenApi, Operation } from './document.ts';
import { mayHave, placesOfSchema } from './schemas.ts';

/** What a name of an OpenAPI document stands for, as resources are written; or why it stands for nothing. */
export type Named = { readonly resources: readonly string[] } | NameFault;

export interface NameFault {
  readonly problem: string;
  readonly hint?: string;
  /** What it could have been, where it is a name that is not there. */
  readonly names?: readonly string[];
}

/** Whether a text in `resources`, `reveal` or `sensitive` is a name of an OpenAPI document. */
export function isApiName(text: string): boolean {
  return /^(?:op|schema):/.test(text);
}

/** `op:refundPayment`, `op:get*`: the routes of operations. */
export function routesNamed(
  api: OpenApi,
  text: string,
  matches: (glob: string, text: string) => boolean,
): Named {
  if (!text.startsWith('op:'))
    return { problem: `"${text}" names no operation`, hint: 'write op:operationId' };
  const glob = text.slice('op:'.length);
  const found = api.operations.filter(({ id }) => id !== undefined && matches(glob, id));
  if (found.length === 0) return { problem: `no operation is "${glob}"`, names: idsOf(api) };
  return {
    resources: found.map(({ method, path, others }) =>
      [`${method} ${path}`, ...(others.length > 0 ? ['but', ...others] : [])].join(' '),
    ),
  };
}

/** `op:getCustomer#/email`, `op:search#?phone`, `schema:Customer#/email`: places of bodies and parameters. */
export function placesNamed(api: OpenApi, text: string): Named {
  const [, kind = '', name = '', place = ''] = /^(op|schema):([^#]*)#([/?{].*)$/s.exec(text) ?? [];
  if (kind === '') {
    return {
      problem: `"${text}" names no place`,
      hint: 'write op:getCustomer#/email, or schema:Customer#/email',
    };
  }
  return kind === 'op' ? placeOfOperation(api, name, place) : placesOfNamed(api, name, place);
}

function placeOfOperation(api: OpenApi, id: string, place: string): Named {
  const operation = api.operations.find((each) => each.id === id);
  if (operation === undefined) return { problem: `no operation is "${id}"`, names: idsOf(api) };
  const { bodies } = operation;
  const keys = keysOf(place);
  if (place.startsWith('/') && bodies.length > 0 && !bodies.some((body) => mayHave(api, body, keys))) {
    return { problem: `${id} answers with nothing at ${place}`, hint: 'items of lists are *: /*/email' };
  }
  return { resources: [`${routeOf(operation)}#${place}`] };
}

function placesOfNamed(api: OpenApi, name: string, place: string): Named {
  const schema = api.schemas.get(name);
  if (schema === undefined) return { problem: `no schema is "${name}"`, names: [...api.schemas.keys()] };
  if (!place.startsWith('/'))
    return { problem: 'a schema has no parameters', hint: 'name the operation: op:search#?phone' };
  if (!mayHave(api, schema, keysOf(place))) return { problem: `${name} has nothing at ${place}` };
  const resources: string[] = [];
  for (const operation of api.operations) {
    for (const body of operation.bodies) {
      const found = placesOfSchema(api, body, `#/components/schemas/${name}`);
      if ('problem' in found) {
        const hint = 'name the places by routes, and let detectors look over the rest';
        return { problem: `${routeOf(operation)}: ${found.problem}`, hint };
      }
      resources.push(...found.places.map((keys) => `${routeOf(operation)}#${pointer(keys)}${place}`));
    }
  }
  if (resources.length > 0) return { resources: [...new Set(resources)] };
  return { problem: `no operation has a ${name}`, hint: 'bodies have it by $ref' };
}

function idsOf({ operations }: OpenApi): string[] {
  return operations.flatMap(({ id }) => (id === undefined ? [] : [id]));
}

function routeOf({ method, path }: Operation): string {
  return `${method} ${path}`;
}

/** RFC 6901 §4 */
function keysOf(place: string): string[] {
  return place
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function pointer(keys: readonly string[]): string {
  return keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
