import type { SqlEffect } from './effects.ts';

/**
 * What changing a setting does, by SET, RESET, `set_config`, a startup parameter or startup `options`.
 * `value` is `undefined` for a return to the default, `null` where the text does not tell the value.
 */
export function settingEffect(name: string, value: string | undefined | null): SqlEffect {
  // Names of settings know no case: guc_name_compare in src/backend/utils/misc/guc.c.
  const setting = name.toLowerCase();
  if (accessSettings.has(setting)) return { kind: 'access', action: 'set', resource: setting };
  if (loadingSettings.has(setting)) return { kind: 'execute', action: 'load', resource: setting };
  const keeps = textSettings.get(setting);
  if (keeps !== undefined && value !== undefined && (value === null || !keeps(value))) {
    return { kind: 'opaque', action: 'set', resource: setting };
  }
  return { kind: 'session', action: value === undefined ? 'reset' : 'set', resource: setting };
}

/**
 * Whether a setting steers how the server goes about a query (chapter "Query Planning", and what sorts and joins may
 * take): by `enable_seqscan = off` rows come in the order of an index.
 */
export function steersPlanner(name: string): boolean {
  return planning.test(name.toLowerCase());
}

const planning =
  /^(enable_\w+|\w+_cost|geqo\w*|(min|max)_parallel_\w+|work_mem|hash_mem_multiplier|effective_cache_size|plan_cache_mode|(from|join)_collapse_limit|cursor_tuple_fraction|constraint_exclusion|recursive_worktable_factor|debug_parallel_query|force_parallel_mode|parallel_leader_participation|default_statistics_target|effective_io_concurrency|debug_discard_caches|temp_file_limit)$/;

/**
 * The settings in a startup packet's `options`, as the server would take them: `-c name=value`, `-cname=value`,
 * `--name=value`, a backslash before a blank or backslash that is part of a value.
 * `undefined`: there is something else in it (a server switch), which must be refused.
 * Source: `pg_split_opts` in src/backend/utils/init/postinit.c, `ParseLongOption` in guc.c.
 */
export function parseStartupOptions(options: string): [name: string, value: string][] | undefined {
  const words = splitOptions(options);
  const found: [string, string][] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    let assignment: string;
    if (word.startsWith('--')) assignment = word.slice(2);
    else if (word === '-c') assignment = words[(at += 1)] ?? '';
    else if (word.startsWith('-c')) assignment = word.slice(2);
    else return undefined;
    const equals = assignment.indexOf('=');
    if (equals < 1) return undefined;
    found.push([assignment.slice(0, equals).replaceAll('-', '_'), assignment.slice(equals + 1)]);
  }
  return found;
}

function splitOptions(options: string): string[] {
  const words = options.match(/(?:\\[^]|[^\s\\])+/g) ?? [];
  return words.map((word) => word.replace(/\\([^])/g, '$1'));
}

/** Whose rights the session has, and which checks it escapes (`row_security = off` makes a query fail instead). */
const accessSettings = new Set([
  'role',
  'session_authorization',
  'is_superuser',
  'session_replication_role',
  'event_triggers',
  'allow_system_table_mods',
]);

/** Libraries that the server would load, and where it looks for them. */
const loadingSettings = new Set([
  'session_preload_libraries',
  'local_preload_libraries',
  'shared_preload_libraries',
  'dynamic_library_path',
  'extension_control_path',
  'jit_provider',
]);

/** With another value of these the server reads a text otherwise than the gateway's parser: setting → harmless value. */
const textSettings = new Map<string, (value: string) => boolean>([
  ['standard_conforming_strings', (value) => /^(on|t|tr|tru|true|y|ye|yes|1)$/i.test(value.trim())],
  // The server compares encoding names by letters and digits alone: clean_encoding_name in src/common/encnames.c.
  [
    'client_encoding',
    (value) => /^(utf8|unicode|sqlascii)$/.test(value.toLowerCase().replace(/[^a-z0-9]/g, '')),
  ],
  // `x = NULL` would become `x IS NULL`, and with it a harmless WHERE one that keeps every row.
  ['transform_null_equals', (value) => /^(off?|f|fa|fal|fals|false|n|no|0)$/i.test(value.trim())],
]);
