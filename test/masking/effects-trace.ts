/** What can be seen, on its own connection, of what a session has done so far. */
export interface Trace {
  /** The next transaction id of the whole server; a transaction that writes uses one up when it ends. */
  readonly next: string;
  /** Transaction ids that the running transaction and its savepoints hold: only those have one that wrote. */
  readonly ids: number;
  /** Rows inserted, updated and deleted by the running transaction, the system's own tables among them. */
  readonly rows: number;
  /** `RowExclusiveLock orders`: locks of the running transaction that a plain read does not take. */
  readonly locks: readonly string[];
  /** Such locks of sequences. A look at one takes them, too; what changes one is refused in a read-only transaction. */
  readonly sequences: number;
  readonly advisory: number;
  readonly settings: string;
  readonly channels: number;
}

/** One row with a `trace`. All names are qualified: it runs under whatever search_path the corpus has set. */
export const traceQuery = `
SELECT pg_catalog.json_build_object(
  'next', pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot()),
  'ids', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks
           WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'transactionid'),
  'rows', (SELECT pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_inserted(oid)
                  + pg_catalog.pg_stat_get_xact_tuples_updated(oid)
                  + pg_catalog.pg_stat_get_xact_tuples_deleted(oid))
             FROM pg_catalog.pg_class WHERE relkind IN ('r', 't', 'm')),
  'locks', ARRAY(SELECT DISTINCT mode || ' ' || relation::pg_catalog.regclass::pg_catalog.text
                   FROM pg_catalog.pg_locks JOIN pg_catalog.pg_class ON pg_class.oid = relation
                  WHERE pid = pg_catalog.pg_backend_pid() AND mode <> 'AccessShareLock' AND relkind <> 'S'),
  'sequences', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks JOIN pg_catalog.pg_class ON pg_class.oid = relation
                 WHERE pid = pg_catalog.pg_backend_pid() AND mode <> 'AccessShareLock' AND relkind = 'S'),
  'advisory', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_locks
                WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'advisory'),
  'settings', (SELECT pg_catalog.md5(pg_catalog.string_agg(name || '=' || setting, ',' ORDER BY name))
                 FROM pg_catalog.pg_settings WHERE name NOT LIKE 'transaction%'),
  'channels', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_listening_channels())
) AS trace`;

/** What a statement of this tag has done between two traces, in words; `calm`: it is called no change. */
export function difference(before: Trace, after: Trace, tag: string, calm: boolean): string[] {
  const found: string[] = [];
  if (after.ids > before.ids || after.next !== before.next) found.push('took a transaction id');
  if (after.rows > before.rows) found.push(`changed ${after.rows - before.rows} rows`);
  // The planner locks what a statement would write to, even where that is only explained.
  const locks = tag === 'ExplainStmt' ? [] : after.locks.filter((lock) => !before.locks.includes(lock));
  if (locks.length > 0) found.push(`locked ${locks.join(', ')}`);
  if (!calm && after.sequences > before.sequences) found.push('used a sequence');
  return found;
}

/** What happened to the session between two traces, in words: no business of a mere read either. */
export function sessionDifference(before: Trace, after: Trace): string[] {
  const found: string[] = [];
  if (after.settings !== before.settings) found.push('changed a setting');
  if (after.advisory !== before.advisory) found.push('took or gave back an advisory lock');
  if (after.channels !== before.channels) found.push('listens to another channel');
  return found;
}
