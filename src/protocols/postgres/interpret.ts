import type { Command, Parameter } from '../../core/command.ts';
import type { Effect } from '../../core/effect.ts';
import { SallyportError } from '../../core/errors.ts';
import type { MaskPlan } from '../../core/mask.ts';
import { unknownRows } from '../../masking/rows-from.ts';
import type { Giver } from '../../masking/rows-from.ts';
import type { Analysis, StatementFacts } from '../../wire/sql/analyse.ts';
import { effectsOf } from '../../wire/sql/effects.ts';
import type { StatementLineage } from '../../wire/sql/lineage/lineage.ts';
import type { LoadedCatalog } from './catalog.ts';
import { readingOf, unique } from './reading.ts';
import type { Declared, Reading, StatementRows } from './reading.ts';

/** What names in SQL may stand for: everything that cannot be ruled out. */
export interface Named {
  /** Prepared statements, for EXECUTE. */
  prepared(name: string): readonly Analysis[];
  /** Portals that a Bind message has made, for FETCH and MOVE, which run them. */
  portals(name: string): readonly NamedPortal[];
  /** What DECLARE has ever given this name to; undefined among them: more than anybody remembers. */
  cursors(name: string): readonly (Giver | undefined)[];
}

export interface NamedPortal {
  readonly analyses: readonly Analysis[];
  readonly parameters: readonly Parameter[];
}

/** A command, and what is known of the rows that it gives back. */
export interface Meaning {
  readonly command: Command;
  /** A statement each, in order. */
  readonly rows: readonly StatementRows[];
  /** Cursors that it declares. */
  readonly declares: readonly Declared[];
  /** Of the text's own statements, in order; none for a target that has nothing to hide. */
  readonly lineages: readonly StatementLineage[];
}

/** Texts that must be read on the catalog (`learn`) before anybody can say what a command is. */
export interface Unread {
  readonly unread: readonly Analysis[];
}

/**
 * What `analysis` is on this catalog, with these parameters. `inFlux`: the transaction under way may have changed what
 * the catalog says.
 */
export function meaningOf(
  analysis: Analysis,
  catalog: LoadedCatalog,
  parameters: readonly Parameter[],
  context: string,
  named: Named,
  inFlux = false,
): Meaning | Unread {
  if (analysis.statements.some(runsByName)) {
    return new Others(named, catalog, inFlux).meaningOf(analysis, parameters, context);
  }
  const reading = readingOf(analysis, catalog);
  if (reading === undefined) return { unread: [analysis] };
  const { effects, unbounded, uses, rows, declares, lineages } = reading;
  const undisclosable = reasonOf([reading], inFlux);
  const command = { text: analysis.text, parameters, effects, unbounded, uses, context, undisclosable };
  return { command, rows, declares, lineages };
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
export function anyOf(meanings: readonly Meaning[]): Meaning | undefined {
  const [first, ...others] = meanings;
  if (first === undefined || others.length === 0) return first;
  const commands = meanings.map(({ command }) => command);
  return {
    command: {
      ...first.command,
      text: commands.map(({ text }) => text).join('\n-- or\n'),
      effects: commands.flatMap(({ effects }) => effects),
      unbounded: commands.some(({ unbounded }) => unbounded),
      uses: [...new Set(commands.flatMap(({ uses }) => uses))],
      undisclosable: (plan) => firstReason(commands, plan),
    },
    rows: [anyRows(meanings.flatMap(({ rows }) => rows))],
    declares: meanings.flatMap(({ declares }) => declares),
    lineages: meanings.flatMap(({ lineages }) => lineages),
  };
}

function anyRows(rows: readonly StatementRows[]): StatementRows {
  const givers = rows.flatMap((one) => one.givers);
  const [copied, ...others] = rows.map((one) => one.copied);
  const same = others.every((other) => JSON.stringify(other) === JSON.stringify(copied));
  return { givers, ...(same && copied !== undefined ? { copied } : {}) };
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
  readonly #analyses = new Map<Analysis, string>();
  readonly #parameters: Parameter[] = [];
  #unknown = false;
  readonly #named: Named;
  readonly #catalog: LoadedCatalog;
  readonly #inFlux: boolean;

  constructor(named: Named, catalog: LoadedCatalog, inFlux: boolean) {
    this.#named = named;
    this.#catalog = catalog;
    this.#inFlux = inFlux;
  }

  /** EXECUTE, FETCH and MOVE in SQL do what the statements do that their names may stand for. */
  meaningOf(analysis: Analysis, parameters: readonly Parameter[], context: string): Meaning | Unread {
    this.#follow(analysis);
    const all = [analysis, ...this.#analyses.keys()];
    const readings = all.flatMap((one) => readingOf(one, this.#catalog) ?? []);
    if (readings.length < all.length) {
      return { unread: all.filter((one) => readingOf(one, this.#catalog) === undefined) };
    }
    const opaque: Effect[] = this.#unknown ? [{ kind: 'opaque', action: 'execute', resource: '' }] : [];
    if (all.reduce((sum, { text }) => sum + text.length, 0) > runCharsMax) throw tooMuch();
    const others = [...this.#analyses].map(([{ text }, how]) => asComment(how, text));
    const command: Command = {
      text: [analysis.text, ...others].join('\n'),
      parameters: [...parameters, ...this.#parameters],
      effects: unique([...readings.flatMap(({ effects }) => effects), ...opaque]),
      unbounded: readings.some(({ unbounded }) => unbounded),
      uses: [...new Set(readings.flatMap(({ uses }) => uses))],
      context,
      undisclosable: reasonOf(readings, this.#inFlux),
    };
    const declares = readings.flatMap((reading) => reading.declares);
    const lineages = readingOf(analysis, this.#catalog)?.lineages ?? [];
    return { command, rows: this.#rowsOf(analysis, new Set()), declares, lineages };
  }

  #follow({ statements }: Analysis): void {
    for (const statement of statements) {
      for (const name of statement.executes) this.#execute(name, statements);
      for (const name of fetches(statement)) this.#fetch(name);
    }
  }

  #execute(name: string, within: readonly StatementFacts[]): void {
    const prepared = this.#named.prepared(name);
    // What the same text prepares has its effects among the text's own.
    if (prepared.length === 0 && !within.some(({ prepares }) => prepares === name)) this.#unknown = true;
    for (const analysis of prepared) this.#add(analysis, `EXECUTE ${name}`);
  }

  /** A name that no Bind has given is a cursor's, which was decided on when it was declared. */
  #fetch(name: string): void {
    for (const { analyses, parameters } of this.#named.portals(name)) {
      this.#parameters.push(...parameters);
      for (const analysis of analyses) this.#add(analysis, `FETCH ${name}`);
    }
  }

  #add(analysis: Analysis, how: string): void {
    if (this.#analyses.has(analysis)) return;
    this.#analyses.set(analysis, how);
    this.#follow(analysis);
  }

  /** What the rows of each statement come from, by whatever names stand between; `within`: texts being looked at. */
  #rowsOf(analysis: Analysis, within: ReadonlySet<Analysis>): readonly StatementRows[] {
    const reading = readingOf(analysis, this.#catalog);
    if (reading === undefined || within.has(analysis)) return [];
    const inside = new Set([...within, analysis]);
    return analysis.statements.map((statement, at): StatementRows => {
      const rows = reading.rows[at];
      // An EXPLAIN of an EXECUTE tells its own rows.
      const told = rows !== undefined && !rows.givers.includes(undefined);
      if (rows !== undefined && (told || !runsByName(statement))) return rows;
      const others = [
        ...statement.executes.flatMap((name) => this.#preparedRows(name, analysis, inside)),
        ...fetches(statement).flatMap((name) => this.#fetchedRows(name, analysis, inside)),
      ];
      return others.length === 0 ? unknownRows : anyRows(others);
    });
  }

  #preparedRows(name: string, analysis: Analysis, within: ReadonlySet<Analysis>): readonly StatementRows[] {
    const prepared = this.#named.prepared(name);
    return [...new Set([...prepared, analysis])].flatMap((one) => {
      const rows = readingOf(one, this.#catalog)?.rows ?? [];
      const given = one.statements.flatMap(({ prepares }, at) => (prepares === name ? (rows[at] ?? []) : []));
      // A text that prepares nothing of this name got it by a Parse message, which takes one statement.
      const parsed = given.length === 0 && prepared.includes(one);
      return parsed ? this.#rowsOf(one, within) : given;
    });
  }

  #fetchedRows(name: string, analysis: Analysis, within: ReadonlySet<Analysis>): readonly StatementRows[] {
    const declared = readingOf(analysis, this.#catalog)?.declares ?? [];
    const bound = this.#named.portals(name).flatMap(({ analyses }) => analyses);
    const cursors = [
      ...this.#named.cursors(name),
      ...declared.flatMap((one) => (one.name === name ? [one.giver] : [])),
    ];
    return [
      ...cursors.map((giver) => ({ givers: [giver] })),
      ...bound.flatMap((one) => this.#rowsOf(one, within)),
    ];
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

function reasonOf(readings: readonly Reading[], inFlux: boolean): (plan: MaskPlan) => string | undefined {
  const [only, ...others] = readings;
  if (only !== undefined && others.length === 0 && !inFlux) return only.undisclosable;
  return (plan) => {
    const why = firstReason(readings, plan);
    if (why !== undefined || !inFlux) return why;
    return readings.map((reading) => reading.unsettled(plan)).find((one) => one !== undefined);
  };
}

function firstReason(
  readers: readonly { undisclosable?: (plan: MaskPlan) => string | undefined }[],
  plan: MaskPlan,
): string | undefined {
  for (const reader of readers) {
    const why = reader.undisclosable?.(plan);
    if (why !== undefined) return why;
  }
  return undefined;
}
