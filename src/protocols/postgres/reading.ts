import { describeEffect } from '../../core/effect.ts';
import type { Effect } from '../../core/effect.ts';
import type { MaskPlan } from '../../core/mask.ts';
import { undisclosable, uses } from '../../masking/disclosure.ts';
import { reaches, unknownRows } from '../../masking/rows-from.ts';
import type { Giver, RowsFrom } from '../../masking/rows-from.ts';
import type { Analysis, FunctionCall, StatementFacts } from '../../wire/sql/analyse.ts';
import type { CopyFormat } from '../../wire/sql/copy-format.ts';
import { ownEffectsOf } from '../../wire/sql/effects.ts';
import { quoteIdentifier } from '../../wire/sql/identifier.ts';
import { steersPlanner } from '../../wire/sql/settings.ts';
import type { StatementLineage } from '../../wire/sql/lineage/lineage.ts';
import type { LoadedCatalog } from './catalog.ts';

/** What a text means on one catalog by itself; worked out once, as the hot path asks again and again. */
export interface Reading {
  readonly effects: readonly Effect[];
  readonly unbounded: boolean;
  readonly uses: readonly string[];
  readonly undisclosable: (plan: MaskPlan) => string | undefined;
  /** The same where tables may just have been made or changed that nobody else sees yet. */
  readonly unsettled: (plan: MaskPlan) => string | undefined;
  /** What its rows come from, a statement each. */
  readonly rows: readonly StatementRows[];
  /** Cursors that it declares. */
  readonly declares: readonly Declared[];
  /** A statement each, in order; none for a target that has nothing to hide. */
  readonly lineages: readonly StatementLineage[];
}

export interface Declared {
  readonly name: string;
  readonly giver: Giver;
}

/** The rows of one statement; of nobody that is known where a name tells (EXECUTE, FETCH). */
export interface StatementRows extends RowsFrom {
  /** COPY to the client, where its options are understood. */
  readonly copied?: CopyFormat;
}

const readings = new WeakMap<LoadedCatalog, WeakMap<Analysis, Reading>>();
/** Texts that differ in nothing that matters have the same facts, and so the same reading. */
type Alike = WeakMap<readonly StatementFacts[], WeakMap<readonly StatementLineage[], Reading>>;
const alike = new WeakMap<LoadedCatalog, Alike>();
const noLineages: readonly StatementLineage[] = [];

export function readingOf(analysis: Analysis, catalog: LoadedCatalog): Reading | undefined {
  return readings.get(catalog)?.get(analysis);
}

/** From now on it is known what `analysis` means on this catalog. */
export function learn(
  analysis: Analysis,
  catalog: LoadedCatalog,
  lineages: readonly StatementLineage[],
): void {
  let ofCatalog = readings.get(catalog);
  if (ofCatalog === undefined) readings.set(catalog, (ofCatalog = new WeakMap()));
  ofCatalog.set(analysis, readOnce(analysis, catalog, lineages.length === 0 ? noLineages : lineages));
}

function readOnce(
  analysis: Analysis,
  catalog: LoadedCatalog,
  lineages: readonly StatementLineage[],
): Reading {
  if (analysis.syntaxError !== undefined) return read(analysis, catalog, lineages);
  let ofCatalog = alike.get(catalog);
  if (ofCatalog === undefined) alike.set(catalog, (ofCatalog = new WeakMap()));
  let ofFacts = ofCatalog.get(analysis.statements);
  if (ofFacts === undefined) ofCatalog.set(analysis.statements, (ofFacts = new WeakMap()));
  let reading = ofFacts.get(lineages);
  if (reading === undefined) ofFacts.set(lineages, (reading = read(analysis, catalog, lineages)));
  return reading;
}

function read(analysis: Analysis, catalog: LoadedCatalog, lineages: readonly StatementLineage[]): Reading {
  if (analysis.syntaxError !== undefined) {
    const effects: readonly Effect[] = [{ kind: 'opaque', action: 'syntax', resource: '' }];
    return {
      effects,
      unbounded: false,
      uses: [],
      undisclosable: () => undefined,
      unsettled: () => undefined,
      rows: [],
      declares: [],
      lineages,
    };
  }
  const { statements } = analysis;
  const parts = statements.map((statement, at): Part => {
    const lineage = lineages[at];
    const giver = lineage && (statement.tag === 'VariableShowStmt' ? setting : giverOf(lineage, catalog));
    return { statement, lineage, giver, effects: ownEffectsOf(statement, catalog) };
  });
  const changed = parts.findIndex(({ effects }) => changesSchema(effects));
  const behind = changed < 0 ? [] : parts.slice(changed + 1);
  const unsettled = (plan: MaskPlan): string | undefined => firstOf(parts, (part) => fluxReason(part, plan));
  const reasons = new WeakMap<MaskPlan, { why: string | undefined }>();
  return {
    effects: unique(parts.flatMap(({ effects }) => effects)),
    unbounded: statements.some(({ unbounded }) => unbounded),
    uses: uses(lineages),
    lineages,
    rows: parts.map(rowsOf),
    declares: parts.flatMap(({ lineage, giver }) =>
      lineage?.declares === undefined || giver === undefined ? [] : [{ name: lineage.declares, giver }],
    ),
    undisclosable(plan) {
      let known = reasons.get(plan);
      if (known === undefined) {
        const why =
          firstOf(parts, (part) => reason(part, catalog, plan)) ??
          firstOf(behind, (part) => fluxReason(part, plan));
        reasons.set(plan, (known = { why }));
      }
      return known.why;
    },
    unsettled,
  };
}

/** One statement of a text. */
interface Part {
  readonly statement: StatementFacts;
  readonly effects: readonly Effect[];
  readonly lineage: StatementLineage | undefined;
  readonly giver: Giver | undefined;
}

/** SHOW gives values of settings, which come from no table. */
const setting: Giver = {
  outputs: [{ name: undefined, origins: [], typeOid: 0, spread: true }],
  reach: new Set(),
};

function giverOf(lineage: StatementLineage, catalog: LoadedCatalog): Giver | undefined {
  const { outputs, findings, reads } = lineage;
  if (outputs === undefined) return undefined;
  const reach = new Set(findings.flatMap(({ resources }) => resources));
  for (const { schema, name } of reads) for (const one of reachOf(catalog, schema, name)) reach.add(one);
  return { outputs, reach };
}

/** Sensitive resources that a relation of this name has or shows. */
function reachOf(catalog: LoadedCatalog, schema: string | undefined, name: string): readonly string[] {
  const relations = catalog.sensitiveNamed(schema, name);
  const own = relations.flatMap(({ sensitive }) => [...sensitive.values()].flat());
  return [...own, ...catalog.viewResources(schema, name)];
}

function rowsOf({ statement: { copy }, giver }: Part): StatementRows {
  const copied = copy?.direction === 'out' ? copy.format : undefined;
  if (copied !== undefined) return { givers: [giver], copied };
  return giver === undefined ? unknownRows : { givers: [giver] };
}

function reason(part: Part, catalog: LoadedCatalog, plan: MaskPlan): string | undefined {
  const { lineage, statement } = part;
  if (plan.hidden.size > 0) {
    if (lineage === undefined) return 'nobody can tell what it shows';
    const why =
      undisclosable(lineage, plan) ??
      schemaReason(part, catalog, plan) ??
      executeReason(part) ??
      plannerReason(statement) ??
      meaningReason(statement) ??
      catalogReason(part);
    if (why !== undefined) return why;
  }
  return copyReason(statement, part.giver, plan);
}

/**
 * Who may not see a column may not change its table's shape either: until the change is committed the catalog
 * that masking goes by would not know it.
 */
function schemaReason({ effects }: Part, catalog: LoadedCatalog, plan: MaskPlan): string | undefined {
  if (plan.hidden.size === 0) return undefined;
  const changed = effects.find(
    (effect) => isOfSchema(effect) && effect.action !== 'drop' && catalog.hasSensitive(effect.resource),
  );
  if (changed === undefined) return undefined;
  return `${changed.resource} has columns that are hidden from you, so you may not change its definition`;
}

/** Whether it makes or changes tables, views and the like. */
export function changesSchema(effects: readonly Effect[]): boolean {
  return effects.some(isOfSchema);
}

function isOfSchema({ kind, action }: Effect): boolean {
  return kind === 'schema' && !upkeep.has(action);
}

/** Actions that leave the shape of a table as it is. */
const upkeep: ReadonlySet<string> = new Set(['analyze', 'vacuum']);

/**
 * A table that has lost a column, or another that stands before it, lets a name fall through to a table further out,
 * and stars become shorter. Tables with something hidden are not changed by whom it is hidden from: with one of them
 * alone there is nothing to mistake.
 */
function fluxReason({ lineage, giver }: Part, plan: MaskPlan): string | undefined {
  if (plan.hidden.size === 0 || lineage === undefined || lineage.reads.length < 2) return undefined;
  if (giver !== undefined && !reaches(giver, plan)) return undefined;
  return 'tables may have been made or changed in this transaction, so names beside those of tables with hidden columns could stand for something else: end the transaction first';
}

/** The order that rows come in could be that of a hidden column. */
function plannerReason({ settings }: StatementFacts): string | undefined {
  const found = settings.find(({ name }) => steersPlanner(name));
  if (found === undefined) return undefined;
  return `${found.name} decides in which order rows come, which could be that of columns that are hidden from you, or whether they do`;
}

/** Statements that make types, operators, casts or collations, by which SQL could mean something else. */
const changesMeaning: ReadonlySet<string> = new Set(
  (
    'DefineStmt CreateDomainStmt AlterDomainStmt CompositeTypeStmt CreateRangeStmt AlterTypeStmt CreateCastStmt ' +
    'CreateConversionStmt CreateOpClassStmt CreateOpFamilyStmt AlterOpFamilyStmt AlterOperatorStmt CreateTransformStmt ' +
    'CreateAmStmt CreatePLangStmt CreateExtensionStmt AlterExtensionStmt AlterExtensionContentsStmt ' +
    'AlterObjectSchemaStmt CreateEventTrigStmt AlterCollationStmt'
  ).split(' '),
);

/** Until it is committed nobody would know of it, and a check of a domain sees the values that are stored. */
function meaningReason({ tag }: StatementFacts): string | undefined {
  if (!changesMeaning.has(tag)) return undefined;
  return 'types, operators and the like decide what SQL means, and some columns are hidden from you: ask somebody who sees them to make it';
}

/** Statements that set something for all sessions to come: of what steers the planner nobody would know. */
const setsForOthers: ReadonlySet<string> = new Set(
  'AlterRoleSetStmt AlterDatabaseSetStmt AlterSystemStmt'.split(' '),
);

function catalogReason({ statement, effects }: Part): string | undefined {
  const changed = effects.find(({ kind, action }) => kind === 'access' && action === 'catalog');
  if (changed !== undefined) {
    return `${changed.resource} says what names mean and where values are kept, and some columns are hidden from you`;
  }
  if (!setsForOthers.has(statement.tag)) return undefined;
  return 'settings of roles, databases and the server decide in which order rows come, which could be that of columns that are hidden from you';
}

/** What runs code of somebody's can read what is hidden, and what comes back of it tells no origin. */
function executeReason({ statement, effects }: Part): string | undefined {
  const found = effects.find((effect) => effect.kind === 'execute' && !isRead(effect, statement));
  if (found === undefined) return undefined;
  return `${describeEffect(found)} could read columns that are hidden from you, and its answer cannot be masked`;
}

/** Statements whose lineage tells what the functions that they call read. */
const traced: ReadonlySet<string> = new Set(
  (
    'SelectStmt InsertStmt UpdateStmt DeleteStmt MergeStmt CopyStmt ExplainStmt PrepareStmt DeclareCursorStmt ' +
    'ExecuteStmt CallStmt'
  ).split(' '),
);
/** Built-in functions that only wait or end others. */
const readsNothing = /^pg_(sleep|cancel_backend|terminate_backend)/;

/** Whether it is known what it reads: nothing, or what lineage has found. */
function isRead({ action, resource }: Effect, { tag, functions }: StatementFacts): boolean {
  if (readsNothing.test(action)) return true;
  if (!traced.has(tag)) return false;
  if (action === 'call') return true;
  const calls = functions.filter(({ name }) => resource.endsWith(`.${quoteIdentifier(name)}`));
  // Of what runs unseen (behind a view, a type, an operator, or written as a field) lineage knows no call.
  return action === 'function' && calls.length > 0 && calls.every(isPlainCall);
}

function isPlainCall({ attribute, operator, type }: FunctionCall): boolean {
  return attribute === undefined && operator === undefined && type === undefined;
}

/** Rows whose form is not understood can be neither masked nor searched. */
function copyReason({ copy }: StatementFacts, giver: Giver | undefined, plan: MaskPlan): string | undefined {
  if (copy?.direction !== 'out' || copy.format !== undefined) return undefined;
  const masked = plan.hidden.size > 0 && (giver === undefined || reaches(giver, plan));
  if (!masked && plan.detect.length === 0) return undefined;
  return 'the options of this COPY are not understood, so its rows could not be masked: use the text, CSV or binary format in UTF-8';
}

function firstOf<T>(items: readonly T[], ask: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const answer = ask(item);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

export function unique(effects: readonly Effect[]): readonly Effect[] {
  const seen = new Map(
    effects.map((effect) => [`${effect.kind}.${effect.action} ${effect.resource}`, effect]),
  );
  return [...seen.values()];
}
