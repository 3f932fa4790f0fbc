import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely';
import { SallyportError } from '../core/errors.ts';
import type { Database } from './schema.ts';
import { type Store, storeOver } from './store.ts';

export interface SqliteOptions {
  /** Wait for the disk at every change, so that power loss takes nothing back (a kill of the process never does). */
  readonly fsync?: boolean;
  /** How long to wait for a process that is just letting go of the file, in milliseconds. */
  readonly busyMs?: number;
}

/**
 * The embedded store: one file, readable by the process's user alone, and used by one process at a time.
 * @throws SallyportError `conflict` when another process has it open
 */
export async function openSqliteStore(file: string, options: SqliteOptions = {}): Promise<Store> {
  const database = openExclusively(file, options);
  const db = new Kysely<Database>({ dialect: new SqliteDialect({ database: adapt(database) }) });
  try {
    const store = await storeOver(db);
    // The file is locked, so no process from before can be alive, whatever its last heartbeat says.
    await db.deleteFrom('instances').execute();
    return store;
  } catch (error) {
    // destroy() closes the file only once a query has run.
    await db.destroy();
    if (database.isOpen) database.close();
    throw error;
  }
}

function openExclusively(file: string, { fsync = false, busyMs = 5000 }: SqliteOptions): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // SQLite would make it with the umask's mode; its -wal file takes over the mode of this one.
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  const database = new DatabaseSync(file, { timeout: busyMs, enableForeignKeyConstraints: true });
  try {
    // Locking before WAL: two processes on one folder would clean up each other's sessions.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL');
    database.exec(`PRAGMA synchronous = ${fsync ? 'FULL' : 'NORMAL'}`);
    database.exec('BEGIN EXCLUSIVE; COMMIT');
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

function isBusy(error: unknown): boolean {
  const busyCode = 5; // SQLITE_BUSY
  return error instanceof Error && 'errcode' in error && error.errcode === busyCode;
}

/** node:sqlite in the shape of better-sqlite3, which kysely speaks. */
function adapt(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare(sql): SqliteStatement {
      const statement = database.prepare(sql);
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
