import type { Node, ObjectType } from '@pgsql/types';
import type { RawEffect, RelationName } from './analyse.ts';
import type { SqlEffectKind } from './effects.ts';
import { quoteIdentifier, quoteQualified } from './identifier.ts';
import { qualifiedName, relationName, strings, under } from './tree.ts';

/** What DROP, COMMENT, ALTER … are done to, named as the object's type asks. */
export function objectEffect(
  kind: SqlEffectKind,
  action: string,
  type: ObjectType | undefined,
  object: Node | undefined,
): RawEffect {
  const relation = under(object, 'RangeVar');
  if (relation !== undefined) return { kind, action, relation: relationName(relation) };
  const parts = type !== undefined && nameless.has(type) ? [] : objectName(object);
  const owner = type === undefined ? undefined : relationOf(type, parts);
  if (owner !== undefined) return { kind, action, relation: owner };
  return { kind, action, resource: inSchema(type, parts) };
}

/** Who may do what is decided by these; changing them is `access` and not `schema`. */
export function kindOf(type: ObjectType | undefined): 'access' | 'schema' {
  return type !== undefined && accessTypes.has(type) ? 'access' : 'schema';
}

/** `public.name` of types, functions and other things that live in a schema. */
export function routineName(parts: readonly string[]): string {
  const name = qualifiedName(parts);
  return name === undefined ? '' : quoteQualified(name.schema ?? 'public', name.name);
}

function objectName(object: Node | undefined): string[] {
  if (object === undefined) return [];
  const single = under(object, 'String');
  if (single !== undefined) return [single.sval ?? ''];
  const parts = under(object, 'List')?.items ?? under(object, 'ObjectWithArgs')?.objname;
  const type = under(object, 'TypeName') ?? under(parts?.[0], 'TypeName');
  return strings(type?.names ?? parts);
}

/** Tables and the like by their own name; what belongs to a table by the table's. */
function relationOf(type: ObjectType, parts: readonly string[]): RelationName | undefined {
  if (relationTypes.has(type)) return qualifiedName(parts);
  return partTypes.has(type) ? qualifiedName(parts.slice(0, -1)) : undefined;
}

function inSchema(type: ObjectType | undefined, parts: readonly string[]): string {
  if (parts.length > 1) return routineName(parts);
  const [only] = parts;
  if (only === undefined) return '';
  return type !== undefined && schemaless.has(type) ? quoteIdentifier(only) : quoteQualified('public', only);
}

const accessTypes = new Set<ObjectType>([
  'OBJECT_POLICY',
  'OBJECT_ROLE',
  'OBJECT_USER_MAPPING',
  'OBJECT_DEFACL',
  'OBJECT_PARAMETER_ACL',
]);

const relationTypes = new Set<ObjectType>([
  'OBJECT_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_INDEX',
  'OBJECT_SEQUENCE',
  'OBJECT_FOREIGN_TABLE',
]);

const partTypes = new Set<ObjectType>([
  'OBJECT_COLUMN',
  'OBJECT_TABCONSTRAINT',
  'OBJECT_TRIGGER',
  'OBJECT_RULE',
  'OBJECT_POLICY',
]);

/** Named by types. */
const nameless = new Set<ObjectType>(['OBJECT_CAST', 'OBJECT_TRANSFORM']);

const schemaless = new Set<ObjectType>([
  'OBJECT_ACCESS_METHOD',
  'OBJECT_DATABASE',
  'OBJECT_EVENT_TRIGGER',
  'OBJECT_EXTENSION',
  'OBJECT_FDW',
  'OBJECT_FOREIGN_SERVER',
  'OBJECT_LANGUAGE',
  'OBJECT_PUBLICATION',
  'OBJECT_ROLE',
  'OBJECT_SCHEMA',
  'OBJECT_SUBSCRIPTION',
  'OBJECT_TABLESPACE',
]);
