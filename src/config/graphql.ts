import { createHash } from 'node:crypto';
import type { GraphqlTypes } from '../wire/graphql/types.ts';
import { besidePath, type ReadingBeside } from './beside.ts';
import { didYouMean } from './nearest.ts';
import type { ConfigFile } from './schema.ts';
import type { Path, Source } from './source.ts';

/** Reads a schema; throws what says why it is none. Loaded where a configuration speaks of GraphQL alone. */
export type ReadTypes = (sdl: string) => GraphqlTypes;

/** The schemas of targets that have one. */
export type GraphqlSchemas = ReadonlyMap<string, { readonly text: string; readonly types: GraphqlTypes }>;

/** Reads the schemas of all targets that name one; what is wrong with them is noted in the source. */
export function readSchemas(
  file: ConfigFile,
  source: Source,
  folder: string,
  by: ReadingBeside & { readonly readTypes: ReadTypes },
): GraphqlSchemas {
  const schemas = new Map<string, { text: string; types: GraphqlTypes }>();
  for (const [name, { http }] of Object.entries(file.targets)) {
    const named = http?.graphql?.schema;
    if (named === undefined) continue;
    const at = ['targets', name, 'http', 'graphql', 'schema'];
    const path = besidePath(folder, named, /\.(?:graphqls?|gql)$/);
    const text = path === undefined ? undefined : by.read(path);
    if (path === undefined) {
      source.refuse(at, `"${named}" is not beside this file`, 'a .graphql file in its folder, or below it');
    } else if (text === undefined) source.refuse(at, `${named} cannot be read`, by.unreadable);
    else {
      const types = typesOf(text, by.readTypes);
      if (types instanceof Error)
        source.errors.push({ file: path, ...placeOf(types), message: types.message });
      else schemas.set(name, { text, types });
    }
  }
  return schemas;
}

/** A configuration is looked at again and again; the same text is read once. */
const known = new Map<string, GraphqlTypes | Error>();
const knownMax = 16;

function typesOf(text: string, readTypes: ReadTypes): GraphqlTypes | Error {
  const key = createHash('sha256').update(text).digest('base64');
  const before = known.get(key);
  if (before !== undefined) return before;
  if (known.size >= knownMax) known.clear();
  const types = triedTypes(text, readTypes);
  known.set(key, types);
  return types;
}

function triedTypes(text: string, readTypes: ReadTypes): GraphqlTypes | Error {
  try {
    return readTypes(text);
  } catch (error) {
    return error instanceof Error ? error : new Error('no GraphQL schema');
  }
}

/** GraphQL's errors say where they are. */
function placeOf(error: Error): { line: number; column: number } {
  const places: unknown = Reflect.get(error, 'locations');
  const first: unknown = Array.isArray(places) ? places[0] : undefined;
  const { line, column } = { line: 1, column: 1, ...(typeof first === 'object' ? first : {}) };
  return { line, column };
}

/** A name in what is sensitive: by a path from the root, or by a type that the schema has. */
export function checkGraphqlName(
  text: string,
  it: { readonly path: Path; readonly source: Source },
  target: { readonly hasGraphql: boolean; readonly types: GraphqlTypes | undefined },
): void {
  const { path, source } = it;
  if (!target.hasGraphql) {
    source.refuseKey(
      path,
      `"${text}": the target has no GraphQL`,
      'give it http.graphql: { path: /graphql }',
    );
    return;
  }
  const [, owner = '', field = ''] = /^gql:(\w+)\.(\w+)$/.exec(text) ?? [];
  if (/^gql:(?:Query|Mutation|Subscription)\.|\*/.test(text)) return;
  if (owner === '') {
    source.refuseKey(
      path,
      `"${text}" names no field`,
      'write gql:Query.customer.email, or gql:Customer.email',
    );
  } else if (target.types === undefined) {
    source.refuseKey(
      path,
      `"${text}": types need a schema`,
      'give the target http.graphql.schema, or write gql:Query.…',
    );
  } else {
    const fields = target.types.fields.get(owner);
    const names = fields === undefined ? target.types.fields.keys() : fields.keys();
    const wrong = fields === undefined ? owner : field;
    if (fields?.has(field) !== true) {
      source.refuseKey(
        path,
        `"${text}": the schema has no ${fields === undefined ? 'type' : 'field'} ${wrong}`,
        didYouMean(wrong, names),
      );
    }
  }
}
