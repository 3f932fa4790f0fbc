import type { Parameter } from '../../core/command.ts';
import type { SallyportError } from '../../core/errors.ts';
import type { Giver } from '../../masking/rows-from.ts';
import type { Analysis, StatementFacts } from '../../wire/sql/analyse.ts';
import type { StatementLineage } from '../../wire/sql/lineage/lineage.ts';
import type { LoadedCatalog } from './catalog.ts';
import { onlyRefusals, tooManyNames } from './gate-refusals.ts';
import { meaningOf } from './interpret.ts';
import type { Meaning, Named } from './interpret.ts';
import { changesContext, contextAfter } from './meaning.ts';
import { Names } from './names.ts';
import type { Wait } from './order.ts';
import type { Portal, Statement } from './portals.ts';
import { changesSchema, learn, readingOf } from './reading.ts';
import type { Settle } from './running.ts';
import type { Traced } from './tokens-in.ts';

/** Prepared statements that a session may have at once. What is known of a text takes up to forty times its bytes. */
const statementsMax = { countMax: 10_000, bytesMax: 8 * 1024 * 1024 };
/** Portals that a session may have at once, and what their parameters may take. */
const portalsMax = { countMax: 10_000, bytesMax: 64 * 1024 * 1024 };
/** Cursors that a session may have at once, as far as it is known which are open; of more nobody knows the rows. */
const cursorsMax = { countMax: 1_000, bytesMax: 8 * 1024 * 1024 };
/** Statements that open or close portals by name. */
const namesPortals = new Set(['DeclareCursorStmt', 'ClosePortalStmt', 'DiscardStmt']);

export interface KnowledgeParts {
  analyse(text: string): Analysis | Promise<Analysis>;
  /** The target's catalog; a promise where it must be read anew. */
  catalog(analysis: Analysis): LoadedCatalog | Promise<LoadedCatalog>;
  /** Where what a text shows comes from, a statement each; none for a target that has nothing to hide. */
  lineage(
    analysis: Analysis,
    catalog: LoadedCatalog,
  ): readonly StatementLineage[] | Promise<readonly StatementLineage[]>;
  /** Whether a command under way, or one of the transaction under way, may have changed the schema. */
  schemaInFlux(): boolean;
  /** Whether the server ignores what comes, so that nothing need be understood any more. */
  skipping(): boolean;
}

export interface Understood extends Meaning {
  readonly analysis: Analysis;
  /** What the names of prepared statements in it may stand for. */
  readonly prepared: readonly Traced[];
}

/** What is known of the names and settings that a session has made, and so what a text would do in it. */
export class Knowledge {
  readonly statements = new Names<Statement>(statementsMax);
  readonly portals = new Names<Portal>(portalsMax);
  readonly #parts: KnowledgeParts;
  #context: string;
  readonly #cursors = new Names<Giver>(cursorsMax);
  /** There were too many to remember them all. */
  #cursorsLost = false;
  /** Something that makes or changes tables went on, and its transaction may not have ended. */
  #schemaSent = false;
  readonly #named: Named = {
    prepared: (name) => this.statements.candidates(name).map(({ analysis }) => analysis),
    portals: (name) =>
      this.portals.ever(name).map(({ statements, parameters }) => ({
        analyses: statements.map(({ analysis }) => analysis),
        parameters,
      })),
    cursors: (name) => {
      const givers = this.#cursors.ever(name);
      return this.#cursorsLost ? [...givers, undefined] : givers;
    },
  };

  constructor(parts: KnowledgeParts, context: string) {
    this.#parts = parts;
    this.#context = context;
  }

  /** What stands for the settings that the session has made. */
  get context(): string {
    return this.#context;
  }

  /** A Sync goes on. */
  sync(): void {
    this.statements.sync();
    this.portals.sync();
  }

  /** Texts (or what is known of them) into commands, waiting for the parser or the catalog only where it must. */
  understand(
    texts: readonly (string | Analysis)[],
    parameters: readonly Parameter[],
    refuse: (refusal: SallyportError) => void,
    go: (found: Understood[]) => Wait | void,
  ): Wait {
    const found: Understood[] = [];
    const inFlux = this.#isInFlux();
    for (const [index, text] of texts.entries()) {
      const again = (known: Analysis): Wait =>
        this.#parts.skipping()
          ? undefined
          : this.understand(texts.with(index, known), parameters, refuse, go);
      const analysis = typeof text === 'string' ? this.#parts.analyse(text) : text;
      if (analysis instanceof Promise) return refusing(analysis.then(again), refuse);
      const catalog = this.#parts.catalog(analysis);
      if (catalog instanceof Promise)
        return refusing(
          catalog.then(() => again(analysis)),
          refuse,
        );
      try {
        if (prepares(analysis) && this.statements.full) throw tooManyNames('prepared statements');
        const meaning = meaningOf(analysis, catalog, parameters, this.#context, this.#named, inFlux);
        if ('unread' in meaning) {
          const reading = this.#read(meaning.unread, catalog);
          return reading === undefined
            ? again(analysis)
            : refusing(
                reading.then(() => again(analysis)),
                refuse,
              );
        }
        const { command, rows, declares, lineages } = meaning;
        const prepared = this.#preparedBy(analysis, catalog);
        found.push({ command, rows, declares, lineages, analysis, prepared });
      } catch (error) {
        return void refuse(onlyRefusals(error));
      }
    }
    return go(found) ?? undefined;
  }

  /** Functions that anybody may call who has something hidden make no tables: they are not counted here. */
  #isInFlux(): boolean {
    this.#schemaSent &&= this.#parts.schemaInFlux();
    return this.#schemaSent;
  }

  #preparedBy({ statements }: Analysis, catalog: LoadedCatalog): readonly Traced[] {
    return statements.flatMap(({ executes }) =>
      executes.flatMap((name) =>
        this.statements.candidates(name).map((statement) => tracedOf(statement, catalog)),
      ),
    );
  }

  /** Undefined where nothing had to be waited for. */
  #read(analyses: readonly Analysis[], catalog: LoadedCatalog): Promise<unknown> | undefined {
    const waits = analyses.flatMap((analysis) => {
      const lineages = this.#parts.lineage(analysis, catalog);
      if (lineages instanceof Promise) return [lineages.then((known) => learn(analysis, catalog, known))];
      learn(analysis, catalog, lineages);
      return [];
    });
    return waits.length === 0 ? undefined : Promise.all(waits);
  }

  /**
   * What the session must know of a command that goes on: names it gives or takes, settings it changes. Gives what
   * to do once it is known whether it succeeded.
   */
  remember({ analysis, command, declares }: Understood, parameters: readonly Parameter[]): Settle {
    const { text, statements } = analysis;
    this.#schemaSent ||= changesSchema(command.effects);
    let settle: Settle = () => {};
    for (const { name, giver } of declares) {
      this.#cursorsLost ||= this.#cursors.full;
      if (this.#cursorsLost) break;
      const version = this.#cursors.addUncertain(name, giver, text.length);
      // What EXECUTE declares may be by any of several statements.
      if (statements[0]?.tag !== 'DeclareCursorStmt') continue;
      settle = (done) => (done ? this.#cursors.confirm(version) : this.#cursors.retract(version));
    }
    for (const { prepares, deallocates, effects, tag } of statements) {
      if (prepares !== undefined) {
        const version = this.statements.addUncertain(prepares, { analysis }, text.length);
        settle = (done) => (done ? this.statements.confirm(version) : this.statements.retract(version));
      }
      if (deallocates !== undefined) {
        const close =
          deallocates === null ? this.statements.closingAll() : this.statements.closing(deallocates);
        settle = (done) => done && close();
      }
      for (const name of tag === 'ClosePortalStmt' ? resourcesOf(effects) : []) {
        const close = name === '' ? this.#cursors.closingAll() : this.#cursors.closing(name);
        settle = (done) => done && close();
      }
      // SQL gives portals names, too, and a function can do anything: what a name stood for is not sure any more.
      if (namesPortals.has(tag) || effects.some(({ kind }) => kind === 'execute')) this.portals.doubt();
    }
    if (statements.some(changesContext)) this.#context = contextAfter(this.#context, analysis, parameters);
    // Of several statements nobody says which of them went through.
    return statements.length === 1 ? settle : () => {};
  }
}

/** What cannot be analysed is refused like any other command; the session goes on. */
function refusing(work: Promise<void>, refuse: (refusal: SallyportError) => void): Promise<void> {
  return work.catch((error: unknown) => refuse(onlyRefusals(error)));
}

function resourcesOf(effects: StatementFacts['effects']): readonly string[] {
  return effects.flatMap((effect) => ('resource' in effect ? [effect.resource] : []));
}

function tracedOf({ analysis, types = [] }: Statement, catalog: LoadedCatalog): Traced {
  return { analysis, types, lineages: readingOf(analysis, catalog)?.lineages ?? [] };
}

function prepares({ statements }: Analysis): boolean {
  return statements.some((statement) => statement.prepares !== undefined);
}
