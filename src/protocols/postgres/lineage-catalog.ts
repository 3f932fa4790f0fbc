import { hasSqlDetails, parseSync } from 'libpg-query';
import { IntricateError } from '../../wire/sql/intricate.ts';
import type {
  LineageCatalog,
  LineageColumn,
  LineageRelation,
  Origin,
  OutputLineage,
} from '../../wire/sql/lineage/lineage.ts';
import { lineageOf } from '../../wire/sql/lineage/lineage-of.ts';
import { append, listedColumns } from './catalog-names.ts';
import { firstUserOid } from './catalog-queries.ts';
import type { LineageData, Routine } from './lineage-data.ts';
import { resourcesReadBy } from './routine-reads.ts';
import { computedOf } from './sensitive-columns.ts';

/** What lineage asks of a target, answered in the parser's thread. Each relation and routine is looked at once. */
export class TargetLineage implements LineageCatalog {
  readonly #data: LineageData;
  readonly #oids = new Map<string, number[]>();
  readonly #names = new Map<number, { readonly schema: string; readonly name: string }>();
  readonly #routines = new Map<string, Routine[]>();
  readonly #relations = new Map<number, LineageRelation>();
  readonly #reads = new Map<number, readonly string[] | undefined>();

  constructor(data: LineageData) {
    this.#data = data;
    for (const { oid, schema, name } of data.relations) {
      append(this.#oids, name, oid);
      this.#names.set(oid, { schema, name });
    }
    for (const routine of data.routines) append(this.#routines, routine.name, routine);
  }

  relations(schema: string | undefined, name: string): readonly LineageRelation[] {
    const all = (this.#oids.get(name) ?? []).map((oid) => this.#relation(oid));
    return all.filter((relation) => isIn(relation.schema, schema));
  }

  returnsSet(name: string): boolean {
    return this.#data.sets.has(name);
  }

  shadowsType(name: string): boolean {
    return this.#data.shadowed.has(name);
  }

  redefines(operator: string): boolean {
    return this.#data.operators.some(({ name, routine }) => name === operator && routine < firstUserOid);
  }

  readBy(schema: string | undefined, name: string): readonly string[] | undefined {
    const builtin = this.#data.builtins.has(name) && (schema === undefined || schema === 'pg_catalog');
    if (schema === 'information_schema') return [];
    const routines = (this.#routines.get(name) ?? []).filter(
      (it) => schema === undefined || it.schema === schema,
    );
    if (routines.length === 0) return builtin ? [] : undefined;
    return together(routines.map((routine) => this.#routineReads(routine)));
  }

  #relation(oid: number): LineageRelation {
    const known = this.#relations.get(oid);
    if (known !== undefined) return known;
    const { schema, name } = this.#names.get(oid) ?? { schema: '', name: '' };
    const list = listedColumns(this.#data.columns.get(oid), this.#data.domains);
    const ruleReads = this.#data.ruleReads.get(oid) ?? [];
    const of = (origins: (at: number, attnum: number) => readonly Origin[]): LineageRelation => ({
      schema,
      name,
      oid,
      ruleReads,
      columns: list.map(({ name: column, typeOid, attnum }, at): LineageColumn => ({
        name: column,
        typeOid,
        origins: origins(at, attnum),
      })),
    });
    const stored = this.#data.origins.get(oid);
    const view = this.#data.views.get(oid);
    if (view === undefined) {
      const relation = of((_, attnum) => stored?.get(attnum) ?? []);
      this.#relations.set(oid, relation);
      return relation;
    }
    // While it is looked at, and where nobody can tell, each column may show all that the view reaches.
    const reach = computedOf(this.#data.reach.get(oid) ?? []);
    this.#relations.set(
      oid,
      of(() => reach),
    );
    const outputs = shownBy(view, list.length, this);
    if (outputs !== undefined)
      this.#relations.set(
        oid,
        of((at) => outputs[at]?.origins ?? reach),
      );
    return this.#relations.get(oid) ?? of(() => reach);
  }

  #routineReads(routine: Routine): readonly string[] | undefined {
    const { oid, kind } = routine;
    if (this.#reads.has(oid)) return this.#reads.get(oid);
    // One that calls itself reads no more for that.
    this.#reads.set(oid, []);
    const reads = this.#readsOf(oid, kind);
    this.#reads.set(oid, reads);
    return reads;
  }

  #readsOf(oid: number, kind: Routine['kind']): readonly string[] | undefined {
    if (kind === 'harmless') return [];
    if (kind === 'aggregate') {
      const parts = (this.#data.parts.get(oid) ?? []).map((part) => {
        const routine = this.#data.routines.find((one) => one.oid === part);
        return routine && this.#routineReads(routine);
      });
      return together(parts);
    }
    const text = this.#data.routineTexts.get(oid);
    return kind === 'other' || text === undefined ? undefined : resourcesReadBy(kind, text, this);
  }
}

/** Undefined where nobody can tell what it shows. */
function shownBy(
  definition: string,
  width: number,
  catalog: LineageCatalog,
): readonly OutputLineage[] | undefined {
  try {
    const [{ stmt } = {}] = parseSync(definition).stmts ?? [];
    if (stmt === undefined) return undefined;
    const { outputs, opaque, unknown, findings } = lineageOf(stmt, catalog);
    // What the view compares and sorts by its author has decided on; what is read by functions shows anywhere.
    const unsure =
      opaque.length > 0 ||
      unknown.length > 0 ||
      findings.some(({ use, leaks }) => use === undefined && leaks);
    const fits = outputs?.length === width && !outputs.some(({ spread }) => spread);
    return fits && !unsure ? outputs : undefined;
  } catch (error) {
    if (error instanceof IntricateError || hasSqlDetails(error)) return undefined;
    throw error;
  }
}

function together(lists: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  const found = new Set<string>();
  for (const list of lists) {
    if (list === undefined) return undefined;
    for (const one of list) found.add(one);
  }
  return [...found];
}

/** `pg_temp` is whatever schema the session's temporary tables are in. */
function isIn(schema: string, wanted: string | undefined): boolean {
  return wanted === undefined || schema === wanted || (wanted === 'pg_temp' && schema.startsWith('pg_temp_'));
}
