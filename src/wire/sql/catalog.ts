import type { FunctionCall } from './analyse.ts';

export type RelationKind = 'table' | 'view' | 'matview' | 'foreign' | 'sequence' | 'partitioned';
export type Volatility = 'immutable' | 'stable' | 'volatile';

export interface CatalogRelation {
  readonly schema: string;
  readonly name: string;
  readonly oid: number;
  readonly kind: RelationKind;
}

export interface CatalogFunction {
  readonly schema: string;
  readonly name: string;
  readonly volatility: Volatility;
  /** Of an extension (or, behind an operator, of the system), and known or declared to have no effects. */
  readonly trusted: boolean;
  /** Can be called with exactly one argument, so that `(x).name` and `t.name` are calls of it, too. */
  readonly unary: boolean;
}

/** What names mean on one target: data read from the server beforehand. All names as the server stores them, unquoted. */
export interface Catalog {
  /**
   * What an unqualified relation name may stand for: one entry for every schema that has such a relation, the system's
   * own among them, as `search_path` is the client's to change.
   */
  relationsNamed(name: string): readonly CatalogRelation[];
  relation(schema: string, name: string): CatalogRelation | undefined;
  /** The strictest volatility among the built-in functions (pg_catalog) of this name; undefined: there is none. */
  builtin(name: string): Volatility | undefined;
  /** Functions, and operators (`@@`), of this name in all schemas but the system's. */
  userFunctions(name: string): readonly CatalogFunction[];
  /**
   * What runs unseen whenever somebody reads from such relations, or writes through them: what the definition of a view
   * calls, and of the views that it reads, and policies.
   */
  runBy(schema: string, name: string): readonly FunctionCall[];
  /** Schemas with a type of this name that runs functions of users when a value is turned into it. */
  typesThatRun(name: string): readonly string[];
}
