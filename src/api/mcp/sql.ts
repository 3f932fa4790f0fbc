import { Client, DatabaseError, Query } from 'pg';
import type { Connection, QueryArrayConfig, QueryArrayResult } from 'pg';
import { SallyportError } from '../../core/errors.ts';
import type { OwnDoor } from '../parts.ts';
import { codeOf, detailOf, type Refusal } from './refusal.ts';

/** For the login, which may have to make a role and read a catalog. */
const connectMs = 20_000;
/** Of all that the server sends: `pg` keeps a row as a whole, whatever its size. */
const bytesMax = 4 * 1024 * 1024;

/** One statement, and how much of its answer is taken. */
export interface Statement {
  readonly door: OwnDoor;
  readonly target: string;
  /** The proof of identity. */
  readonly pass: string;
  readonly text: string;
  readonly parameters: readonly (string | null)[];
  readonly rowsMax: number;
  /** Of all values together, as text. */
  readonly charsMax: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface SqlAnswer {
  /** `SELECT 3`; undefined where not all rows were taken. */
  readonly tag: string | undefined;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** More rows were there to take. */
  readonly isCut: boolean;
}

/** What a server has said against a statement, not the gateway. */
export interface ServerError {
  readonly sqlState: string;
  readonly message: string;
  readonly hint?: string;
}

export type SqlOutcome =
  | { readonly answer: SqlAnswer }
  | { readonly refusal: Refusal }
  | { readonly error: ServerError };

/**
 * Runs it through the gateway's own port, as any client would, in a session of its own. Values are PostgreSQL's own text.
 * @throws SallyportError `limit_statement`, `closed`: it was cancelled; `upstream_unavailable`
 */
export async function runStatement(it: Statement): Promise<SqlOutcome> {
  const client = clientOf(it);
  const room = new AbortController();
  const over = AbortSignal.any([it.signal, room.signal, AbortSignal.timeout(it.timeoutMs)]);
  // Its connection breaks, which cancels what runs.
  const leave = (): void => void client.end().catch(() => undefined);
  client.on('error', () => undefined);
  over.addEventListener('abort', leave, { once: true });
  try {
    over.throwIfAborted();
    await client.connect();
    onceOver(client, bytesMax, () => room.abort());
    return { answer: await answerOf(client, it) };
  } catch (error) {
    if (room.signal.aborted) throw tooLarge();
    if (over.aborted) throw cancelled(it);
    return told(error);
  } finally {
    over.removeEventListener('abort', leave);
    leave();
  }
}

function clientOf({ door, target, pass }: Statement): Client {
  const { host, port, certificate } = door;
  return new Client({
    host,
    port,
    database: target,
    user: 'sallyport-mcp',
    password: pass,
    application_name: 'sallyport mcp',
    connectionTimeoutMillis: connectMs,
    types: { getTypeParser: () => (value: string) => value },
    ssl:
      certificate === undefined
        ? false
        : { ca: certificate, allowPartialTrustChain: true, checkServerIdentity: () => undefined },
  });
}

/** What is read of the connection from now on, counted. */
function onceOver(client: Client & { connection?: Connection }, most: number, act: () => void): void {
  let bytes = 0;
  client.connection?.stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > most) act();
  });
}

/** Asks for so many rows and then ends the transaction, so that what writes has written as a whole. */
class FirstRows extends Query {
  isCut = false;

  constructor(text: string, values: readonly (string | null)[], rowsMax: number) {
    const config: QueryArrayConfig<(string | null)[]> & { rows: number } = {
      text,
      values: [...values],
      rowMode: 'array',
      rows: rowsMax,
    };
    super(config);
  }

  /** Called by `pg` where rows are left; its own would go on until there are none. */
  handlePortalSuspended(connection: Connection): void {
    this.isCut = true;
    connection.sync();
  }
}

function answerOf(client: Client, it: Statement): Promise<SqlAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<SqlAnswer>();
  const query = new FirstRows(it.text, it.parameters, it.rowsMax);
  const rows: (string | null)[][] = [];
  let charsLeft = it.charsMax;
  let isCut = false;
  // Once there is no room, what still comes is let go of.
  query.on('row', (row: (string | null)[]) => {
    charsLeft -= row.reduce((sum, value) => sum + (value?.length ?? 0) + 1, 0);
    if (charsLeft >= 0 || rows.length === 0) rows.push(row);
    else isCut = true;
  });
  query.on('error', reject);
  query.on('end', (result) => {
    const { command, rowCount, fields } = result as QueryArrayResult;
    const tag = query.isCut || command === null ? undefined : [command, rowCount ?? ''].join(' ').trim();
    const columns = fields.map(({ name }) => name);
    resolve({ tag, columns, rows, isCut: isCut || query.isCut });
  });
  client.query(query);
  client.once('end', () => reject(new SallyportError('closed', 'Sallyport: the connection ended')));
  return promise;
}

function told(error: unknown): SqlOutcome {
  if (!(error instanceof DatabaseError)) {
    if (error instanceof SallyportError) throw error;
    throw new SallyportError('upstream_unavailable', 'Sallyport: the gateway’s own port did not answer', {
      cause: error,
    });
  }
  const { code = 'XX000', message, hint } = error;
  const detail = detailIn(error.detail);
  const own = codeOf(detail['code']);
  const said = hint === undefined ? {} : { hint };
  if (own === undefined) return { error: { sqlState: code, message, ...said } };
  return { refusal: { code: own, message, detail: detailOf(detail), ...said } };
}

/** The gateway's refusals have a DETAIL of one line of JSON, with a code. */
function detailIn(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** No Sync was sent yet, so what it has written is undone with its transaction. */
function tooLarge(): SallyportError {
  return new SallyportError(
    'too_large',
    `Sallyport: its answer has more than ${bytesMax} bytes; it was cancelled, and undone`,
    {
      hint: 'Ask for fewer rows, or for parts of long values: left(note, 200).',
    },
  );
}

function cancelled({ signal, timeoutMs }: Statement): SallyportError {
  if (signal.aborted) return new SallyportError('closed', 'Sallyport: the client went away');
  return new SallyportError(
    'limit_statement',
    `Sallyport: it ran for ${timeoutMs / 1000} s and was cancelled`,
    {
      hint: 'Ask for less at a time.',
    },
  );
}
