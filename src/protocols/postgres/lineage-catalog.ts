import { hasSqlDetails, parseSync } from 'libpg-query';
import { showsValues } from '../../masking/telltales.ts';
import type { FunctionCall } from '../../wire/sql/analyse.ts';
import type { CatalogRelation, RelationKind } from '../../wire/sql/catalog.ts';
import { functionEffects } from '../../wire/sql/functions.ts';
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
import { isIn, KnownNames } from './known-names.ts';
import type { LineageData, Routine } from './lineage-data.ts';
import { resourcesReadBy, type RoutineCatalog } from './routine-reads.ts';
import { computedOf } from './sensitive-columns.ts';

/** What lineage asks of a target, answered in the parser's thread. Each relation and routine is looked at once. */
export class TargetLineage implements RoutineCatalog {
  readonly known: KnownNames;
  readonly #data: LineageData;
  readonly #routines = new Map<string, Routine[]>();
  readonly #routinesByOid = new Map<number, Routine>();
  readonly #relations = new Map<number, LineageRelation>();
  readonly #reads = new Map<number, readonly string[] | undefined>();
  /** Routines, and views between them, that are being looked at, the innermost at the end. */
  readonly #open: (number | 'view')[] = [];
  /** The outermost open routine that something was assumed of; the innermost's own place where nothing was. */
  #assumed = 0;
  /** Of routines that call an open one and are called by it: what they read, but for what that one does. */
  readonly #partial = new Map<number, { reads: readonly string[] | undefined; from: number }>();

  constructor(data: LineageData) {
    this.#data = data;
    this.known = new KnownNames(data.names);
    for (const routine of data.names.facts.routines) {
      append(this.#routines, routine.name, routine);
      this.#routinesByOid.set(routine.oid, routine);
    }
  }

  relations(schema: string | undefined, name: string): readonly LineageRelation[] {
    const found = this.known.relationsNamed(name).filter((relation) => isIn(relation.schema, schema));
    return found.map((relation) => this.#relation(relation));
  }

  returnsSet(name: string): boolean {
    return this.#data.names.facts.sets.has(name);
  }

  shadowsType(name: string): boolean {
    return this.#data.names.facts.shadowed.has(name);
  }

  redefines(operator: string): boolean {
    const { operators } = this.#data.names.facts;
    return operators.some(({ name, routine }) => name === operator && routine < firstUserOid);
  }

  readBy(schema: string | undefined, name: string): readonly string[] | undefined {
    const builtin = this.#data.names.builtins.has(name) && (schema === undefined || schema === 'pg_catalog');
    if (schema === 'information_schema') return [];
    const routines = (this.#routines.get(name) ?? []).filter(
      (it) => schema === undefined || it.schema === schema,
    );
    if (routines.length === 0) return builtin ? [] : undefined;
    return together(routines.map((routine) => this.#routineReads(routine)));
  }

  unseenReads(call: FunctionCall): readonly string[] | undefined {
    const { schema, name, attribute, operator, type } = call;
    const plain = attribute === undefined && operator === undefined && type === undefined;
    const runs = functionEffects(call, this.known).filter(
      ({ kind, action }) => (kind === 'execute' || kind === 'opaque') && !(plain && action === 'function'),
    );
    if (runs.length === 0) return [];
    if (operator === true) return this.#operatorReads(schema, name);
    const field = attribute === true && runs.every(({ action }) => action === 'function');
    return field ? this.readBy(undefined, name) : undefined;
  }

  #operatorReads(schema: string | undefined, name: string): readonly string[] | undefined {
    const found = this.#data.names.facts.operators.filter(
      (one) => one.name === name && (schema === undefined || one.schema === schema),
    );
    return together(found.map(({ routine }) => this.#readsOfOid(routine)));
  }

  #relation({ oid, schema, name, kind }: CatalogRelation): LineageRelation {
    const known = this.#relations.get(oid);
    if (known !== undefined) return known;
    const { columns, domains } = this.#data.names.facts;
    const list = listedColumns(columns.get(oid), domains);
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
    const shown = this.#data.reach.get(oid);
    if (view === undefined) {
      // Of a view that could not be read each column may show all that it reaches.
      const unread = isView(kind) && shown !== undefined ? computedOf(shown) : undefined;
      const relation = of((_, attnum) => unread ?? stored?.get(attnum) ?? []);
      this.#relations.set(oid, relation);
      return relation;
    }
    // While it is looked at, and where nobody can tell, each column may show all that the view reaches.
    const reach = computedOf(shown ?? []);
    this.#relations.set(
      oid,
      of(() => reach),
    );
    this.#open.push('view');
    const outputs = shownBy(view, list.length, this);
    this.#open.pop();
    if (outputs !== undefined)
      this.#relations.set(
        oid,
        of((at) => outputs[at]?.origins ?? reach),
      );
    return this.#relations.get(oid) ?? of(() => reach);
  }

  /**
   * What functions read that call each other is known of the first one that was asked for, when all are gone through:
   * until then each is taken to read what it reads by itself.
   */
  #routineReads({ oid, kind }: Routine): readonly string[] | undefined {
    if (this.#reads.has(oid)) return this.#reads.get(oid);
    const open = this.#open.indexOf(oid);
    if (open >= 0) return this.#assume(open, []);
    const known = this.#partial.get(oid);
    if (known !== undefined) return this.#assume(known.from, known.reads);
    const depth = this.#open.length;
    const outer = this.#assumed;
    this.#assumed = depth;
    this.#open.push(oid);
    const reads = this.#readsOf(oid, kind);
    this.#open.pop();
    const from = this.#assumed;
    this.#assumed = Math.min(outer, from);
    const hanging = [...this.#partial].filter(([, { from: at }]) => at >= depth);
    if (from < depth) {
      // What hangs on this one hangs on what this one hangs on: its place will be another's.
      for (const [other, known] of hanging) this.#partial.set(other, { ...known, from });
      this.#partial.set(oid, { reads, from });
    } else {
      this.#reads.set(oid, reads);
      for (const [other] of hanging) this.#partial.delete(other);
    }
    return reads;
  }

  /** What is known so far of what hangs on the open one at `from`. A view in between would keep it for good. */
  #assume(from: number, reads: readonly string[] | undefined): readonly string[] | undefined {
    if (this.#open.includes('view', from)) return undefined;
    this.#assumed = Math.min(this.#assumed, from);
    return reads;
  }

  #readsOfOid(oid: number): readonly string[] | undefined {
    const routine = this.#routinesByOid.get(oid);
    return routine && this.#routineReads(routine);
  }

  #readsOf(oid: number, kind: Routine['kind']): readonly string[] | undefined {
    if (kind === 'harmless') return [];
    if (kind === 'aggregate') {
      const parts = (this.#data.names.facts.parts.get(oid) ?? []).map((part) => this.#readsOfOid(part));
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
    const { outputs, opaque, unknown, reads, findings } = lineageOf(stmt, catalog);
    // What the view compares and sorts by its author has decided on; what is read by functions shows anywhere.
    const unsure =
      opaque.length > 0 ||
      unknown.length > 0 ||
      reads.some((relation) => showsValues(relation.schema, relation.name)) ||
      findings.some(({ use, leaks }) => use === undefined && leaks);
    const fits = outputs?.length === width && !outputs.some(({ spread }) => spread);
    return fits && !unsure ? outputs : undefined;
  } catch (error) {
    if (error instanceof IntricateError || hasSqlDetails(error)) return undefined;
    throw error;
  }
}

function isView(kind: RelationKind): boolean {
  return kind === 'view' || kind === 'matview';
}

function together(lists: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  const found = new Set<string>();
  for (const list of lists) {
    if (list === undefined) return undefined;
    for (const one of list) found.add(one);
  }
  return [...found];
}
