/**
 * The server's own relations that show values or statements of other tables, sessions and roles
 * (PostgreSQL 18, chapters 52 to 54; well-known extensions).
 */
const telltales: ReadonlySet<string> = new Set([
  // Most common values, histogram bounds.
  'pg_stats',
  'pg_statistic',
  'pg_stats_ext',
  'pg_stats_ext_exprs',
  'pg_statistic_ext_data',
  // Statements of other sessions, with their literals.
  'pg_stat_activity',
  'pg_stat_monitor',
  'pg_qualstats',
  'pg_store_plans',
  // How large what was sorted was, be it computed from hidden values (`temp_bytes`).
  'pg_stat_database',
  // Bytes of large objects.
  'pg_largeobject',
  // Secrets.
  'pg_authid',
  'pg_shadow',
  'pg_user_mapping',
  'pg_user_mappings',
  'pg_subscription',
  'user_mapping_options',
  '_pg_user_mappings',
  'pg_hba_file_rules',
  'pg_file_settings',
]);

/** Whether a relation of this name shows what others wrote, whatever schema an extension was put in. */
export function showsValues(schema: string | undefined, name: string): boolean {
  if (schema?.startsWith('pg_toast') === true) return true;
  return telltales.has(name) || name.startsWith('pg_stat_statements') || name.startsWith('pg_qualstats');
}
