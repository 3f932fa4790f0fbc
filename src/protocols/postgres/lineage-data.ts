import { createHash } from 'node:crypto';
import { showsValues } from '../../masking/telltales.ts';
import type { CatalogRelation } from '../../wire/sql/catalog.ts';
import type { Origin } from '../../wire/sql/lineage/lineage.ts';
import type { Names } from './catalog-names.ts';
import { closure, type ColumnOrigins, computedOf } from './sensitive-columns.ts';

/** What lineage needs to know of a target, as plain data that the parser's thread is given once. */
export interface LineageData {
  readonly names: Names;
  readonly origins: ColumnOrigins;
  /** View → all that it could show in any form. Views that are not here show nothing sensitive. */
  readonly reach: ReadonlyMap<number, readonly Origin[]>;
  /** Relation → what rules on it read, other than that of a view. */
  readonly ruleReads: ReadonlyMap<number, readonly string[]>;
  /** Definitions of views that are in `reach`. */
  readonly views: ReadonlyMap<number, string>;
  /** CREATE FUNCTION of those that can be read. */
  readonly routineTexts: ReadonlyMap<number, string>;
}

/** A user's function, procedure or aggregate. */
export interface Routine {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: RoutineKind;
}

export type RoutineKind = 'harmless' | 'sql' | 'plpgsql' | 'aggregate' | 'other';

/** Views and relations with rules → all that they could show in any form; those that could show nothing are left out. */
export function reachOf(names: Names, origins: ColumnOrigins): Map<number, readonly Origin[]> {
  const of = (oid: number): Origin[] => [...(origins.get(oid)?.values() ?? [])].flat();
  const everything = computedOf([...origins.keys()].flatMap(of));
  const found = new Map<number, readonly Origin[]>();
  for (const oid of new Set([...names.reads.keys(), ...names.calls])) {
    const reached = [...closure(oid, names.reads)];
    const anything = reached.some((one) => names.calls.has(one) || isTelltale(names.byOid.get(one)));
    const shown = anything ? everything : computedOf(reached.slice(1).flatMap(of));
    if (shown.length > 0) found.set(oid, shown);
  }
  return found;
}

/** Whether a view calls, or reads through others, what could show anything. */
export function showsAnything(oid: number, names: Names): boolean {
  return [...closure(oid, names.reads)].some(
    (one) => names.calls.has(one) || isTelltale(names.byOid.get(one)),
  );
}

function isTelltale(relation: CatalogRelation | undefined): boolean {
  return relation !== undefined && showsValues(relation.schema, relation.name);
}

/** The same for the same rows, in whatever order the server gave them. */
export function digestOf(rows: readonly (readonly (string | null)[])[]): string {
  const lines = rows.flatMap((row) => (row[0] === 'version' ? [] : [JSON.stringify(row)]));
  const hash = createHash('sha256');
  for (const line of lines.sort()) hash.update(line).update('\n');
  return hash.digest('base64url');
}
