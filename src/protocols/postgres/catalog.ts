import type { MaskName, MaskPlan } from '../../core/mask.ts';
import { anything, type SensitiveCatalog, type SensitiveRelation } from '../../masking/disclosure.ts';
import type {
  Catalog,
  CatalogFunction,
  CatalogRelation,
  RelationKind,
  Volatility,
} from '../../wire/sql/catalog.ts';
import { columnsQuery, namesQuery } from './catalog-queries.ts';
import {
  closure,
  type ConfiguredColumn,
  family,
  parseConfigured,
  resourcesByColumn,
  type ServerColumn,
  splitResource,
} from './sensitive-columns.ts';

/** Runs one statement on the target and gives its rows as text. */
export type Run = (sql: string) => Promise<(string | null)[][]>;

/**
 * Reads what names mean on a target and where its sensitive columns are, in one round trip, or two where there
 * are any. Sees only what is committed, or what was done on the connection of `run`.
 * @throws what `run` throws
 */
export async function loadCatalog(
  run: Run,
  sensitive: ReadonlyMap<string, MaskName>,
): Promise<LoadedCatalog> {
  const names = readNames(await run(namesQuery));
  const problems: string[] = [];
  const configured = findConfigured(sensitive.keys(), names, problems);
  const oids = family(configured.keys(), names.parents);
  const columns =
    oids.size === 0 ? new Map<number, ServerColumn[]>() : readColumns(await run(columnsQuery(oids)));
  for (const [oid, list] of configured) {
    for (const { resource, column } of list) {
      if (columns.get(oid)?.some(({ name }) => name === column) !== true) {
        problems.push(`the sensitive column ${resource} is configured, but its table has no such column`);
      }
    }
  }
  return new LoadedCatalog(names, columns, resourcesByColumn(configured, columns, names.parents), problems);
}

/** What names mean on one target, and where its sensitive values are. */
export class LoadedCatalog implements Catalog, SensitiveCatalog {
  readonly problems: readonly string[];
  readonly #names: Names;
  readonly #resources: ReadonlyMap<number, ReadonlyMap<number, readonly string[]>>;
  readonly #sensitive = new Map<string, SensitiveRelation[]>();
  readonly #views = new Map<number, readonly string[]>();

  constructor(
    names: Names,
    columns: ReadonlyMap<number, readonly ServerColumn[]>,
    resources: ReadonlyMap<number, ReadonlyMap<number, readonly string[]>>,
    problems: readonly string[],
  ) {
    this.#names = names;
    this.#resources = resources;
    this.problems = problems;
    for (const [oid, byAttnum] of resources) {
      const relation = names.byOid.get(oid);
      const list = columns.get(oid) ?? [];
      if (relation === undefined) continue;
      const { schema, name } = relation;
      const found = list.map((column) => [column.name, byAttnum.get(column.attnum) ?? []] as const);
      append(this.#sensitive, name, {
        schema,
        name,
        columns: new Set(list.map((column) => column.name)),
        sensitive: new Map(found.filter(([, known]) => known.length > 0)),
      });
    }
    for (const oid of new Set([...names.reads.keys(), ...names.calls])) {
      const shown = this.#shownBy(oid);
      if (shown.length > 0) this.#views.set(oid, shown);
    }
  }

  relationsNamed(name: string): readonly CatalogRelation[] {
    return this.#names.relations.get(name) ?? [];
  }

  relation(schema: string, name: string): CatalogRelation | undefined {
    return this.relationsNamed(name).find((relation) => relation.schema === schema);
  }

  builtin(name: string): Volatility | undefined {
    return this.#names.builtins.get(name);
  }

  userFunctions(name: string): readonly CatalogFunction[] {
    return this.#names.functions.get(name) ?? [];
  }

  sensitiveNamed(schema: string | undefined, name: string): readonly SensitiveRelation[] {
    return (this.#sensitive.get(name) ?? []).filter((relation) => isIn(relation.schema, schema));
  }

  sensitiveIn(schema: string): readonly SensitiveRelation[] {
    return [...this.#sensitive.values()].flat().filter((relation) => relation.schema === schema);
  }

  viewResources(schema: string | undefined, name: string): readonly string[] {
    const views = this.relationsNamed(name).filter((relation) => isIn(relation.schema, schema));
    return views.flatMap(({ oid }) => this.#views.get(oid) ?? []);
  }

  knows(schema: string | undefined, name: string): boolean {
    return this.relationsNamed(name).some((relation) => isIn(relation.schema, schema));
  }

  /** Whether a RowDescription's `tableOid` is of a relation that was there when the catalog was read. */
  knowsOid(oid: number): boolean {
    return this.#names.byOid.has(oid);
  }

  /**
   * The sensitive resource that a RowDescription's `(tableOid, attnum)` is of. A parent can be several, by its
   * children: then the first that `plan` hides, if a plan is given. `attnum` 0 is the whole row.
   */
  resourceOf(tableOid: number, attnum: number, plan?: MaskPlan): string | undefined {
    const byAttnum = this.#resources.get(tableOid);
    if (byAttnum === undefined) return undefined;
    const resources = attnum === 0 ? [...byAttnum.values()].flat() : (byAttnum.get(attnum) ?? []);
    return resources.find((resource) => plan?.hidden.has(resource)) ?? resources[0];
  }

  /**
   * Whether a resource as effects name it (`public.users`, or a schema) is, or has in it, a relation with
   * sensitive columns or a view of one.
   */
  hasSensitive(resource: string): boolean {
    const [schema, name] = splitResource(resource);
    if (schema === undefined) return false;
    if (name === undefined) return this.sensitiveIn(schema).length > 0;
    return this.sensitiveNamed(schema, name).length > 0 || this.viewResources(schema, name).length > 0;
  }

  #shownBy(view: number): readonly string[] {
    const reached = [...closure(view, this.#names.reads)];
    if (reached.some((oid) => this.#names.calls.has(oid))) return [anything];
    return reached.slice(1).flatMap((oid) => [...(this.#resources.get(oid)?.values() ?? [])].flat());
  }
}

/** `pg_temp` is whatever schema the session's temporary tables are in. */
function isIn(schema: string, wanted: string | undefined): boolean {
  return wanted === undefined || schema === wanted || (wanted === 'pg_temp' && schema.startsWith('pg_temp_'));
}

interface Names {
  readonly relations: Map<string, CatalogRelation[]>;
  readonly byOid: Map<number, CatalogRelation>;
  readonly parents: Map<number, number[]>;
  /** View → relations that it reads. */
  readonly reads: Map<number, number[]>;
  /** Views that call functions of users. */
  readonly calls: Set<number>;
  readonly functions: Map<string, CatalogFunction[]>;
  readonly builtins: Map<string, Volatility>;
}

function readNames(rows: readonly (string | null)[][]): Names {
  const names: Names = {
    relations: new Map(),
    byOid: new Map(),
    parents: new Map(),
    reads: new Map(),
    calls: new Set(),
    functions: new Map(),
    builtins: new Map(),
  };
  for (const row of rows) readName(row, names);
  return names;
}

function readName([tag, a, b, c, d, e]: readonly (string | null | undefined)[], names: Names): void {
  switch (tag) {
    case 'relation': {
      const relation = { schema: b ?? '', name: c ?? '', oid: Number(a), kind: relationKind(d) };
      append(names.relations, relation.name, relation);
      names.byOid.set(relation.oid, relation);
      return;
    }
    case 'inherits':
      return append(names.parents, Number(a), Number(b));
    case 'reads':
      return append(names.reads, Number(a), Number(b));
    case 'calls':
      names.calls.add(Number(a));
      return;
    case 'function': {
      const [schema, name] = [a ?? '', b ?? ''];
      const more = { volatility: volatility(c), trusted: d === 'true', unary: e === 'true' };
      return append(names.functions, name, { schema, name, ...more });
    }
    case 'builtin':
      for (const name of (b ?? '').split(' ')) names.builtins.set(name, volatility(a));
      return;
    default:
      throw new Error(`the catalog has a row that nobody asked for: ${tag}`);
  }
}

function readColumns(rows: readonly (string | null)[][]): Map<number, ServerColumn[]> {
  const columns = new Map<number, ServerColumn[]>();
  for (const [oid, attnum, name, from] of rows) {
    const last = columns.get(Number(oid))?.at(-1);
    const column =
      last?.attnum === Number(attnum)
        ? last
        : { attnum: Number(attnum), name: name ?? '', computedFrom: [] as number[] };
    if (column !== last) append(columns, Number(oid), column);
    if (typeof from === 'string') column.computedFrom.push(Number(from));
  }
  return columns;
}

/** By OID; a relation that is not there needs no mask. */
function findConfigured(
  resources: Iterable<string>,
  names: Names,
  problems: string[],
): Map<number, ConfiguredColumn[]> {
  const found = new Map<number, ConfiguredColumn[]>();
  for (const text of resources) {
    const column = parseConfigured(text);
    if (column === undefined) {
      problems.push(`the sensitive column ${text} is configured, but that is no schema.relation.column`);
      continue;
    }
    const relation = names.relations.get(column.relation)?.find(({ schema }) => schema === column.schema);
    if (relation !== undefined) append(found, relation.oid, column);
  }
  return found;
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function relationKind(relkind: string | null | undefined): RelationKind {
  const kinds: Readonly<Record<string, RelationKind>> = {
    r: 'table',
    v: 'view',
    m: 'matview',
    f: 'foreign',
    S: 'sequence',
    p: 'partitioned',
  };
  return kinds[relkind ?? ''] ?? 'table';
}

/** What is not known counts as volatile. */
function volatility(provolatile: string | null | undefined): Volatility {
  if (provolatile === 'i') return 'immutable';
  return provolatile === 's' ? 'stable' : 'volatile';
}
