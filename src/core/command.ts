import type { Effect } from './effect.ts';
import type { SallyportError } from './errors.ts';
import type { MaskPlan } from './mask.ts';

/** A bound parameter as it came over the wire; `null` is SQL's NULL. */
export interface Parameter {
  readonly bytes: Uint8Array | null;
  readonly format: 'text' | 'binary';
}

/** One thing a client asks: a statement, a request, a tool call. */
export interface Command {
  /** As it goes upstream, is recorded and is shown to an approver. */
  readonly text: string;
  readonly parameters: readonly Parameter[];
  readonly effects: readonly Effect[];
  /** An UPDATE or DELETE without a selective WHERE. */
  readonly unbounded: boolean;
  /** What is done with sensitive columns apart from returning them: `equality`, `pattern` … */
  readonly uses: readonly string[];
  /** What a tool is called with, for conditions; absent where a command has no arguments by name. */
  readonly args?: Readonly<Record<string, unknown>>;
  /** State of the session that changes what the text means (search_path …); an approval is bound to it too. */
  readonly context: string;
  /**
   * Why the answer could show a hidden value that the plan cannot mask, in a sentence; absent where it cannot.
   * Must err on the side of a reason.
   */
  readonly undisclosable?: (plan: MaskPlan) => string | undefined;
  /** Why it is refused whatever the rules say: it has a token that may not be turned back. */
  readonly refusal?: SallyportError;
}
