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
  if (scope.all.size === 0) return renameReason(references, catalog, plan);
  for (const [at, range] of ranges.entries()) {
    const why = shapeReason(range, scope.of[at]);
    if (why !== undefined) return why;
  }
  return mergeReason(references, scope) ?? firstOf(columns, (column) => columnReason(column, scope));
}

/** What the statement does with sensitive columns apart from returning them: `equality`, `pattern` … */
export function uses(references: References, catalog: SensitiveCatalog): string[] {
  const scope = scopeOf(references.ranges, catalog, () => true);
  if (scope.all.size === 0) return [];
  const merged = mergeReason(references, scope) !== undefined;
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
  /** What each range may be of what is hidden; an index a range. */
  readonly of: readonly Relations[];
  readonly named: ReadonlyMap<string, Relations>;
  readonly all: Relations;
}
type Relations = ReadonlySet<HiddenRelation>;

const none: Relations = new Set();

/** Sets of few relations, however many ranges a text has: a hostile one must not cost more than it is long. */
function scopeOf(
  ranges: readonly Range[],
  catalog: SensitiveCatalog,
  isHidden: (resource: string) => boolean,
): Scope {
  const known = new Map<SensitiveRelation, HiddenRelation>();
  const of: Relations[] = [];
  const named = new Map<string, Set<HiddenRelation>>();
  const all = new Set<HiddenRelation>();
  for (const { exposed, relation, covers = [] } of ranges) {
    const found = new Set<HiddenRelation>();
    if (relation !== undefined) {
      for (const it of catalog.sensitiveNamed(relation.schema, relation.name)) {
        const hidden = known.get(it) ?? hiddenPart(it, isHidden);
        known.set(it, hidden);
        if (hidden.hidden.size > 0) found.add(hidden);
      }
    }
    // An aliased join comes after what it covers.
    for (const at of covers) for (const it of of[at] ?? none) found.add(it);
    of.push(found);
    const sameName = named.get(exposed) ?? new Set();
    named.set(exposed, sameName);
    for (const it of found) {
      sameName.add(it);
      all.add(it);
    }
  }
  return { of, named, all };
}

function hiddenPart(
  { columns, sensitive }: SensitiveRelation,
  isHidden: (resource: string) => boolean,
): HiddenRelation {
  const hidden = new Map<string, string>();
  for (const [column, resources] of sensitive) {
    const resource = resources.find(isHidden);
    if (resource !== undefined) hidden.set(column, resource);
  }
  return { columns, hidden };
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

function shapeReason(range: Range, relations: Relations = none): string | undefined {
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

/** Wherever the join is: it may be of any relation of the statement. */
function mergeReason({ merges }: References, { all }: Scope): string | undefined {
  for (const { columns } of merges) {
    if (columns === undefined) {
      const resource = firstResource(all);
      return `a NATURAL JOIN could compare ${resource}, which is hidden from you: name the columns to join on`;
    }
    const resource = firstOf(columns, (name) => firstOf(all, ({ hidden }) => hidden.get(name)));
    if (resource !== undefined) return `JOIN … USING would compare ${resource}, which is hidden from you`;
  }
  return undefined;
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
  const strange = [...relations].filter((it) => !it.columns.has(last) && !systemColumns.has(last));
  if (strange.length === 0) return undefined;
  if (!scope.named.has(path.at(-2) ?? '') && strange.length < relations.size) return undefined;
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
function candidates({ path, covers }: ColumnMention, { of, named, all }: Scope): Relations {
  if (covers !== undefined) {
    const found = new Set<HiddenRelation>();
    for (const at of covers) for (const it of of[at] ?? none) found.add(it);
    return found;
  }
  const qualifier = path.at(-2);
  return qualifier === undefined ? all : (named.get(qualifier) ?? all);
}

function wholeRow(name: string, scope: Scope): string | undefined {
  return firstResource(scope.named.get(name) ?? none);
}

function firstResource(relations: Iterable<HiddenRelation>): string | undefined {
  return firstOf(relations, ({ hidden }) => hidden.values().next().value);
}

function firstOf<T, R>(items: Iterable<T>, ask: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const answer = ask(item);
    if (answer !== undefined) return answer;
  }
  return undefined;
}
