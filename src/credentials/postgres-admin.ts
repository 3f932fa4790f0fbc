import { readFile } from 'node:fs/promises';
import { DatabaseError, Pool, type PoolClient, type PoolConfig } from 'pg';
import type { PostgresCredentialSpec, PostgresAddress, PostgresTarget } from '../core/target.ts';
import type { ResolveSecret } from './static.ts';

export type MintSpec = PostgresCredentialSpec & { kind: 'mint' };

/** Runs one text, of any number of statements, in one round trip and one transaction. */
export type Run = (sql: string) => Promise<readonly Record<string, unknown>[]>;

/** Connections as the administrator of a target, made when first needed. */
export class PostgresAdmins {
  readonly #resolve: ResolveSecret;
  readonly #pools = new Map<string, Promise<Pool>>();

  constructor(resolve: ResolveSecret) {
    this.#resolve = resolve;
  }

  /**
   * Lends a connection for as long as `work` takes.
   * @throws whatever `work` does; what `run` throws tells `isRefusal` from an end that is not known
   */
  async use<Result>(
    target: PostgresTarget,
    spec: MintSpec,
    work: (run: Run) => Promise<Result>,
  ): Promise<Result> {
    const client = await this.#connect(target, spec);
    try {
      const result = await work(async (sql) => {
        const { rows } = await client.query<Record<string, unknown>>(sql);
        // Of several statements there are several results; none of ours is read then.
        return rows ?? [];
      });
      client.release();
      return result;
    } catch (error) {
      // After anything but a plain refusal the connection's state is not known.
      client.release(!isRefusal(error));
      throw error;
    }
  }

  run(target: PostgresTarget, spec: MintSpec, sql: string): ReturnType<Run> {
    return this.use(target, spec, (run) => run(sql));
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.entries()];
    await Promise.all(pools.map(([key, pool]) => this.#forget(key, pool)));
  }

  async #connect(target: PostgresTarget, spec: MintSpec): Promise<PoolClient> {
    const key = JSON.stringify([spec.admin, target.address]);
    const pool = this.#pools.get(key) ?? this.#open(target, spec, key);
    try {
      return await (await pool).connect();
    } catch (error) {
      // The server may have moved, or the administrator have another password: ask for the secret next time.
      await this.#forget(key, pool);
      throw error;
    }
  }

  #open(target: PostgresTarget, spec: MintSpec, key: string): Promise<Pool> {
    const pool = this.#resolve(spec.admin).then((url) => openPool(url, target.address));
    this.#pools.set(key, pool);
    return pool;
  }

  async #forget(key: string, pool: Promise<Pool>): Promise<void> {
    if (this.#pools.get(key) === pool) this.#pools.delete(key);
    // Statements that still run there come to their end; nobody waits for them here.
    await pool.then((open) => void open.end().catch(() => undefined)).catch(() => undefined);
  }
}

/** Whether the server itself said no; anything else leaves open what happened. */
export function isRefusal(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && error.severity !== 'FATAL' && error.severity !== 'PANIC';
}

async function openPool(url: string, address: PostgresAddress): Promise<Pool> {
  const ssl = await tlsOf(address);
  const pool = new Pool({
    ...(ssl === undefined ? {} : { ssl }),
    connectionString: inDatabase(url, address.database),
    application_name: 'sallyport',
    max: 4,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 300_000,
    lock_timeout: 5_000,
    query_timeout: 15_000,
    allowExitOnIdle: true,
  });
  // A connection that breaks fails its statement, or is replaced at the next need; these events, which would end
  // the process if nobody listened, tell nothing more.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** What a role owns can be given away in its own database only, so the administrator goes there. */
function inDatabase(url: string, database: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new TypeError('the administrator’s credential is no postgres:// URL');
  }
  parsed.pathname = `/${encodeURIComponent(database)}`;
  return parsed.href;
}

/** The target's own TLS mode, where the administrator's URL names none. */
async function tlsOf({ host, tls, caFile }: PostgresAddress): Promise<PoolConfig['ssl'] | undefined> {
  if (host.startsWith('/')) return undefined;
  const ca = caFile === undefined ? {} : { ca: await readFile(caFile, 'utf8') };
  switch (tls) {
    case 'disable':
    case 'allow':
    case 'prefer':
      return undefined;
    case 'require':
      return { rejectUnauthorized: false };
    case 'verify-ca':
      return { ...ca, checkServerIdentity: () => undefined };
    case 'verify-full':
      return ca;
  }
}
