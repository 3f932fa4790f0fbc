import type { MaskPlan } from '../core/mask.ts';
import type { ColumnMention, Place, Range, References } from '../wire/sql/references.ts';
import { showsValues } from './telltales.ts';

/** A relation with at least one column that is configured as sensitive, or that inherits one. */
export interface SensitiveRelation {
  readonly schema: string;
  readonly name: string;
  /** All its columns, by name as stored. */
  readonly columns: ReadonlySet<string>;
  /** Sensitive column → the resources it is known by in the configuration. */
  readonly sensitive: ReadonlyMap<string, readonly string[]>;
}

/** Where sensitive values are on one target. Names as the server stores them, unquoted. */
export interface SensitiveCatalog {
  /** Every sensitive relation that a name may stand for, in any schema where none is given. */
  sensitiveNamed(schema: string | undefined, name: string): readonly SensitiveRelation[];
  /** The sensitive relations of one schema. */
  sensitiveIn(schema: string): readonly SensitiveRelation[];
  /** Resources that a view of this name may show, directly or through other views. */
  viewResources(schema: string | undefined, name: string): readonly string[];
  /** Whether there is any relation of this name at all. */
  knows(schema: string | undefined, name: string): boolean;
  /** What is wrong with the configuration of sensitive columns; nothing can be masked safely until it is put right. */
  readonly problems: readonly string[];
}

/** Places where a hidden column may stand. */
const harmless: ReadonlySet<Place> = new Set<Place>(['output', 'exists', 'equality', 'write']);

const usePlaces = ['equality', 'pattern', 'range', 'order', 'group', 'join', 'copy', 'write'] as const;

/**
 * Why the answer to this statement could show a value that `plan` hides and that nobody could mask, in a
 * sentence; undefined where it cannot. Where it cannot tell it gives a reason.
 *
 * A hidden column may stand as a plain item of the outermost select list, where the answer tells its origin and
 * it is masked, in an equality with a constant, and as the target of a write. Anywhere else is a reason.
 */
export function undisclosable(
  references: References,
  catalog: SensitiveCatalog,
  plan: MaskPlan,
): string | undefined {
  if (plan.hidden.size === 0) return undefined;
  const { ranges, columns } = references;
  if (ranges.length > 0 && catalog.problems.length > 0) return catalog.problems[0];
  if (references.copiesExecuted) {
    return 'CREATE TABLE AS EXECUTE would copy rows without their masks: give the query itself';
  }
  const scope = scopeOf(ranges, catalog, (resource) => plan.hidden.has(resource));
  for (const range of ranges) {
    const why = rangeReason(range, catalog, plan);
    if (why !== undefined) return why;
  }
  if (scope.all.length === 0) return renameReason(references, catalog, plan);
  for (const [at, range] of ranges.entries()) {
    const why = shapeReason(range, scope.of[at]);
    if (why !== undefined) return why;
  }
  return mergeReason(references, scope) ?? firstOf(columns, (column) => columnReason(column, scope));
}

/** What the statement does with sensitive columns apart from returning them: `equality`, `pattern` … */
export function uses(references: References, catalog: SensitiveCatalog): string[] {
  const scope = scopeOf(references.ranges, catalog, () => true);
  if (scope.all.length === 0) return [];
  const merged = references.merges.some((merge) => mergeNames(merge.columns, merge.covers, scope).length > 0);
  return usePlaces.filter(
    (place) =>
      (place === 'join' && merged) ||
      references.columns.some(
        (column) => column.place === place && resourceNamed(column, scope) !== undefined,
      ),
  );
}

/** Names of relations the catalog does not know: they came after it was read. Read it again before deciding. */
export function unknownRelations(references: References, catalog: SensitiveCatalog): string[] {
  return references.ranges.flatMap(({ relation }) =>
    relation === undefined || catalog.knows(relation.schema, relation.name) ? [] : [relation.name],
  );
}

/** A relation as far as it is hidden from somebody. */
interface HiddenRelation {
  readonly columns: ReadonlySet<string>;
  /** Hidden column → its resource. */
  readonly hidden: ReadonlyMap<string, string>;
}

interface Scope {
  readonly ranges: readonly Range[];
  /** What each range may be of what is hidden; an index a range. */
  readonly of: readonly (readonly HiddenRelation[])[];
  readonly all: readonly HiddenRelation[];
}

function scopeOf(
  ranges: readonly Range[],
  catalog: SensitiveCatalog,
  isHidden: (resource: string) => boolean,
): Scope {
  const of: (readonly HiddenRelation[])[] = [];
  for (const { relation, covers = [] } of ranges) {
    // An aliased join comes after what it covers.
    const found =
      relation === undefined ? [] : catalog.sensitiveNamed(relation.schema, relation.name).flatMap(hide);
    of.push([...found, ...covers.flatMap((at) => of[at] ?? [])]);
  }
  return { ranges, of, all: [...new Set(of.flat())] };

  function hide({ columns, sensitive }: SensitiveRelation): HiddenRelation[] {
    const hidden = new Map<string, string>();
    for (const [column, resources] of sensitive) {
      const resource = resources.find(isHidden);
      if (resource !== undefined) hidden.set(column, resource);
    }
    return hidden.size === 0 ? [] : [{ columns, hidden }];
  }
}

// ---- Reasons ----

function rangeReason(range: Range, catalog: SensitiveCatalog, plan: MaskPlan): string | undefined {
  const { relation, read, altered } = range;
  if (relation === undefined) return undefined;
  const { schema, name } = relation;
  const shown = catalog.viewResources(schema, name).find((it) => it === anything || plan.hidden.has(it));
  if (shown !== undefined && (read || altered)) {
    return shown === anything
      ? `the view ${name} calls a function that could show hidden values: query its tables instead`
      : `the view ${name} could show ${shown}, which is hidden from you: query its tables instead`;
  }
  if (!read) return undefined;
  if (showsValues(schema, name)) return `${name} could show hidden values of others`;
  if (!catalog.knows(schema, name)) {
    return `the relation ${name} is not known here: it does not exist, or is newer than what is known of the target`;
  }
  return undefined;
}

/** Stands among a view's resources where it is not known what the view shows. */
export const anything = '*';

function renameReason(
  { renamedSchema }: References,
  catalog: SensitiveCatalog,
  plan: MaskPlan,
): string | undefined {
  if (renamedSchema === undefined) return undefined;
  const resources = catalog
    .sensitiveIn(renamedSchema)
    .flatMap(({ sensitive }) => [...sensitive.values()].flat());
  const hidden = resources.find((resource) => plan.hidden.has(resource));
  return hidden && `renaming the schema ${renamedSchema} could uncover ${hidden}, which is hidden from you`;
}

function shapeReason(range: Range, relations: readonly HiddenRelation[] = []): string | undefined {
  const resource = firstResource(relations);
  if (resource === undefined) return undefined;
  if (range.altered) return `changing the definition of ${range.exposed} could uncover ${resource}`;
  if (range.renamed)
    return `a list of column aliases on ${range.exposed} would rename ${resource}: leave it out`;
  if (range.covers !== undefined) {
    return `the join alias ${range.exposed} covers ${resource}: name the columns by their own tables`;
  }
  return undefined;
}

function mergeReason({ merges }: References, scope: Scope): string | undefined {
  for (const { columns, covers } of merges) {
    const [resource] = mergeNames(columns, covers, scope);
    if (resource === undefined) continue;
    return columns === undefined
      ? `a NATURAL JOIN could compare ${resource}, which is hidden from you: name the columns to join on`
      : `JOIN … USING would compare ${resource}, which is hidden from you`;
  }
  return undefined;
}

/** Hidden resources that a join merges; NATURAL may merge any. */
function mergeNames(
  columns: readonly string[] | undefined,
  covers: readonly number[],
  scope: Scope,
): string[] {
  const hidden = covers.flatMap((at) => scope.of[at] ?? []).flatMap((relation) => [...relation.hidden]);
  return hidden.flatMap(([name, resource]) =>
    columns === undefined || columns.includes(name) ? [resource] : [],
  );
}

function columnReason(column: ColumnMention, scope: Scope): string | undefined {
  const { path, place } = column;
  const last = path.at(-1) ?? '';
  const whole = column.covers === undefined && path.length === 1 ? wholeRow(last, scope) : undefined;
  if (whole !== undefined) return `${last} is a whole row with ${whole} in it: name its columns one by one`;
  if (!harmless.has(place)) {
    const resource = resourceNamed(column, scope);
    if (resource !== undefined) return placeReason(last, resource, place);
  }
  if (path.length === 1 || last === '*') return undefined;
  // `u.row_to_json` is a call of row_to_json(u) if u has no such column.
  const relations = candidates(column, scope);
  const known = (relation: HiddenRelation): boolean => relation.columns.has(last) || systemColumns.has(last);
  if (relations.every(known)) return undefined;
  if (!qualifies(column, scope) && relations.some(known)) return undefined;
  const resource = firstResource(relations);
  return `${path.join('.')} is no known column, and could be a function of a row with ${resource} in it`;
}

/** The server gives these to every table. */
const systemColumns: ReadonlySet<string> = new Set(['tableoid', 'ctid', 'xmin', 'xmax', 'cmin', 'cmax']);

const doing: Readonly<Record<Exclude<Place, 'output' | 'exists' | 'equality' | 'write'>, string>> = {
  pattern: 'match it against a pattern, which tells it bit by bit',
  range: 'compare it by order, which tells it bit by bit',
  order: 'sort by it, which tells it bit by bit',
  group: 'group or count by it',
  join: 'compare it with other columns',
  copy: 'copy it to where it would not be masked',
  carried: 'carry it out of a sub-select, CTE, set operation or view, where its mask would be lost',
  expression: 'compute with it',
};

function placeReason(name: string, resource: string, place: Place): string {
  const what = place === 'output' || place === 'exists' || place === 'equality' || place === 'write';
  const does = what ? 'use it' : doing[place];
  const star = name === '*' ? ' (it is in the *)' : '';
  return (
    `${resource}${star} is hidden from you, and this would ${does}. ` +
    'You may select it as a plain column of the outermost query, where it comes back masked, ' +
    'compare it to a constant by = in WHERE, or write to it'
  );
}

// ---- What a name may mean ----

/** The hidden resource that a mention may be of. */
function resourceNamed(column: ColumnMention, scope: Scope): string | undefined {
  const last = column.path.at(-1) ?? '';
  const relations = candidates(column, scope);
  if (last === '*') return firstResource(relations);
  return firstOf(relations, ({ hidden }) => hidden.get(last));
}

/**
 * The relations a mention may be of. Scopes are not told apart: a name stands for every range of the statement
 * that has it, an unqualified or unknown one for all.
 */
function candidates({ path, covers }: ColumnMention, scope: Scope): readonly HiddenRelation[] {
  if (covers !== undefined) return covers.flatMap((at) => scope.of[at] ?? []);
  const qualifier = path.at(-2);
  if (qualifier === undefined) return scope.all;
  const named = scope.of.filter((_, at) => scope.ranges[at]?.exposed === qualifier);
  return named.length === 0 ? scope.all : named.flat();
}

function qualifies({ path }: ColumnMention, scope: Scope): boolean {
  return scope.ranges.some(({ exposed }) => exposed === path.at(-2));
}

function wholeRow(name: string, scope: Scope): string | undefined {
  return firstResource(scope.of.filter((_, at) => scope.ranges[at]?.exposed === name).flat());
}

function firstResource(relations: readonly HiddenRelation[]): string | undefined {
  return firstOf(relations, ({ hidden }) => hidden.values().next().value);
}

function firstOf<T, R>(items: readonly T[], ask: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const answer = ask(item);
    if (answer !== undefined) return answer;
  }
  return undefined;
}
