import type { Node, ParseResult } from '@pgsql/types';
import type { CopyFormat } from './copy-format.ts';
import type { SqlEffectKind } from './effects.ts';
import { checkCount } from './intricate.ts';
import { statementHandlers } from './statements.ts';
import { tagOf } from './tree.ts';
import { expressionHandlers, type Handlers, Walk } from './walk.ts';

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
  /** Settings that SET, RESET or set_config change. */
  readonly settings: readonly SettingChange[];
  readonly transaction?: TransactionStep;
  /** Only COPY with the client itself, not with files and programs. Without a format: its options are not understood. */
  readonly copy?: { readonly direction: 'in' | 'out'; readonly format: CopyFormat | undefined };
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

/** An effect on a relation or routine that is still a name in the text, or on a resource in its final form. */
export type RawEffect = { readonly kind: SqlEffectKind; readonly action: string } & (
  | { readonly relation: RelationName }
  | { readonly routine: RelationName }
  | { readonly resource: string }
);

export interface FunctionCall {
  readonly schema?: string;
  readonly name: string;
  /** Written as `(x).name` or `t.name`: a field, unless there is a function of that name. */
  readonly attribute?: true;
  /** Written as an operator: whatever function stands behind it. */
  readonly operator?: true;
  /** A type that values are turned into: whatever its checks and casts run. */
  readonly type?: true;
  /** Only of functions whose effect depends on them: literal arguments, `undefined` where it is none, `null` for NULL. */
  readonly literals?: readonly (string | null | undefined)[];
}

export interface SettingChange {
  /** In lower case; `all` of a RESET ALL; empty where a set_config does not tell. */
  readonly name: string;
  /** `undefined`: back to its default, or not told by the text. */
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

/**
 * What the statements of a text would do, from PostgreSQL's own parse tree of it.
 * @throws IntricateError where it names too many things
 */
export function analyseTree(tree: ParseResult, text: string): Analysis {
  const statements = (tree.stmts ?? []).flatMap(({ stmt }) => (stmt === undefined ? [] : [factsOf(stmt)]));
  checkCount(statements);
  return { text, statements };
}

const handlers: Handlers = { ...expressionHandlers, ...statementHandlers };

function factsOf(node: Node): StatementFacts {
  const walk = new Walk(handlers);
  walk.statement(node);
  return {
    tag: tagOf(node),
    effects: distinct(walk.effects),
    functions: distinct(walk.functions),
    unbounded: walk.unbounded,
    settings: walk.settings,
    executes: [...new Set(walk.executes)],
    ...walk.fact,
  };
}

function distinct<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
