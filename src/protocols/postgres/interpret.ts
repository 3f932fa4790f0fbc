import type { Command, Parameter } from '../../core/command.ts';
import { describeEffect } from '../../core/effect.ts';
import type { Effect } from '../../core/effect.ts';
import { SallyportError } from '../../core/errors.ts';
import type { MaskPlan } from '../../core/mask.ts';
import { undisclosable, uses } from '../../masking/disclosure.ts';
import type { Analysis, StatementFacts } from '../../wire/sql/analyse.ts';
import type { CopyFormat } from '../../wire/sql/copy-format.ts';
import { effectsOf, ownEffectsOf } from '../../wire/sql/effects.ts';
import type { LoadedCatalog } from './catalog.ts';

/** What a text means on one catalog; worked out once, as the hot path asks again and again. */
interface Reading {
  readonly effects: readonly Effect[];
  readonly unbounded: boolean;
  readonly uses: readonly string[];
  readonly undisclosable: (plan: MaskPlan) => string | undefined;
}

const readings = new WeakMap<LoadedCatalog, WeakMap<Analysis, Reading>>();

/** What names in SQL may stand for: everything that cannot be ruled out. */
export interface Named {
  /** Prepared statements, for EXECUTE. */
  prepared(name: string): readonly Analysis[];
  /** Portals that a Bind message has made, for FETCH and MOVE, which run them. */
  portals(name: string): readonly NamedPortal[];
}

export interface NamedPortal {
  readonly analyses: readonly Analysis[];
  readonly parameters: readonly Parameter[];
}

/** The command that `analysis` is on this catalog, with these parameters. */
export function commandOf(
  analysis: Analysis,
  catalog: LoadedCatalog,
  parameters: readonly Parameter[],
  context: string,
  named: Named,
): Command {
  const runs = analysis.statements.some(runsByName);
  if (runs) return runningOthers(analysis, catalog, parameters, context, named);
  const { effects, unbounded, uses, undisclosable } = readingOf(analysis, catalog);
  return { text: analysis.text, parameters, effects, unbounded, uses, context, undisclosable };
}

/** The command that `analysis` is as far as its text alone tells; for explaining, never for deciding. */
export function commandWithoutCatalog({ text, statements, syntaxError }: Analysis): Command {
  if (syntaxError !== undefined) {
    const { position } = syntaxError;
    throw new SallyportError('syntax', syntaxError.message, { detail: { position } });
  }
  return {
    text,
    parameters: [],
    effects: unique(statements.flatMap((statement) => effectsOf(statement, undefined))),
    unbounded: statements.some(({ unbounded }) => unbounded),
    uses: [],
    context: '',
  };
}

/** Several statements that one name may stand for: the command has the effects of all of them. */
export function anyOf(commands: readonly Command[]): Command | undefined {
  const [first, ...others] = commands;
  if (first === undefined || others.length === 0) return first;
  return {
    ...first,
    text: commands.map(({ text }) => text).join('\n-- or\n'),
    effects: commands.flatMap(({ effects }) => effects),
    unbounded: commands.some(({ unbounded }) => unbounded),
    uses: [...new Set(commands.flatMap(({ uses }) => uses))],
    undisclosable: (plan) => firstReason(commands, plan),
  };
}

/** EXECUTE, FETCH and MOVE in SQL do what the statements do that their names may stand for. */
function runningOthers(
  analysis: Analysis,
  catalog: LoadedCatalog,
  parameters: readonly Parameter[],
  context: string,
  named: Named,
): Command {
  const others = new Others(named);
  others.follow(analysis);
  const own = readingOf(analysis, catalog);
  const all = [...others.analyses.keys()].map((other) => readingOf(other, catalog));
  const opaque: Effect[] = others.unknown ? [{ kind: 'opaque', action: 'execute', resource: '' }] : [];
  const texts = [analysis, ...others.analyses.keys()].map(({ text }) => text.length);
  if (texts.reduce((sum, length) => sum + length) > runCharsMax) throw tooMuch();
  return {
    text: [analysis.text, ...[...others.analyses].map(([{ text }, how]) => asComment(how, text))].join('\n'),
    parameters: [...parameters, ...others.parameters],
    effects: unique([...own.effects, ...all.flatMap(({ effects }) => effects), ...opaque]),
    unbounded: own.unbounded || all.some(({ unbounded }) => unbounded),
    uses: [...new Set([...own.uses, ...all.flatMap(({ uses }) => uses)])],
    context,
    undisclosable: (plan) => firstReason([own, ...all], plan),
  };
}

/** All that a name may stand for is recorded, and shown to approvers, with every command that uses the name. */
const runCharsMax = 1024 * 1024;

function tooMuch(): SallyportError {
  return new SallyportError('too_large', 'Sallyport: the names in it may stand for too much at once', {
    hint: 'Give the statement a name of its own, in a text of its own, and DEALLOCATE what is not needed any more.',
  });
}

/** Every statement that a text may run by a name, at whatever remove: a prepared statement can be an EXECUTE itself. */
class Others {
  /** Statement → how it is come by. */
  readonly analyses = new Map<Analysis, string>();
  readonly parameters: Parameter[] = [];
  unknown = false;
  readonly #named: Named;

  constructor(named: Named) {
    this.#named = named;
  }

  follow({ statements }: Analysis): void {
    for (const statement of statements) {
      for (const name of statement.executes) this.#execute(name, statements);
      for (const name of fetches(statement)) this.#fetch(name);
    }
  }

  #execute(name: string, within: readonly StatementFacts[]): void {
    const prepared = this.#named.prepared(name);
    // What the same text prepares has its effects among the text's own.
    if (prepared.length === 0 && !within.some(({ prepares }) => prepares === name)) this.unknown = true;
    for (const analysis of prepared) this.#add(analysis, `EXECUTE ${name}`);
  }

  /** A name that no Bind has given is a cursor's, which was decided on when it was declared. */
  #fetch(name: string): void {
    for (const { analyses, parameters } of this.#named.portals(name)) {
      this.parameters.push(...parameters);
      for (const analysis of analyses) this.#add(analysis, `FETCH ${name}`);
    }
  }

  #add(analysis: Analysis, how: string): void {
    if (this.analyses.has(analysis)) return;
    this.analyses.set(analysis, how);
    this.follow(analysis);
  }
}

function runsByName(statement: StatementFacts): boolean {
  return statement.executes.length > 0 || statement.tag === 'FetchStmt';
}

function fetches({ tag, effects }: StatementFacts): readonly string[] {
  if (tag !== 'FetchStmt') return [];
  return effects.flatMap((effect) => ('resource' in effect ? [effect.resource] : []));
}

/** For the record and for whoever approves: what really runs, in words that do not change what the text means. */
function asComment(how: string, text: string): string {
  return [`${how} runs:`, ...text.split(/\r\n|\r|\n/)].map((line) => `-- ${line}`).join('\n');
}

function readingOf(analysis: Analysis, catalog: LoadedCatalog): Reading {
  let ofCatalog = readings.get(catalog);
  if (ofCatalog === undefined) readings.set(catalog, (ofCatalog = new WeakMap()));
  let reading = ofCatalog.get(analysis);
  if (reading === undefined) ofCatalog.set(analysis, (reading = read(analysis, catalog)));
  return reading;
}

function read(analysis: Analysis, catalog: LoadedCatalog): Reading {
  if (analysis.syntaxError !== undefined) {
    const action = 'syntax';
    return {
      effects: [{ kind: 'opaque', action, resource: '' }],
      unbounded: false,
      uses: [],
      undisclosable: () => undefined,
    };
  }
  const { statements } = analysis;
  const effects = unique(statements.flatMap((statement) => ownEffectsOf(statement, catalog)));
  const reasons = new WeakMap<MaskPlan, { why: string | undefined }>();
  const reason = (plan: MaskPlan): string | undefined =>
    firstOf(statements, (statement) => undisclosable(statement.references, catalog, plan)) ??
    schemaReason(effects, catalog, plan) ??
    executeReason(effects, plan) ??
    copyReason(statements, plan);
  return {
    effects,
    unbounded: statements.some(({ unbounded }) => unbounded),
    uses: [...new Set(statements.flatMap((statement) => uses(statement.references, catalog)))],
    undisclosable(plan) {
      let known = reasons.get(plan);
      if (known === undefined) reasons.set(plan, (known = { why: reason(plan) }));
      return known.why;
    },
  };
}

/**
 * Who may not see a column may not change its table's shape either: until the change is committed the catalog
 * that masking goes by would not know it.
 */
function schemaReason(
  effects: readonly Effect[],
  catalog: LoadedCatalog,
  plan: MaskPlan,
): string | undefined {
  if (plan.hidden.size === 0) return undefined;
  const changed = effects.find(
    ({ kind, action, resource }) => kind === 'schema' && action !== 'drop' && catalog.hasSensitive(resource),
  );
  if (changed === undefined) return undefined;
  return `${changed.resource} has columns that are hidden from you, so you may not change its definition`;
}

/** What runs code of somebody's can read what is hidden, and what comes back of it tells no origin. */
function executeReason(effects: readonly Effect[], plan: MaskPlan): string | undefined {
  if (plan.hidden.size === 0) return undefined;
  const found = effects.find(({ kind, action }) => kind === 'execute' && !readsNothing.test(action));
  if (found === undefined) return undefined;
  return `${describeEffect(found)} could read columns that are hidden from you, and its answer cannot be masked`;
}

/** Built-in functions that only wait or end others. */
const readsNothing = /^pg_(sleep|cancel_backend|terminate_backend)/;

/** Detectors read rows of text; a binary COPY they cannot. */
function copyReason(statements: readonly StatementFacts[], plan: MaskPlan): string | undefined {
  if (plan.detect.length === 0) return undefined;
  if (!statements.some(({ copy }) => copy?.direction === 'out' && !isText(copy.format))) return undefined;
  return 'a binary COPY cannot be searched for sensitive values: use the text or CSV format';
}

function isText(format: CopyFormat | undefined): boolean {
  return format?.kind === 'text' || format?.kind === 'csv';
}

function firstReason(
  readers: readonly { undisclosable?: (plan: MaskPlan) => string | undefined }[],
  plan: MaskPlan,
): string | undefined {
  return firstOf(readers, (reader) => reader.undisclosable?.(plan));
}

function firstOf<T>(items: readonly T[], ask: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const answer = ask(item);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

function unique(effects: readonly Effect[]): readonly Effect[] {
  const seen = new Map(
    effects.map((effect) => [`${effect.kind}.${effect.action} ${effect.resource}`, effect]),
  );
  return [...seen.values()];
}
