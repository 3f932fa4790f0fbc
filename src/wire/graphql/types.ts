import { Kind, parse, type DefinitionNode, type FieldDefinitionNode, type TypeNode } from 'graphql/language';

/** What a schema says of types (GraphQL §3), as far as places in answers hang on it. */
export interface GraphqlTypes {
  /** `query` → `Query`, unless the schema has other names. */
  readonly roots: Readonly<Record<'query' | 'mutation' | 'subscription', string>>;
  /** Type → field → the named type of its values. */
  readonly fields: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Interface or union → the object types that its values may have; an object type → itself and its interfaces. */
  readonly kin: ReadonlyMap<string, ReadonlySet<string>>;
}

/** @throws GraphQLError, whose message says what is wrong and whose `locations` say where */
export function readTypes(sdl: string): GraphqlTypes {
  const roots = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' };
  const fields = new Map<string, Map<string, string>>();
  const kin = new Map<string, Set<string>>();
  const related = (a: string, b: string): void => {
    for (const [one, other] of [
      [a, b],
      [b, a],
      [a, a],
      [b, b],
    ] as const) {
      kin.set(one, (kin.get(one) ?? new Set()).add(other));
    }
  };
  for (const definition of parse(sdl).definitions) {
    for (const { name, type } of fieldsOf(definition)) {
      const owner = nameOf(definition);
      fields.set(owner, (fields.get(owner) ?? new Map<string, string>()).set(name.value, namedType(type)));
    }
    for (const other of relativesOf(definition)) related(nameOf(definition), other);
    if (definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION) {
      for (const { operation, type } of definition.operationTypes ?? []) roots[operation] = type.name.value;
    }
  }
  return { roots, fields, kin };
}

function fieldsOf(definition: DefinitionNode): readonly FieldDefinitionNode[] {
  switch (definition.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.OBJECT_TYPE_EXTENSION:
    case Kind.INTERFACE_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_EXTENSION:
      return definition.fields ?? [];
    default:
      return [];
  }
}

function relativesOf(definition: DefinitionNode): readonly string[] {
  switch (definition.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.OBJECT_TYPE_EXTENSION:
    case Kind.INTERFACE_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_EXTENSION:
      return (definition.interfaces ?? []).map(({ name }) => name.value);
    case Kind.UNION_TYPE_DEFINITION:
    case Kind.UNION_TYPE_EXTENSION:
      return (definition.types ?? []).map(({ name }) => name.value);
    default:
      return [];
  }
}

function nameOf(definition: DefinitionNode): string {
  return 'name' in definition && definition.name !== undefined && 'value' in definition.name
    ? definition.name.value
    : '';
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
