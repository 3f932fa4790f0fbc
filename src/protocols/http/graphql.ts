import type { Command } from '../../core/command.ts';
import type { Effect, EffectKind } from '../../core/effect.ts';
import { matchesGlob } from '../../core/glob.ts';
import type { MaskPlan } from '../../core/mask.ts';
import type { GraphqlAddress } from '../../core/target.ts';
import type { PlaceMask } from '../../masking/column-mask.ts';
import {
  GraphqlProblem,
  readOperation,
  type AskedField,
  type Operation,
} from '../../wire/graphql/document.ts';
import { readQueries } from '../../wire/graphql/request.ts';
import { readTypes, type GraphqlTypes } from '../../wire/graphql/types.ts';
import { fieldValue } from '../../wire/http/headers.ts';
import type { Asked } from './request.ts';

/** What a request to a GraphQL API asks for, or why nobody can say. */
export type GraphqlReading = { readonly operations: readonly Operation[] } | { readonly problem: string };

const kinds: Readonly<Record<Operation['kind'], EffectKind>> = {
  query: 'read',
  mutation: 'write',
  subscription: 'read',
};

const known = new WeakMap<GraphqlAddress, GraphqlTypes>();

export function readGraphql(address: GraphqlAddress, asked: Asked, body: Buffer | undefined): GraphqlReading {
  const { method, query, fields } = asked;
  try {
    const contentType = fieldValue(fields, 'content-type');
    const queries = readQueries({ method, query, contentType, body });
    const types = typesOf(address);
    return {
      operations: queries.map(({ text, operationName }) => readOperation(text, operationName, types)),
    };
  } catch (error) {
    if (error instanceof GraphqlProblem) return { problem: error.message };
    throw error;
  }
}

function typesOf(address: GraphqlAddress): GraphqlTypes | undefined {
  if (address.schema === undefined) return undefined;
  let types = known.get(address);
  if (types === undefined) known.set(address, (types = readTypes(address.schema)));
  return types;
}

/** The request's command with what its operations do: on its path as a whole, and on every leaf that they ask for. */
export function graphqlCommand(command: Command, asked: Asked, reading: GraphqlReading): Command {
  const { method: action, path: resource } = asked;
  if ('problem' in reading) {
    return {
      ...command,
      effects: [{ kind: 'opaque', action, resource }],
      undisclosable: ({ hidden }) =>
        [...hidden.keys()].some(isGraphqlName)
          ? `nobody can tell what this GraphQL request asks for: ${reading.problem}`
          : undefined,
    };
  }
  const effects = new Map<string, Effect>();
  for (const { kind: operation, fields } of reading.operations) {
    const kind = kinds[operation];
    effects.set(kind, { kind, action, resource });
    for (const { path, isLeaf } of fields) {
      const name = `gql:${path.join('.')}`;
      // Which type a value has is no value; clients ask for it everywhere.
      if (isLeaf && path.at(-1) !== '__typename')
        effects.set(`${kind} ${name}`, { kind, action: operation, resource: name });
    }
  }
  return { ...command, effects: [...effects.values()] };
}

/** Where in its answer what is hidden stands, by whatever aliases it was asked for. */
export function graphqlPlaces(
  { hidden }: MaskPlan,
  reading: GraphqlReading,
  labels: ReadonlyMap<string, string>,
): readonly PlaceMask[] {
  const names = [...hidden].filter(([resource]) => isGraphqlName(resource));
  if (names.length === 0 || 'problem' in reading) return [];
  const places: PlaceMask[] = beside.map((pointer) => ({
    pointer,
    mask: 'redact',
    resource: `gql:${pointer.join('.')}`,
    throughLists: true,
  }));
  for (const { fields } of reading.operations) {
    for (const field of fields) {
      for (const [resource, mask] of names.filter(([name]) => isOf(field, name))) {
        const label = labels.get(resource);
        const place = { pointer: ['data', ...field.keys], mask, resource, throughLists: true };
        places.push(label === undefined ? place : { ...place, label: `label:${label}` });
      }
    }
  }
  return unique(places);
}

/** Servers put there what they like. */
const beside = [['extensions'], ['errors', 'extensions']];

/** `gql:Query.customer.email` by its path, `gql:Customer.email` by its type. */
function isOf({ path, owners }: AskedField, resource: string): boolean {
  const name = resource.slice('gql:'.length);
  if (/^(?:Query|Mutation|Subscription)\.|\*/.test(name)) return matchesGlob(name, path.join('.'));
  const [type = '', field = ''] = name.split('.', 2);
  // Of what no type is known, it may be this one.
  return field === path.at(-1) && (owners === undefined || owners.has(type));
}

/** One place asked for twice is one place; where two masks mean it, the tree of places hides it as a whole. */
function unique(places: readonly PlaceMask[]): readonly PlaceMask[] {
  return [
    ...new Map(places.map((place) => [JSON.stringify([place.pointer, place.resource]), place])).values(),
  ];
}

export function isGraphqlName(resource: string): boolean {
  return resource.startsWith('gql:');
}
