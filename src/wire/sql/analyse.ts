import type { EffectKind } from '../../core/effect.ts';
import type { References } from './references.ts';

/** What a text would do, as plain data: it crosses from the parser's thread and is cached by text. */
export interface Analysis {
  readonly text: string;
  /** Empty for a text of nothing but blanks and comments, and where `syntaxError` is set. */
  readonly statements: readonly StatementFacts[];
  /** The grammar does not take the text: `position` counts characters from 1. To be treated as an `opaque` command. */
  readonly syntaxError?: { readonly message: string; readonly position: number };
}

export interface StatementFacts {
  /** The parse tree's node tag: `SelectStmt` … */
  readonly tag: string;
  /** Not yet resolved: `effectsOf` does that against a catalog. */
  readonly effects: readonly RawEffect[];
  /** All that are called anywhere in the statement, once each. */
  readonly functions: readonly FunctionCall[];
  /** An UPDATE, DELETE or MERGE anywhere in it that nothing keeps from changing whole tables; a TRUNCATE. */
  readonly unbounded: boolean;
  /** Settings that a SET or RESET changes. */
  readonly settings: readonly SettingChange[];
  readonly references: References;
  readonly transaction?: TransactionStep;
  /** Only COPY with the client itself, not with files and programs. */
  readonly copy?: { readonly direction: 'in' | 'out' };
  /** The name that a PREPARE gives; `effects` and `functions` are those of the statement it prepares. */
  readonly prepares?: string;
  /** Names of prepared statements that EXECUTE runs (also within EXPLAIN and CREATE TABLE AS). */
  readonly executes: readonly string[];
  /** The name that a DEALLOCATE frees; `null`: all (DISCARD ALL too). */
  readonly deallocates?: string | null;
}

export interface RelationName {
  readonly schema?: string;
  readonly name: string;
}

/** An effect on a relation that is still a name in the text, or on a resource already in its final form. */
export type RawEffect =
  | { readonly kind: EffectKind; readonly action: string; readonly relation: RelationName }
  | { readonly kind: EffectKind; readonly action: string; readonly resource: string };

export interface FunctionCall {
  readonly schema?: string;
  readonly name: string;
  /** Written as `(x).name` or `t.name`: a field, unless there is a function of that name. */
  readonly attribute?: true;
  /** Only of functions whose effect depends on them: literal arguments, `undefined` where it is none, `null` for NULL. */
  readonly literals?: readonly (string | null | undefined)[];
}

export interface SettingChange {
  /** In lower case; `all` of a RESET ALL. */
  readonly name: string;
  /** `undefined`: back to its default. */
  readonly value: string | undefined;
}

export type TransactionStep =
  | 'begin'
  | 'commit'
  | 'rollback'
  | 'savepoint'
  | 'release'
  | 'rollback_to'
  | 'prepare'
  | 'commit_prepared'
  | 'rollback_prepared';
