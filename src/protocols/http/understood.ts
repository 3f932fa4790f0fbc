import type { Command } from '../../core/command.ts';
import type { MaskPlan } from '../../core/mask.ts';
import { parseRoute, touchesRoute } from '../../core/route.ts';
import type { GraphqlAddress, HttpTarget } from '../../core/target.ts';
import type { PlaceMask } from '../../masking/column-mask.ts';
import { commandOf, contextOf } from './command.ts';
import type { Asked } from './request.ts';

/** What a request asks for. */
export interface Understood {
  readonly command: Command;
  /** What it would be with another body. */
  readonly hangsOnBody: boolean;
  /** What of a plan is hidden in its answer, beside the places of its route. */
  readonly places: (plan: MaskPlan) => readonly PlaceMask[];
}

export type Understand = (asked: Asked, body: Buffer | undefined) => Understood;

/** What understands the requests of a target; GraphQL is loaded where one has it. */
export function understanding({ graphql, valueLabels }: HttpTarget): Understand | Promise<Understand> {
  return graphql === undefined ? plainly : withGraphql(graphql, valueLabels);
}

async function withGraphql(
  graphql: GraphqlAddress,
  valueLabels: HttpTarget['valueLabels'],
): Promise<Understand> {
  const { graphqlCommand, graphqlPlaces, readGraphql } = await import('./graphql.ts');
  return (asked, body) => {
    const plain = plainly(asked, body);
    if (!isGraphql(graphql, asked)) return plain;
    const reading = readGraphql(graphql, asked, body);
    return {
      command: graphqlCommand(plain.command, asked, reading),
      hangsOnBody: true,
      places: (plan) => graphqlPlaces(plan, reading, valueLabels),
    };
  };
}

function plainly(asked: Asked, body: Buffer | undefined): Understood {
  const command = commandOf(asked, body, contextOf(asked.fields));
  return { command, hangsOnBody: false, places: nowhere };
}

function nowhere(): readonly PlaceMask[] {
  return [];
}

/** In whatever letters, and whatever is asked by it but OPTIONS, which runs nothing. */
function isGraphql({ path }: GraphqlAddress, asked: Asked): boolean {
  const { method } = asked;
  return method !== 'OPTIONS' && touchesRoute(parseRoute(path), { method, path: asked.path });
}
