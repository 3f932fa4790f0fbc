/** What is wrong with a document, and where in it. */
export interface OpenApiFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint?: string;
}

export interface Operation {
  /** Undefined: nobody can name it. */
  readonly id: string | undefined;
  /** In capitals. */
  readonly method: string;
  /** As routes are written: `/v1/customers/{id}`. */
  readonly path: string;
  /** Paths of the same length that are others' and that this one's names would take for its own. */
  readonly others: readonly string[];
  /** Schemas of bodies of its requests and its answers, of whatever media type. */
  readonly bodies: readonly unknown[];
}

/** An API as an OpenAPI document describes it (3.0 and 3.1). */
export interface OpenApi {
  readonly operations: readonly Operation[];
  /** By its name under `#/components/schemas`. */
  readonly schemas: ReadonlyMap<string, unknown>;
  /** Follows a `$ref`; undefined where it leads nowhere in this document. */
  readonly resolve: (ref: string) => unknown;
}

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] as const;

/** What a document that was read from YAML or JSON says, or all that is wrong with it. */
export function readOpenApi(root: unknown): OpenApi | readonly OpenApiFault[] {
  const version = field(root, 'openapi');
  if (typeof version !== 'string' || !/^3\.[01]\./.test(version)) {
    return [{ path: [], message: 'no OpenAPI 3.0 or 3.1', hint: 'it says so itself: openapi: 3.1.0' }];
  }
  const faults: OpenApiFault[] = [];
  const resolve = (ref: string): unknown => resolved(root, ref);
  const found = operationsIn(root, resolve, faults);
  const paths = [...new Set(found.map(({ path }) => path))];
  const ids = new Set<string>();
  const operations = found.map(({ at, ...operation }): Operation => {
    const { id, path } = operation;
    if (id !== undefined && ids.has(id)) {
      faults.push({ path: [...at, 'operationId'], message: `two operations are "${id}"` });
    }
    if (id !== undefined) ids.add(id);
    return { ...operation, others: paths.filter((other) => isTaken(path, other)) };
  });
  const schemas = new Map(entries(field(field(root, 'components'), 'schemas')));
  return faults.length > 0 ? faults : { operations, schemas, resolve };
}

/** What stands under a key of an object; undefined where nothing does. */
export function field(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

export function entries(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

interface Found extends Omit<Operation, 'others'> {
  readonly at: readonly string[];
}

function operationsIn(
  root: unknown,
  resolve: (ref: string) => unknown,
  faults: OpenApiFault[],
): readonly Found[] {
  const found: Found[] = [];
  const shapes = new Map<string, string>();
  for (const [template, item] of entries(field(root, 'paths'))) {
    if (template.startsWith('x-')) continue;
    const at = ['paths', template];
    const path = routePath(template);
    if (path === undefined) {
      faults.push({
        path: at,
        message: `"${template}" is no path`,
        hint: 'it begins with /, without ? and #',
      });
      continue;
    }
    const same = shapes.get(path.replaceAll(/\{[^/]*\}/g, '{}'));
    if (same !== undefined) faults.push({ path: at, message: `"${template}" is the same path as ${same}` });
    shapes.set(path.replaceAll(/\{[^/]*\}/g, '{}'), template);
    const ref = field(item, '$ref');
    const whole = typeof ref === 'string' ? resolve(ref) : item;
    if (whole === undefined) faults.push({ path: [...at, '$ref'], message: otherFile, hint: bundle });
    for (const method of methods) {
      const operation = field(whole, method);
      if (operation === undefined) continue;
      const id = field(operation, 'operationId');
      const bodies = bodiesOf(operation, resolve);
      const where = [...at, method];
      if (bodies === undefined) faults.push({ path: where, message: otherFile, hint: bundle });
      const name = typeof id === 'string' && id !== '' ? id : undefined;
      found.push({ id: name, at: where, method: method.toUpperCase(), path, bodies: bodies ?? [] });
    }
  }
  return found;
}

const otherFile = 'a reference leads nowhere in this file';
const bundle = 'put all of it into one file (redocly bundle, swagger-cli bundle)';

/** Names that are not a whole segment become stars. Undefined for what is no path. */
function routePath(template: string): string | undefined {
  if (!/^\/[^?#\s]*$/.test(template) || /\/\//.test(template)) return undefined;
  const segments = template.split('/').map((segment) => {
    if (!/[{}*]/.test(segment) || /^\{[^{}]+\}$/.test(segment)) return segment;
    const starred = segment.replaceAll(/\{[^{}]*\}/g, '*').replaceAll(/\*+/g, '*');
    return starred === '*' ? '{any}' : starred;
  });
  return segments.some((segment) => /[{}]/.test(segment) && !/^\{[^{}]+\}$/.test(segment))
    ? undefined
    : segments.join('/');
}

/**
 * Whether some requests to `other` look like those of `path`, which has a name where `other` has a text: servers give
 * them to the one that is more concrete (OpenAPI §4.8.8.2).
 */
function isTaken(path: string, other: string): boolean {
  const [segments, others] = [path.split('/'), other.split('/')];
  if (path === other || segments.length !== others.length) return false;
  const overlaps = segments.every((segment, at) => {
    const text = others[at] ?? '';
    return segment === text || isOpen(segment) || isOpen(text);
  });
  return (
    overlaps &&
    segments.some((segment, at) => isOpen(segment) && segment !== others[at] && !isName(others[at] ?? ''))
  );
}

function isName(segment: string): boolean {
  return segment.startsWith('{');
}

function isOpen(segment: string): boolean {
  return isName(segment) || segment.includes('*');
}

/** Undefined where a reference leads nowhere. */
function bodiesOf(operation: unknown, resolve: (ref: string) => unknown): readonly unknown[] | undefined {
  const responses = entries(field(operation, 'responses')).map(([, response]) => response);
  const request = field(operation, 'requestBody');
  const holders = [...(request === undefined ? [] : [request]), ...responses].map((holder) => {
    const ref = field(holder, '$ref');
    return typeof ref === 'string' ? resolve(ref) : holder;
  });
  if (holders.includes(undefined)) return undefined;
  return holders.flatMap((holder) =>
    entries(field(holder, 'content')).flatMap(([, media]) => {
      const schema = field(media, 'schema');
      return schema === undefined ? [] : [schema];
    }),
  );
}

/** RFC 6901 §6, in a fragment of this document. */
function resolved(root: unknown, ref: string): unknown {
  if (!ref.startsWith('#/')) return undefined;
  let here = root;
  for (const key of ref.slice(2).split('/')) {
    const plain = unescaped(key);
    here = plain === undefined ? undefined : field(here, plain.replaceAll('~1', '/').replaceAll('~0', '~'));
  }
  return here;
}

function unescaped(key: string): string | undefined {
  try {
    return decodeURIComponent(key);
  } catch {
    return undefined;
  }
}
