import { parseSync } from 'libpg-query';
import { type Client, Query } from 'pg';
import { type LoadedCatalog, loadCatalog } from '../../src/protocols/postgres/catalog.ts';
import { analyseTree, type StatementFacts } from '../../src/wire/sql/analyse.ts';
import { effectsOf, type SqlEffect } from '../../src/wire/sql/effects.ts';
import { under } from '../../src/wire/sql/tree.ts';
import { difference, sessionDifference, type Trace, traceQuery } from './effects-trace.ts';

/** What the gateway called a statement, and what the server then did. */
export interface Judgement {
  readonly sql: string;
  readonly effects: string;
  /** `read`: nothing but `read` effects; `session`: those and `session`; `change`: any other. */
  readonly called: 'read' | 'session' | 'change' | 'opaque';
  /** Of the error that the server gave to it. */
  readonly sqlstate: string | undefined;
  /** What it left behind in the database, in words; empty: nothing. */
  readonly wrote: readonly string[];
  /** What it changed of its session though it was called a mere read. */
  readonly touched: readonly string[];
}

type Deed = Pick<Judgement, 'sqlstate' | 'wrote' | 'touched'>;

/**
 * Runs statements one after the other on one connection of a real server, and watches what each does. In a
 * transaction each stands behind a savepoint, so that an error ends nothing but itself.
 */
export class EffectsJudge {
  readonly #client: Client;
  readonly #prepared = new Map<string, StatementFacts[]>();
  readonly #cursors = new Map<string, readonly SqlEffect[]>();
  #catalog: LoadedCatalog | undefined;

  constructor(client: Client, catalog?: LoadedCatalog) {
    this.#client = client;
    this.#catalog = catalog;
  }

  /** `stdin`: what a COPY FROM STDIN gets. */
  async judge(sql: string, stdin = ''): Promise<Judgement> {
    const understood = understand(sql);
    const effects = understood === undefined ? [notParsed] : await this.#effectsOf(understood.facts);
    const called = calledBy(effects);
    const deed = await this.#watch(sql, stdin, called, understood?.facts.tag ?? '');
    if (understood !== undefined) this.#remember(understood, effects);
    if (effects.some(({ kind }) => renames.has(kind))) this.#catalog = undefined;
    return { sql, effects: effects.map(inWords).join(', '), called, ...deed };
  }

  async #effectsOf(facts: StatementFacts): Promise<readonly SqlEffect[]> {
    const own = effectsOf(facts, await this.#catalogNow(), (name) => this.#prepared.get(name) ?? []);
    // What a cursor runs was decided on when it was declared.
    const declared = own.flatMap(({ action, resource }) =>
      action === 'fetch' || action === 'move' ? (this.#cursors.get(resource) ?? []) : [],
    );
    return [...own, ...declared];
  }

  async #catalogNow(): Promise<LoadedCatalog | undefined> {
    if (this.#catalog === undefined && this.#client.getTransactionStatus() !== 'E') {
      this.#catalog = await readCatalog(this.#client);
    }
    return this.#catalog;
  }

  #remember({ facts, cursor }: Understood, effects: readonly SqlEffect[]): void {
    const { prepares } = facts;
    if (prepares !== undefined) {
      this.#prepared.set(prepares, [...(this.#prepared.get(prepares) ?? []), facts]);
    }
    if (cursor !== undefined) this.#cursors.set(cursor, [...(this.#cursors.get(cursor) ?? []), ...effects]);
  }

  async #watch(sql: string, stdin: string, called: Judgement['called'], tag: string): Promise<Deed> {
    const status = this.#client.getTransactionStatus();
    const calm = called === 'read' || called === 'session';
    // A look at the server between steps of a transaction would change what they do.
    if (status === 'E' || tag === 'TransactionStmt' || (calm && tag === 'VariableSetStmt')) {
      return { sqlstate: await this.#run(sql, stdin), wrote: [], touched: [] };
    }
    // What may not stand in a transaction (VACUUM …) is watched from outside, by the ids that it uses up.
    const around = status === 'T' ? savepoint : calm && tag !== 'DiscardStmt' ? transaction : nothing;
    const refused = calm && !lasting.has(tag) ? await this.#refusedReadOnly(sql, stdin, around) : [];
    await this.#steps(around.begin);
    const before = await this.#trace();
    const sqlstate = await this.#run(sql, stdin);
    if (sqlstate !== undefined) {
      await this.#steps(around.undo);
      return { sqlstate, wrote: refused, touched: [] };
    }
    const after = await this.#trace();
    await this.#steps(around.end);
    return {
      sqlstate,
      wrote: [...refused, ...difference(before, after, tag, calm)],
      touched: called === 'read' ? sessionDifference(before, after) : [],
    };
  }

  /** A read runs in a read-only transaction, too; that it fails there for another reason tells nothing. */
  async #refusedReadOnly(sql: string, stdin: string, around: Around): Promise<string[]> {
    await this.#steps(around.begin);
    await this.#client.query('SET TRANSACTION READ ONLY');
    const sqlstate = await this.#run(sql, stdin);
    await this.#steps(around.undo);
    return sqlstate === readOnlyTransaction ? ['was refused in a read-only transaction'] : [];
  }

  async #steps(steps: readonly string[]): Promise<void> {
    for (const step of steps) await this.#client.query(step);
  }

  /** The SQLSTATE of its error, if it has one. */
  async #run(sql: string, stdin: string): Promise<string | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
    const query = new Query(sql, (error) => {
      if (!error) resolve(undefined);
      else if ('code' in error && typeof error.code === 'string') resolve(error.code);
      else reject(error);
    });
    this.#client.query(Object.assign(query, { handleCopyInResponse: copiesIn(stdin) }));
    const sqlstate = await promise;
    // The client tells of an error before it knows what that made of the transaction.
    if (sqlstate !== undefined) await this.#client.query('');
    return sqlstate;
  }

  async #trace(): Promise<Trace> {
    const { rows } = await this.#client.query<{ trace: Trace }>(traceQuery);
    const [row] = rows;
    if (row === undefined) throw new Error('the server gives no trace');
    return row.trace;
  }
}

/** What names mean now, as this connection sees it. */
export function readCatalog(client: Client): Promise<LoadedCatalog> {
  return loadCatalog(async (sql) => {
    const answer = await client.query<(string | null)[]>({ text: sql, rowMode: 'array', types: asText });
    return answer.rows;
  }, new Map());
}

const asText = { getTypeParser: () => String };

interface Understood {
  readonly facts: StatementFacts;
  /** That it declares. */
  readonly cursor: string | undefined;
}

/** `undefined`: the grammar does not take it. */
function understand(sql: string): Understood | undefined {
  const tree = parse(sql);
  const [facts] = tree === undefined ? [] : analyseTree(tree, sql).statements;
  if (facts === undefined) return undefined;
  return { facts, cursor: under(tree?.stmts?.[0]?.stmt, 'DeclareCursorStmt')?.portalname };
}

function parse(sql: string): ReturnType<typeof parseSync> | undefined {
  try {
    return parseSync(sql);
  } catch {
    return undefined;
  }
}

/** After these, names may mean something else. */
const renames: ReadonlySet<string> = new Set(['schema', 'access', 'execute', 'opaque']);

const notParsed: SqlEffect = { kind: 'opaque', action: 'syntax', resource: '' };

function calledBy(effects: readonly SqlEffect[]): Judgement['called'] {
  const kinds = new Set(effects.map(({ kind }) => kind));
  if (kinds.has('opaque')) return 'opaque';
  if ([...kinds].some((kind) => kind !== 'read' && kind !== 'session')) return 'change';
  return kinds.has('session') ? 'session' : 'read';
}

function inWords({ kind, action, resource }: SqlEffect): string {
  return `${kind}.${action} ${resource}`.trim();
}

interface Around {
  readonly begin: readonly string[];
  readonly end: readonly string[];
  readonly undo: readonly string[];
}

const savepoint: Around = {
  begin: ['SAVEPOINT judge'],
  end: ['RELEASE judge'],
  undo: ['ROLLBACK TO judge', 'RELEASE judge'],
};
const transaction: Around = { begin: ['BEGIN'], end: ['COMMIT'], undo: ['ROLLBACK'] };
const nothing: Around = { begin: [], end: [], undo: [] };

/** What these do stays even where their transaction is undone, so that they cannot be tried first. */
const lasting: ReadonlySet<string> = new Set([
  'PrepareStmt',
  'DeallocateStmt',
  'ClosePortalStmt',
  'DiscardStmt',
]);

/** SQLSTATE `read_only_sql_transaction`. */
const readOnlyTransaction = '25006';

/** The half of pg's connection that COPY needs. */
interface CopyTarget {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

function copiesIn(stdin: string) {
  return (connection: CopyTarget): void => {
    connection.sendCopyFromChunk(Buffer.from(stdin));
    connection.endCopyFrom();
  };
}
