import type { Command, Parameter } from '../../core/command.ts';
import type { SallyportError } from '../../core/errors.ts';
import type { Analysis } from '../../wire/sql/analyse.ts';
import type { LoadedCatalog } from './catalog.ts';
import { onlyRefusals, tooManyNames } from './gate-refusals.ts';
import { commandOf } from './interpret.ts';
import type { Named } from './interpret.ts';
import { changesContext, contextAfter } from './meaning.ts';
import { Names } from './names.ts';
import type { Wait } from './order.ts';
import type { Portal, Statement } from './portals.ts';
import type { Settle } from './running.ts';

/** Prepared statements that a session may have at once. What is known of a text takes up to forty times its bytes. */
const statementsMax = { countMax: 10_000, bytesMax: 8 * 1024 * 1024 };
/** Portals that a session may have at once, and what their parameters may take. */
const portalsMax = { countMax: 10_000, bytesMax: 64 * 1024 * 1024 };
/** Statements that open or close portals by name. */
const namesPortals = new Set(['DeclareCursorStmt', 'ClosePortalStmt', 'DiscardStmt']);

export interface KnowledgeParts {
  analyse(text: string): Analysis | Promise<Analysis>;
  /** The target's catalog; a promise where it must be read anew. */
  catalog(analysis: Analysis): LoadedCatalog | Promise<LoadedCatalog>;
  /** Whether the server ignores what comes, so that nothing need be understood any more. */
  skipping(): boolean;
}

export interface Understood {
  readonly command: Command;
  readonly analysis: Analysis;
}

/** What is known of the names and settings that a session has made, and so what a text would do in it. */
export class Knowledge {
  readonly statements = new Names<Statement>(statementsMax);
  readonly portals = new Names<Portal>(portalsMax);
  readonly #parts: KnowledgeParts;
  #context: string;
  readonly #named: Named = {
    prepared: (name) => this.statements.candidates(name).map(({ analysis }) => analysis),
    portals: (name) =>
      this.portals.ever(name).map(({ statements, parameters }) => ({
        analyses: statements.map(({ analysis }) => analysis),
        parameters,
      })),
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
        found.push({ command: this.#commandOf(analysis, catalog, parameters), analysis });
      } catch (error) {
        return void refuse(onlyRefusals(error));
      }
    }
    return go(found) ?? undefined;
  }

  #commandOf(analysis: Analysis, catalog: LoadedCatalog, parameters: readonly Parameter[]): Command {
    return commandOf(analysis, catalog, parameters, this.#context, this.#named);
  }

  /**
   * What the session must know of a command that goes on: names it gives or takes, settings it changes. Gives what
   * to do once it is known whether it succeeded.
   */
  remember(analysis: Analysis, parameters: readonly Parameter[]): Settle {
    const { text, statements } = analysis;
    let settle: Settle = () => {};
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

function prepares({ statements }: Analysis): boolean {
  return statements.some((statement) => statement.prepares !== undefined);
}
