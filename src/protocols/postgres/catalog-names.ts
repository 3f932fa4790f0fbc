import type { FunctionCall } from '../../wire/sql/analyse.ts';
import type { CatalogFunction, CatalogRelation, RelationKind, Volatility } from '../../wire/sql/catalog.ts';
import type { Routine, RoutineKind } from './lineage-data.ts';
import type { ServerColumn } from './sensitive-columns.ts';

/** What the rows of `namesQuery` say; `facts` are those that only `lineageNamesQuery` gives. */
export interface Names {
  readonly relations: Map<string, CatalogRelation[]>;
  readonly byOid: Map<number, CatalogRelation>;
  readonly parents: Map<number, number[]>;
  /** View → relations that it reads. */
  readonly reads: Map<number, number[]>;
  /** Views that call functions of users. */
  readonly calls: Set<number>;
  readonly functions: Map<string, CatalogFunction[]>;
  readonly builtins: Map<string, Volatility>;
  /** Relation → what runs when somebody reads from it. */
  readonly runs: Map<number, FunctionCall[]>;
  /** Types that run functions of users when a value is turned into them: name → schemas. */
  readonly runningTypes: Map<string, string[]>;
  readonly facts: LineageFacts;
}

/** Beside names, as OIDs and text; see `lineageNamesQuery` for what each is. */
export interface LineageFacts {
  version: string | undefined;
  readonly columns: Map<number, string>;
  /** Relation → attnum and the attnum that it is computed from. */
  readonly computed: Map<number, (readonly [number, number])[]>;
  readonly domains: Map<number, number>;
  readonly strings: Set<number>;
  readonly sets: Set<string>;
  readonly shadowed: Set<string>;
  readonly rules: Set<number>;
  readonly routines: Routine[];
  readonly parts: Map<number, number[]>;
  readonly operators: { readonly schema: string; readonly name: string; readonly routine: number }[];
}

export function readNames(rows: readonly (string | null)[][]): Names {
  const names: Names = {
    relations: new Map(),
    byOid: new Map(),
    parents: new Map(),
    reads: new Map(),
    calls: new Set(),
    functions: new Map(),
    builtins: new Map(),
    runs: new Map(),
    runningTypes: new Map(),
    facts: {
      version: undefined,
      columns: new Map(),
      computed: new Map(),
      domains: new Map(),
      strings: new Set(),
      sets: new Set(),
      shadowed: new Set(),
      rules: new Set(),
      routines: [],
      parts: new Map(),
      operators: [],
    },
  };
  for (const row of rows) {
    if (!readName(row, names) && !readFact(row, names.facts)) {
      throw new Error(`the catalog has a row that nobody asked for: ${row[0]}`);
    }
  }
  return names;
}

function readName([tag, a, b, c, d, e]: readonly (string | null | undefined)[], names: Names): boolean {
  switch (tag) {
    case 'relation': {
      const relation = { schema: b ?? '', name: c ?? '', oid: Number(a), kind: relationKind(d) };
      append(names.relations, relation.name, relation);
      names.byOid.set(relation.oid, relation);
      return true;
    }
    case 'inherits':
      append(names.parents, Number(a), Number(b));
      return true;
    case 'reads':
      append(names.reads, Number(a), Number(b));
      return true;
    case 'calls':
      names.calls.add(Number(a));
      return true;
    case 'function': {
      const [schema, name] = [a ?? '', b ?? ''];
      const more = { volatility: volatility(c), trusted: d === 'true', unary: e === 'true' };
      append(names.functions, name, { schema, name, ...more });
      return true;
    }
    case 'builtin':
      for (const name of (b ?? '').split(' ')) names.builtins.set(name, volatility(a));
      return true;
    case 'runs': {
      const call: FunctionCall = { schema: c ?? '', name: d ?? '' };
      append(names.runs, Number(a), unseenCall(call, b));
      return true;
    }
    case 'type':
      append(names.runningTypes, b ?? '', a ?? '');
      return true;
    default:
      return false;
  }
}

function unseenCall(call: FunctionCall, kind: string | null | undefined): FunctionCall {
  if (kind === 'function') return call;
  return kind === 'type' ? { ...call, type: true } : { ...call, operator: true };
}

function readFact([tag, a, b, c, d]: readonly (string | null | undefined)[], facts: LineageFacts): boolean {
  switch (tag) {
    case 'version':
      facts.version = a ?? undefined;
      return true;
    case 'columns':
      facts.columns.set(Number(a), b ?? '[]');
      return true;
    case 'computed':
      append(facts.computed, Number(a), [Number(b), Number(c)]);
      return true;
    case 'domain':
      facts.domains.set(Number(a), Number(b));
      return true;
    case 'string':
      facts.strings.add(Number(a));
      return true;
    case 'set':
      facts.sets.add(a ?? '');
      return true;
    case 'shadowed':
      facts.shadowed.add(a ?? '');
      return true;
    case 'rules':
      facts.rules.add(Number(a));
      return true;
    case 'routine':
      facts.routines.push({ oid: Number(a), schema: b ?? '', name: c ?? '', kind: routineKind(d) });
      return true;
    case 'part':
      append(facts.parts, Number(a), Number(b));
      return true;
    case 'operator':
      facts.operators.push({ schema: a ?? '', name: b ?? '', routine: Number(c) });
      return true;
    default:
      return false;
  }
}

/** The columns of a relation from what the server says of them. */
export function columnsOf(oid: number, facts: LineageFacts): ServerColumn[] {
  const computed = facts.computed.get(oid) ?? [];
  return listedColumns(facts.columns.get(oid), facts.domains).map((column) => ({
    ...column,
    computedFrom: computed.flatMap(([attnum, from]) => (attnum === column.attnum ? [from] : [])),
  }));
}

/** `[[attnum, name, type], …]`, with the types that domains are made of. */
export function listedColumns(
  list: string | undefined,
  domains: ReadonlyMap<number, number>,
): Omit<ServerColumn, 'computedFrom'>[] {
  const columns = JSON.parse(list ?? '[]') as readonly [number, string, number | string][];
  return columns.map(([attnum, name, type]) => ({ attnum, name, typeOid: baseType(Number(type), domains) }));
}

function baseType(oid: number, domains: ReadonlyMap<number, number>): number {
  let type = oid;
  // A domain may be made of a domain; the server lets none be made of itself.
  for (let base = domains.get(type); base !== undefined; base = domains.get(type)) type = base;
  return type;
}

export function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
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

function routineKind(kind: string | null | undefined): RoutineKind {
  const kinds: readonly RoutineKind[] = ['harmless', 'sql', 'plpgsql', 'aggregate'];
  return kinds.find((one) => one === kind) ?? 'other';
}
