import type { MaskName, MaskPlan } from '../../core/mask.ts';
import { anything } from '../../masking/rows-from.ts';
import type { Origin } from '../../wire/sql/lineage/lineage.ts';
import { append, columnsOf, type Names, readNames } from './catalog-names.ts';
import { namesQuery } from './catalog-queries.ts';
import { isIn, KnownNames } from './known-names.ts';
import { digestOf, type LineageData, reachOf, showsAnything } from './lineage-data.ts';
import { definitionsQuery, lineageNamesQuery } from './lineage-queries.ts';
import {
  type ColumnOrigins,
  type ConfiguredColumn,
  family,
  originsByColumn,
  parseConfigured,
  type ServerColumn,
  splitResource,
} from './sensitive-columns.ts';
import { unseenQuery } from './unseen-queries.ts';
import { ServerError } from './upstream.ts';

/** Runs one statement on the target and gives its rows as text. */
export type Run = (sql: string) => Promise<(string | null)[][]>;

/**
 * Reads what names mean on a target, and where there is anything sensitive what lineage needs besides: in one round
 * trip, or two. Sees only what is committed, or what was done on the connection of `run`.
 * `known` comes back where nothing has changed.
 * @throws what `run` throws
 */
export async function loadCatalog(
  run: Run,
  sensitive: ReadonlyMap<string, MaskName>,
  known?: LoadedCatalog,
): Promise<LoadedCatalog> {
  const traced = sensitive.size > 0;
  const rows = await run(`${traced ? lineageNamesQuery : namesQuery} UNION ALL ${unseenQuery}`);
  const names = readNames(rows);
  const problems: string[] = [];
  const configured = findConfigured(sensitive.keys(), names, problems);
  const columns = new Map(
    [...family(configured.keys(), names.parents)].map((oid) => [oid, columnsOf(oid, names.facts)]),
  );
  for (const [oid, list] of configured) {
    for (const { resource, column } of list) {
      if (columns.get(oid)?.some(({ name }) => name === column) !== true) {
        problems.push(`the sensitive column ${resource} is configured, but its table has no such column`);
      }
    }
  }
  const origins = originsByColumn(configured, columns, names.parents);
  const reach = reachOf(names, origins);
  const definitions = traced ? await run(definitionsQuery(reach.keys())).catch(lockedOnly) : [];
  const digest = digestOf([...rows, ...(definitions ?? [['locked']])]);
  if (known?.digest === digest) return known;
  return new LoadedCatalog({ names, columns, origins, reach, definitions, digest, problems, traced });
}

/** lock_not_available: whoever changes a table has its views locked, too. */
function lockedOnly(error: unknown): undefined {
  if (error instanceof ServerError && error.sqlstate === '55P03') return undefined;
  throw error;
}

interface CatalogParts {
  readonly names: Names;
  readonly columns: ReadonlyMap<number, readonly ServerColumn[]>;
  readonly origins: ColumnOrigins;
  readonly reach: ReadonlyMap<number, readonly Origin[]>;
  /** Undefined where somebody kept them locked: then nobody can tell what views and functions show. */
  readonly definitions: readonly (string | null)[][] | undefined;
  readonly digest: string;
  readonly problems: readonly string[];
  readonly traced: boolean;
}

/** A relation with at least one column that is configured as sensitive, or that inherits one. */
export interface SensitiveRelation {
  readonly schema: string;
  readonly name: string;
  /** All its columns, by name as stored. */
  readonly columns: ReadonlySet<string>;
  /** Sensitive column → the resources it is known by in the configuration. */
  readonly sensitive: ReadonlyMap<string, readonly string[]>;
}

/** What names mean on one target, and where its sensitive values are. Names as the server stores them, unquoted. */
export class LoadedCatalog extends KnownNames {
  /** What is wrong with the configuration of sensitive columns; nothing can be masked safely until it is put right. */
  readonly problems: readonly string[];
  /** The same for what is read of an unchanged target. */
  readonly digest: string;
  /** As `versionQuery` tells it; undefined where there is nothing sensitive. */
  readonly version: string | undefined;
  /** Definitions were locked when it was read: it is safe to go by, and better read again soon. */
  readonly incomplete: boolean;
  /** For the parser's thread; undefined where there is nothing sensitive to trace. */
  readonly lineageData: LineageData | undefined;
  readonly #origins: ColumnOrigins;
  readonly #sensitive = new Map<string, SensitiveRelation[]>();
  readonly #views = new Map<number, readonly string[]>();

  constructor({ names, columns, origins, reach, definitions, digest, problems, traced }: CatalogParts) {
    super(names);
    this.#origins = origins;
    this.problems = problems;
    this.digest = digest;
    this.version = names.facts.version;
    this.incomplete = definitions === undefined;
    this.lineageData = traced ? dataOf(names, origins, reach, definitions ?? []) : undefined;
    for (const [oid, byAttnum] of origins) {
      const relation = names.byOid.get(oid);
      const list = columns.get(oid) ?? [];
      if (relation === undefined) continue;
      const { schema, name } = relation;
      const found = list.map((column) => [column.name, resourcesOf(byAttnum.get(column.attnum))] as const);
      append(this.#sensitive, name, {
        schema,
        name,
        columns: new Set(list.map((column) => column.name)),
        sensitive: new Map(found.filter(([, known]) => known.length > 0)),
      });
    }
    for (const [oid, shown] of reach) this.#views.set(oid, resourcesOf(shown));
    for (const oid of new Set([...names.reads.keys(), ...names.calls])) {
      if (showsAnything(oid, names)) this.#views.set(oid, [anything]);
    }
  }

  /** Every sensitive relation that a name may stand for, in any schema where none is given. */
  sensitiveNamed(schema: string | undefined, name: string): readonly SensitiveRelation[] {
    return (this.#sensitive.get(name) ?? []).filter((relation) => isIn(relation.schema, schema));
  }

  sensitiveIn(schema: string): readonly SensitiveRelation[] {
    return [...this.#sensitive.values()].flat().filter((relation) => relation.schema === schema);
  }

  /** Resources that a view of this name may show, directly or through other views. */
  viewResources(schema: string | undefined, name: string): readonly string[] {
    const views = this.relationsNamed(name).filter((relation) => isIn(relation.schema, schema));
    return views.flatMap(({ oid }) => this.#views.get(oid) ?? []);
  }

  knows(schema: string | undefined, name: string): boolean {
    return this.relationsNamed(name).some((relation) => isIn(relation.schema, schema));
  }

  /** Whether a RowDescription's `tableOid` is of a relation that was there when the catalog was read. */
  knowsOid(oid: number): boolean {
    return this.names.byOid.has(oid);
  }

  isView(oid: number): boolean {
    const kind = this.names.byOid.get(oid)?.kind;
    return kind === 'view' || kind === 'matview';
  }

  /** Whether it is a string type that an extension or somebody else has made. */
  isText(typeOid: number): boolean {
    return this.names.facts.strings.has(typeOid);
  }

  /**
   * What sensitive things a table's column comes from. `attnum` 0 is the whole row. Of views nothing is known here:
   * lineage tells.
   */
  originsOf(tableOid: number, attnum: number): readonly Origin[] {
    const byAttnum = this.#origins.get(tableOid);
    if (byAttnum === undefined) return [];
    if (attnum !== 0) return byAttnum.get(attnum) ?? [];
    return [...byAttnum.values()].flat().map((origin) => ({ ...origin, plain: false }));
  }

  /** The first of the resources of a table's column, or the first that `plan` hides. */
  resourceOf(tableOid: number, attnum: number, plan?: MaskPlan): string | undefined {
    const resources = resourcesOf(this.originsOf(tableOid, attnum));
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
}

function resourcesOf(origins: readonly Origin[] | undefined): string[] {
  return [...new Set((origins ?? []).map(({ resource }) => resource))];
}

function dataOf(
  names: Names,
  origins: ColumnOrigins,
  reach: ReadonlyMap<number, readonly Origin[]>,
  definitions: readonly (string | null)[][],
): LineageData {
  const texts = (kind: string): Map<number, string> =>
    new Map(definitions.flatMap(([tag, oid, text]) => (tag === kind && text ? [[Number(oid), text]] : [])));
  return {
    names,
    origins,
    reach,
    ruleReads: new Map([...names.facts.rules].map((oid) => [oid, resourcesOf(reach.get(oid))])),
    views: texts('view'),
    routineTexts: texts('routine'),
  };
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
