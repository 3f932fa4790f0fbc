import type { Node } from '@pgsql/types';
import { ReferenceWalk } from './references-walk.ts';

/** What one statement names, and where: plain data, computed once a text. */
export interface References {
  /** Everything that columns can come from, and every other relation that is named. */
  readonly ranges: readonly Range[];
  readonly columns: readonly ColumnMention[];
  /** Columns merged by JOIN … USING and NATURAL JOIN. */
  readonly merges: readonly Merge[];
  /** CREATE TABLE … AS EXECUTE: copies the rows of a statement that is not in this text. */
  readonly copiesExecuted: boolean;
  /** ALTER SCHEMA … RENAME: the relations in it get other names. */
  readonly renamedSchema?: string;
}

/** A relation, or something that exposes columns under a name: a sub-select, CTE, function, aliased join. */
export interface Range {
  /** The name that qualifies its columns; empty where there is none. */
  readonly exposed: string;
  /** As written. Names of CTEs are resolved away, and are no relations. */
  readonly relation?: RelationMention;
  /** An aliased join: the ranges under it, as indexes into `ranges`. */
  readonly covers?: readonly number[];
  /** Its columns got other names by a list: `users u(a, b)`. */
  readonly renamed: boolean;
  /** The statement's answer can depend on its rows. */
  readonly read: boolean;
  /** The statement changes what the relation is, not its rows: ALTER TABLE, CREATE RULE … */
  readonly altered: boolean;
}

export interface RelationMention {
  readonly schema?: string;
  readonly name: string;
}

export interface ColumnMention {
  /** `['u', 'email']`; a star is `*`. It may be the name of a range, too: `SELECT u FROM users u`. */
  readonly path: readonly string[];
  readonly place: Place;
  /** Where it can only be of these ranges (a bare star, a target of a write), as indexes into `ranges`. */
  readonly covers?: readonly number[];
}

export interface Merge {
  /** Absent for NATURAL. */
  readonly columns?: readonly string[];
}

/** Where a column is named. The innermost construct decides. */
export type Place =
  /** A plain item of the outermost select list or RETURNING, of no set operation: the answer tells its origin. */
  | 'output'
  /** A plain item of a select list that only EXISTS looks at: no value of it goes anywhere. */
  | 'exists'
  /** `column = constant`, `column IN (constants)`, `column = ANY (constant)`, in WHERE below AND and OR alone. */
  | 'equality'
  /** What INSERT, UPDATE, MERGE or COPY FROM write to. */
  | 'write'
  | 'pattern'
  | 'range'
  | 'order'
  | 'group'
  | 'join'
  /** What goes into a table or a file: INSERT … SELECT, SET x = column, CREATE TABLE AS, COPY TO. */
  | 'copy'
  /** A plain item of any other select list: sub-select, CTE, arm of a set operation, view. */
  | 'carried'
  | 'expression';

/** The references of one statement of libpg-query's parse tree (PostgreSQL 18). */
export function references(statement: Node): References {
  const walk = new ReferenceWalk();
  walk.top(statement);
  return walk.result();
}
