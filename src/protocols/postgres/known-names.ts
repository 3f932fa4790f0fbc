import type { FunctionCall } from '../../wire/sql/analyse.ts';
import type { Catalog, CatalogFunction, CatalogRelation, Volatility } from '../../wire/sql/catalog.ts';
import type { Names } from './catalog-names.ts';

/** What names mean on one target, for working out effects. */
export class KnownNames implements Catalog {
  protected readonly names: Names;

  constructor(names: Names) {
    this.names = names;
  }

  relationsNamed(name: string): readonly CatalogRelation[] {
    return this.names.relations.get(name) ?? [];
  }

  relation(schema: string, name: string): CatalogRelation | undefined {
    return this.relationsNamed(name).find((relation) => relation.schema === schema);
  }

  builtin(name: string): Volatility | undefined {
    return this.names.builtins.get(name);
  }

  userFunctions(name: string): readonly CatalogFunction[] {
    return this.names.functions.get(name) ?? [];
  }

  runBy(schema: string, name: string): readonly FunctionCall[] {
    const found = this.relationsNamed(name).filter((relation) => isIn(relation.schema, schema));
    return found.flatMap(({ oid }) => this.#runBy(oid));
  }

  typesThatRun(name: string): readonly string[] {
    return this.names.runningTypes.get(name) ?? [];
  }

  /** A view runs what the tables and views run that it reads; a materialized one only when it is refreshed itself. */
  #runBy(relation: number): FunctionCall[] {
    const runs = (oid: number): boolean => oid === relation || this.names.byOid.get(oid)?.kind !== 'matview';
    const found = new Set([relation]);
    for (const oid of found) {
      const kind = this.names.byOid.get(oid)?.kind;
      // A rule of a table says nothing of reading it.
      if (kind !== 'view' && kind !== 'matview') continue;
      for (const next of this.names.reads.get(oid) ?? []) if (runs(next)) found.add(next);
    }
    return [...found].flatMap((oid) => this.names.runs.get(oid) ?? []);
  }
}

/** `pg_temp` is whatever schema the session's temporary tables are in. */
export function isIn(schema: string, wanted: string | undefined): boolean {
  return wanted === undefined || schema === wanted || (wanted === 'pg_temp' && schema.startsWith('pg_temp_'));
}
