import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';
import { SallyportError } from '../core/errors.ts';
import { isBusy } from '../files/lock.ts';
import { migrate } from './migrations.ts';
import type { Database } from './schema.ts';
import { type Store, storeOver } from './store.ts';

export interface SqliteOptions {
  /** Wait for the disk at every change, so that power loss takes nothing back (a kill of the process never does). */
  readonly fsync?: boolean;
  /** How long to wait for another connection that is writing, in milliseconds. */
  readonly busyMs?: number;
  /** Another process of the same gateway has it open, and has brought its tables up to date. */
  readonly joins?: boolean;
}

/**
 * The embedded store: one file, readable by the process's user alone. Whoever opens it first holds the lock of the
 * data folder, so that no process from before is alive; others of the same gateway join.
 * @throws SallyportError `conflict` when a version that keeps it to itself has it open
 */
export async function openSqliteStore(file: string, options: SqliteOptions = {}): Promise<Store> {
  const database = openDatabase(file, options);
  const db = new Kysely<Database>({ dialect: new SqliteDialect({ database: adapt(database) }) });
  try {
    if (options.joins !== true) {
      await migrate(db);
      await db.deleteFrom('instances').execute();
    }
    return await storeOver(db);
  } catch (error) {
    // destroy() closes the file only once a query has run.
    await db.destroy();
    if (database.isOpen) database.close();
    throw error;
  }
}

function openDatabase(file: string, { fsync = false, busyMs = 5000 }: SqliteOptions): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // SQLite would make it with the umask's mode; its -wal and -shm files take over the mode of this one.
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  const database = new DatabaseSync(file, { timeout: busyMs, enableForeignKeyConstraints: true });
  try {
    database.exec('PRAGMA journal_mode = WAL');
    database.exec(`PRAGMA synchronous = ${fsync ? 'FULL' : 'NORMAL'}`);
    return database;
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    throw new SallyportError('conflict', `${file} is in use by another Sallyport process`, {
      hint: 'Stop the other process, or give this one a data folder of its own.',
      cause: error,
    });
  }
}

/** node:sqlite in the shape of better-sqlite3, which kysely speaks. */
function adapt(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare(sql): SqliteStatement {
      // A transaction that reads first could not write any more once another connection has written meanwhile.
      const statement = database.prepare(sql === 'begin' ? 'begin immediate' : sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...parameters.map(bindable)),
        run: (parameters) => statement.run(...parameters.map(bindable)),
        iterate: (parameters) => statement.iterate(...parameters.map(bindable)),
      };
    },
  };
}

function bindable(value: unknown): SQLInputValue {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
      return value;
    default:
      if (value === null || value instanceof Uint8Array) return value;
      throw new TypeError(`SQLite has no type for ${typeof value}`);
  }
}
