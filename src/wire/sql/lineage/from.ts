import type { Alias, JoinExpr, Node, RangeFunction, RangeVar } from '@pgsql/types';
import { relationName, strings, under } from '../tree.ts';
import type { LineageRelation } from './lineage.ts';
import { outputName } from './output-name.ts';
import {
  adrift,
  type Column,
  emptyOffer,
  type Offer,
  type Range,
  renamed,
  type Scope,
  spreadOf,
} from './scope.ts';
import type { Tracer } from './tracer.ts';
import { computed, failing, isHidden, nothing, oneOf, type Value } from './value.ts';

/** What a FROM clause offers. Later items see earlier ones where the grammar lets them. */
export function offerOf(tracer: Tracer, items: readonly Node[] | undefined, scope: Scope): Offer {
  let offer = emptyOffer;
  for (const item of items ?? []) offer = beside(offer, itemOffer(tracer, item, scope, offer));
  return offer;
}

/** A table that a statement writes to, or a relation in FROM. */
export function relationOffer(tracer: Tracer, range: RangeVar | undefined, scope: Scope): Offer {
  const { relname = '', schemaname, alias } = range ?? {};
  const name = alias?.aliasname ?? relname;
  const cte = schemaname === undefined ? scope.ctes.get(relname) : undefined;
  if (cte !== undefined) return single(name, aliased(cte, alias));
  const wanted = relationName(range ?? {});
  tracer.reads(wanted);
  const relations = tracer.catalog.relations(wanted.schema, wanted.name);
  if (relations.length === 0) tracer.unknown.add(wanted.name);
  const [only, ...others] = relations;
  if (wanted.schema === undefined && only !== undefined && others.length === 0) {
    tracer.unqualified(only, range?.location ?? 0);
  }
  for (const { ruleReads } of relations) {
    tracer.leakResources(ruleReads, `show it by a rule of ${relname}`);
  }
  const columns = aliased(columnsOf(relations), alias);
  if (alias !== undefined) return single(name, columns);
  return { columns, ranges: [{ name, relation: { schema: schemaname }, columns }] };
}

/** Of one relation, or of all that a name may stand for. */
export function columnsOf(relations: readonly LineageRelation[]): Column[] {
  const [first, ...others] = relations;
  if (first === undefined) return [spreadOf([])];
  const lists = relations.map(({ columns }) => columns.map(columnOf));
  const loose = relations.some(isLoose) ? ({ loose: true } as const) : {};
  const names = JSON.stringify(first.columns.map(({ name }) => name));
  const same = others.every(({ columns }) => JSON.stringify(columns.map(({ name }) => name)) === names);
  if (same) {
    return first.columns.map(({ name }, at) => ({
      name,
      value: oneOf(lists.map((list) => list[at]?.value ?? nothing)),
      ...loose,
    }));
  }
  // Nobody knows which of them it is, nor then how many columns a star gives.
  const byName = Map.groupBy(lists.flat(), ({ name }) => name);
  return [...byName].map(([name, list]) => {
    const unsure = list.length < relations.length ? ({ unsure: true } as const) : {};
    return { ...spreadOf(list), name, ...unsure, ...loose };
  });
}

/** Whoever has something hidden may change only what has nothing hidden in it. */
function isLoose({ schema, columns }: LineageRelation): boolean {
  return !systemSchemas.has(schema) && columns.every(({ origins }) => origins.length === 0);
}

const systemSchemas: ReadonlySet<string> = new Set(['pg_catalog', 'information_schema']);

function columnOf({ name, typeOid, origins }: LineageRelation['columns'][number]): Column & { name: string } {
  const document = origins.some(({ pointer }) => pointer !== undefined) ? { path: [] } : {};
  return { name, value: { ...nothing, typeOid, origins, ...document } };
}

function itemOffer(tracer: Tracer, item: Node, scope: Scope, earlier: Offer): Offer {
  const lateral: Scope = { ...scope, offer: earlier, outer: scope };
  if ('RangeVar' in item) return relationOffer(tracer, item.RangeVar, scope);
  if ('JoinExpr' in item) return joinOffer(tracer, item.JoinExpr, scope, earlier);
  if ('RangeFunction' in item) return functionOffer(tracer, item.RangeFunction, lateral);
  if ('RangeTableSample' in item) {
    const { relation, args, repeatable } = item.RangeTableSample;
    for (const node of [...(args ?? []), repeatable]) tracer.condition(node, lateral);
    return relation === undefined ? emptyOffer : itemOffer(tracer, relation, scope, earlier);
  }
  if ('RangeSubselect' in item) {
    const { subquery, alias, lateral: isLateral } = item.RangeSubselect;
    const columns = tracer.query(subquery, isLateral === true ? lateral : scope);
    return single(alias?.aliasname ?? '', aliased(columns, alias));
  }
  return tableFunctionOffer(tracer, item, lateral);
}

/** XMLTABLE, JSON_TABLE and whatever comes: columns that nobody counts, made of all that stands in it. */
function tableFunctionOffer(tracer: Tracer, item: Node, scope: Scope): Offer {
  const value = computed([failing, tracer.value(item, scope)], false);
  if (isHidden(value)) tracer.leak(undefined, [value], 'make rows of it, as many as it says');
  const alias = Object.values(item as Record<string, { alias?: Alias }>)[0]?.alias;
  return single(alias?.aliasname, [{ name: undefined, value, spread: true }]);
}

function functionOffer(tracer: Tracer, item: RangeFunction, scope: Scope): Offer {
  const calls = (item.functions ?? []).map((node) => under(node, 'List')?.items?.[0]);
  const values = calls.map((call): Value => ({ ...tracer.value(call, scope), constant: false }));
  // One function's value is its column; what several give, or one that gives rows of many columns, nobody counts.
  const value = values.length === 1 ? (values[0] ?? nothing) : computed(values, true);
  const { alias } = item;
  const exposed = alias?.aliasname ?? outputName(calls[0]);
  const given = definedNames(item);
  const named = given.map((column) => ({ name: column, value }));
  const open: Column = { name: undefined, value, spread: true };
  return single(exposed, named.length > 0 && item.coldeflist !== undefined ? named : [...named, open]);
}

function definedNames({ alias, coldeflist }: RangeFunction): string[] {
  if (coldeflist !== undefined) return coldeflist.map((node) => under(node, 'ColumnDef')?.colname ?? '');
  return strings(alias?.colnames);
}

function joinOffer(tracer: Tracer, join: JoinExpr, scope: Scope, earlier: Offer): Offer {
  const left = join.larg === undefined ? emptyOffer : itemOffer(tracer, join.larg, scope, earlier);
  const right =
    join.rarg === undefined ? emptyOffer : itemOffer(tracer, join.rarg, scope, beside(earlier, left));
  const columns = mergedColumns(tracer, join, left, right);
  const ranges = [...left.ranges, ...right.ranges];
  const inner: Scope = {
    ...scope,
    offer: { columns: [...left.columns, ...right.columns], ranges },
    outer: scope,
  };
  tracer.condition(join.quals, inner);
  const using = join.join_using_alias;
  const names = strings(join.usingClause);
  const extra: Range[] =
    using === undefined ? [] : [{ name: using.aliasname ?? '', columns: columns.slice(0, names.length) }];
  if (join.alias === undefined) return { columns, ranges: [...ranges, ...extra] };
  return single(join.alias.aliasname ?? '', aliased(adrift(columns), join.alias));
}

/** Columns that USING or NATURAL merges come first, once. */
function mergedColumns(tracer: Tracer, join: JoinExpr, left: Offer, right: Offer): readonly Column[] {
  const all = [...left.columns, ...right.columns];
  const names = join.isNatural === true ? commonNames(left, right) : strings(join.usingClause);
  const uncertain =
    join.isNatural === true &&
    (all.some(({ name, spread }) => name === undefined || spread) ||
      couldMeet(left, right, names) ||
      couldMeet(right, left, names));
  if (uncertain) {
    const hidden = all.filter(({ value }) => isHidden(value));
    if (hidden.length > 0) {
      tracer.leak(
        'join',
        hidden.map(({ value }) => value),
        'compare it with whatever has its name, by NATURAL JOIN',
      );
    }
    return [spreadOf(all)];
  }
  const merged = names.map((name): Column => {
    const [one, other] = [left, right].map((side) => named(side, name));
    tracer.compared(one ?? nothing, other ?? nothing);
    return { name, value: oneOf([one ?? nothing, other ?? nothing]) };
  });
  return [...merged, ...all.filter(({ name }) => name === undefined || !names.includes(name))];
}

/** Whether one side could get a column that the other has hidden. */
function couldMeet(one: Offer, other: Offer, names: readonly string[]): boolean {
  const apart = other.columns.filter(({ name }) => name === undefined || !names.includes(name));
  return one.columns.some(({ loose }) => loose) && apart.some(({ value }) => isHidden(value));
}

function commonNames(left: Offer, right: Offer): string[] {
  const others = new Set(right.columns.map(({ name }) => name));
  return left.columns.flatMap(({ name }) => (name !== undefined && others.has(name) ? [name] : []));
}

function named(side: Offer, name: string): Value {
  const found = side.columns.filter((column) => column.name === name || column.name === undefined);
  return oneOf(found.map(({ value }) => value));
}

function aliased(columns: readonly Column[], alias: Alias | undefined): readonly Column[] {
  return renamed(columns, strings(alias?.colnames));
}

/** Something that offers columns under one name. */
export function single(name: string | undefined, columns: readonly Column[]): Offer {
  return { columns, ranges: [{ name, columns }] };
}

export function beside(left: Offer, right: Offer): Offer {
  return { columns: [...left.columns, ...right.columns], ranges: [...left.ranges, ...right.ranges] };
}
