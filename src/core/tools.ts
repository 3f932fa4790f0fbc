import type { EventIdentity } from './event.ts';

/** A tool of an MCP server as it was last seen, and as it was accepted. */
export interface ToolRecord {
  readonly target: string;
  readonly name: string;
  /** SHA-256 of the definition, as hex. */
  readonly digest: string;
  /** JSON: all that its server says of it. */
  readonly definition: string;
  readonly seenAtMs: number;
  readonly accepted: AcceptedTool | null;
}

export interface AcceptedTool {
  readonly digest: string;
  readonly definition: string;
  readonly atMs: number;
  /** Null: it stood in the first list that was seen. */
  readonly by: EventIdentity | null;
}

export type SeenTool = Pick<ToolRecord, 'name' | 'digest' | 'definition'>;

export interface ToolRecords {
  list(target: string): Promise<readonly ToolRecord[]>;
  get(target: string, name: string): Promise<ToolRecord | undefined>;
  /** Keeps what was seen; `accepted` those of it that count from now on. */
  see(
    target: string,
    tools: readonly SeenTool[],
    accepted: ReadonlySet<string>,
    nowMs: number,
  ): Promise<void>;
  /** Whether this definition was the last one seen, and counts now. */
  accept(it: {
    readonly target: string;
    readonly name: string;
    readonly digest: string;
    readonly by: EventIdentity;
    readonly nowMs: number;
  }): Promise<boolean>;
}

/** How a tool stands with its target. */
export type ToolState = 'accepted' | 'new' | 'changed';

export function toolState({ digest, accepted }: Pick<ToolRecord, 'digest' | 'accepted'>): ToolState {
  if (accepted === null) return 'new';
  return accepted.digest === digest ? 'accepted' : 'changed';
}
