import type { Identity } from '../../core/identity.ts';
import type { Answer } from './answer.ts';
import type { ApiParts } from '../parts.ts';
import type { UnderWay } from './under-way.ts';

/** Who has called a tool. */
export interface Asker {
  readonly caller: Identity;
  /** What they have proven that with. */
  readonly token: string;
  /** The address that they came from. */
  readonly client: string;
  /** Aborted when they have gone. */
  readonly signal: AbortSignal;
  /** Calls of everybody's, this one among them while it is served. */
  readonly underWay: UnderWay;
}

/** What does a tool, once its arguments fit. Its refusals are thrown. */
export type Act<Args> = (parts: ApiParts, asker: Asker, args: Args) => Promise<Answer>;
