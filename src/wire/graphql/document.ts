import {
  Kind,
  parse,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql/language';
import type { GraphqlTypes } from './types.ts';

/** A longer one is none that a person wrote. */
const tokensMax = 10_000;
/** Fields, with those of fragments wherever they are spread: a few lines could spread into millions. */
const fieldsMax = 2_000;

/** One field that an operation asks for. */
export interface AskedField {
  /** By its names in the schema, from the root: `Query`, `customer`, `email`. */
  readonly path: readonly string[];
  /** By its keys in the answer, below `data`; items of lists have none. */
  readonly keys: readonly string[];
  /** The types that it may be a field of; undefined where no schema says. */
  readonly owners: ReadonlySet<string> | undefined;
  readonly isLeaf: boolean;
}

export interface Operation {
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly fields: readonly AskedField[];
}

/** Why nobody can say what a document asks for. */
export class GraphqlProblem extends Error {
  override readonly name = 'GraphqlProblem';
}

/**
 * What a document asks for (GraphQL §2): the operation of this name, or its only one.
 * @throws GraphqlProblem
 */
export function readOperation(
  text: string,
  name: string | undefined,
  types: GraphqlTypes | undefined,
): Operation {
  const document = parsed(text);
  const operation = operationOf(document, name);
  const walk = new Walk(document, types);
  const root = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' }[operation.operation];
  const owner = types?.roots[operation.operation];
  refuseDeferral(operation);
  walk.selections(operation.selectionSet, { path: [root], keys: [], owner, spreads: [] });
  return { kind: operation.operation, fields: walk.fields };
}

function parsed(text: string): DocumentNode {
  try {
    return parse(text, { noLocation: true, maxTokens: tokensMax });
  } catch (error) {
    // The parser recurses: one that nests deeper than the stack ends here as well.
    throw new GraphqlProblem(error instanceof Error ? error.message : 'no GraphQL document');
  }
}

/** GraphQL §6.1: servers answer with an error to what is refused here, as far as they keep to it. */
function operationOf({ definitions }: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const all = definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
  const found = name === undefined ? all : all.filter((each) => each.name?.value === name);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  throw new GraphqlProblem(
    found.length > 1 ? 'more than one operation is meant' : 'the document has no such operation',
  );
}

/** Where a walk has come to. */
interface Here {
  readonly path: readonly string[];
  readonly keys: readonly string[];
  /** The type whose fields are selected; undefined where nobody knows. */
  readonly owner: string | undefined;
  /** Fragments that it is within. */
  readonly spreads: readonly string[];
}

class Walk {
  readonly fields: AskedField[] = [];
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #types: GraphqlTypes | undefined;
  #visited = 0;

  constructor({ definitions }: DocumentNode, types: GraphqlTypes | undefined) {
    const fragments = definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
    this.#fragments = new Map(fragments.map((each) => [each.name.value, each]));
    if (this.#fragments.size !== fragments.length) throw new GraphqlProblem('two fragments have one name');
    this.#types = types;
  }

  selections({ selections }: SelectionSetNode, here: Here): void {
    for (const selection of selections) {
      if (++this.#visited > fieldsMax) throw new GraphqlProblem(`it asks for more than ${fieldsMax} fields`);
      refuseDeferral(selection);
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const owner = selection.typeCondition?.name.value ?? here.owner;
        this.selections(selection.selectionSet, { ...here, owner });
      } else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        this.#spread(selection.name.value, here);
      } else {
        const { name, alias, selectionSet } = selection;
        this.#field(name.value, alias?.value ?? name.value, selectionSet, here);
      }
    }
  }

  #spread(name: string, here: Here): void {
    const fragment = this.#fragments.get(name);
    if (fragment === undefined || here.spreads.includes(name)) {
      throw new GraphqlProblem(`the fragment ${name} is not there, or is within itself`);
    }
    const owner = fragment.typeCondition.name.value;
    this.selections(fragment.selectionSet, { ...here, owner, spreads: [...here.spreads, name] });
  }

  #field(name: string, key: string, inner: SelectionSetNode | undefined, here: Here): void {
    const [path, keys] = [
      [...here.path, name],
      [...here.keys, key],
    ];
    const owners = here.owner === undefined ? undefined : this.#types?.kin.get(here.owner);
    const own = here.owner === undefined ? undefined : (owners ?? new Set([here.owner]));
    this.fields.push({ path, keys, owners: this.#types && own, isLeaf: inner === undefined });
    const owner = here.owner === undefined ? undefined : this.#types?.fields.get(here.owner)?.get(name);
    if (inner !== undefined) this.selections(inner, { ...here, path, keys, owner });
  }
}

/** What they put off comes in pieces, whose places are not those of the answer. */
function refuseDeferral({
  directives,
}: {
  readonly directives?: readonly { name: { value: string } }[] | undefined;
}): void {
  const found = directives?.find(({ name }) => name.value === 'defer' || name.value === 'stream');
  if (found !== undefined) throw new GraphqlProblem(`@${found.name.value} is not looked into`);
}
