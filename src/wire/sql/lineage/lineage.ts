import type { RelationName } from '../analyse.ts';

/** A column whose values are configured as sensitive, or a place inside its documents. */
export interface SensitiveSource {
  /** As the configuration names it: `public.users.email`, `public.events.payload#/user/phone`. */
  readonly resource: string;
  /** Of a resource inside a JSON document: its keys; `*` stands for any. Absent: the whole column. */
  readonly pointer?: readonly string[];
}

/** What the lineage of a statement needs to know of a target: data read from the server beforehand, names unquoted. */
export interface LineageCatalog {
  /**
   * Every relation that a name may stand for, the system's own among them: several where no schema is given, as
   * `search_path` is the client's to change. Empty: there is none that is known.
   */
  relations(schema: string | undefined, name: string): readonly LineageRelation[];
  /** Whether a built-in or user's function or operator of this name (in any schema) gives back sets of rows. */
  returnsSet(name: string): boolean;
  /** Whether there is a type of this name that is not the system's. */
  shadowsType(name: string): boolean;
  /** Whether somebody has made an operator of this name out of the system's functions: it may do anything of theirs. */
  redefines(operator: string): boolean;
  /** Sensitive resources that user's functions (or operators) of this name read, in any schema; `undefined`: nobody can tell. */
  readBy(schema: string | undefined, name: string): readonly string[] | undefined;
}

export interface LineageRelation {
  readonly schema: string;
  readonly name: string;
  readonly oid: number;
  /** In order, without dropped ones. A view's are known by what its definition shows. */
  readonly columns: readonly LineageColumn[];
  /** Rules that do more than make a view: sensitive resources that they read. */
  readonly ruleReads: readonly string[];
}

export interface LineageColumn {
  readonly name: string;
  /** Base type; 0 where it is not known. */
  readonly typeOid: number;
  /** Empty: nothing to hide. */
  readonly origins: readonly Origin[];
}

/** One of the things that a value comes from. */
export interface Origin extends SensitiveSource {
  /** The value is that of the source itself, unchanged; else something computed with it. */
  readonly plain: boolean;
}

/** What a statement does with sensitive columns (DESIGN §7), in rules `command.uses`. */
export const uses = ['equality', 'pattern', 'range', 'order', 'group', 'join', 'copy', 'write'] as const;
export type Use = (typeof uses)[number];

/** One thing that a statement does with sensitive values, apart from returning them masked. */
export interface Finding {
  readonly use?: Use;
  readonly resources: readonly string[];
  /** A join: what they are compared with. It tells nothing only where both sides are hidden, or neither. */
  readonly with?: readonly string[];
  /** Why it would give values away, as the end of a sentence (`sort by it, which tells it bit by bit`); absent: it would not. */
  readonly leaks?: string;
}

/** One column of an answer. */
export interface OutputLineage {
  /** As the answer will name it, where the text tells. */
  readonly name: string | undefined;
  readonly origins: readonly Origin[];
  /** The base type of a plain column of a relation; 0: not known. */
  readonly typeOid: number;
  /** Stands for any number of columns: a star over something whose columns nobody knows. */
  readonly spread?: true;
}

/** Where the text or a parameter gives a value for a sensitive column, so that a token may stand there. */
export type TokenPlace = {
  readonly resource: string;
  /** It may be another column, or become another value on its way there: no token may be turned back. */
  readonly unsure?: true;
} & (
  | { readonly kind: 'parameter'; readonly number: number; readonly array: boolean }
  /** A constant that looks like a token, or an array literal of them; `at` counts bytes of the text in UTF-8. */
  | { readonly kind: 'literal'; readonly at: number; readonly value: string; readonly array: boolean }
  /** A column (from 0) of the data that COPY … FROM STDIN sends. */
  | { readonly kind: 'copied'; readonly index: number }
);

export interface Unqualified {
  /** Where the name begins, in bytes of the text in UTF-8. */
  readonly at: number;
  readonly schema: string;
}

export interface TokenArgument {
  /** From 0: it is the parameter of this number plus one. */
  readonly index: number;
  readonly at: number;
  readonly value: string;
  readonly array: boolean;
}

/** Where what a statement shows and does comes from; plain data, which crosses from the parser's thread. */
export interface StatementLineage {
  /** Columns of the rows that go to the client (by COPY TO STDOUT too). Undefined where the text does not tell: EXECUTE, FETCH. */
  readonly outputs: readonly OutputLineage[] | undefined;
  readonly findings: readonly Finding[];
  readonly tokens: readonly TokenPlace[];
  /** A literal of token shape stands where no sensitive column takes it: it stays a text. */
  readonly looseTokens: boolean;
  /** Parameters that stand where no sensitive column takes them: their values could be seen there. */
  readonly looseParameters: readonly number[];
  /**
   * Relations with sensitive columns, and types that a token is cast to, that are named without a schema, and the one
   * that they can only be of.
   */
  readonly unqualified: readonly Unqualified[];
  /** The highest number of a parameter; 0: there is none. */
  readonly parametersMax: number;
  /** Sentences: why nobody can tell what it shows. Each counts wherever anything is hidden at all. */
  readonly opaque: readonly string[];
  /** Every relation that it reads, as written. */
  readonly reads: readonly RelationName[];
  /** Names of relations that the catalog does not have. */
  readonly unknown: readonly string[];
  /** EXECUTE: its arguments that look like tokens, for the parameters of what it runs. */
  readonly arguments: readonly TokenArgument[];
  /** EXECUTE: all its arguments as texts, null for NULL; undefined where one is no constant. */
  readonly given?: readonly (string | null | undefined)[];
  /** DECLARE: the cursor's name, whose rows `outputs` describes for FETCH. */
  readonly declares?: string;
}
