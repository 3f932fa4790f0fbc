import type { FunctionCall } from './analyse.ts';
import { stateless, wellKnown } from './builtins.ts';
import type { Catalog, CatalogFunction } from './catalog.ts';
import type { SqlEffect } from './effects.ts';
import { quoteQualified } from './identifier.ts';
import { settingEffect } from './settings.ts';

/** What calling a function does; nothing for one that only computes. A function that is not known counts as the user's own. */
export function functionEffects(call: FunctionCall, catalog: Catalog | undefined): SqlEffect[] {
  if (call.attribute) return attributeEffects(call, catalog);
  if (call.operator) return operatorEffects(call, catalog);
  if (call.type) return typeEffects(call, catalog);
  const { schema, name } = call;
  if (schema !== undefined && schema !== 'pg_catalog') return qualifiedEffects(schema, name, catalog);
  const own = schema === undefined ? (catalog?.userFunctions(name) ?? []) : [];
  const effects = untrusted(own);
  const special = specialEffect(call);
  if (special !== undefined) return [special, ...effects];
  const volatility = catalog ? catalog.builtin(name) : guessedVolatility(name);
  if (volatility === 'volatile' && !stateless.has(name)) return [runsBuiltin(name), ...effects];
  if (volatility === undefined && own.length === 0) return [runs(schema ?? 'public', name)];
  return effects;
}

/** Names of functions whose literal arguments decide about their effect; the analysis keeps them. */
export const literalFunctions: ReadonlySet<string> = new Set(['set_config', 'nextval', 'setval']);

/** `(x).name` and `t.name` are calls, or casts, where there is such a function, or type, and no such field. */
function attributeEffects(call: FunctionCall, catalog: Catalog | undefined): SqlEffect[] {
  const { name } = call;
  const effects = [
    ...untrusted((catalog?.userFunctions(name) ?? []).filter(({ unary }) => unary)),
    ...typeEffects(call, catalog),
  ];
  if (catalog && catalog.builtin(name) === undefined) return effects;
  const special = specialEffect(call);
  if (special !== undefined) return [special, ...effects];
  if (catalog?.builtin(name) === 'volatile' && !stateless.has(name)) return [runsBuiltin(name), ...effects];
  return effects;
}

/** The built-in ones only compute; those that users have made run functions of theirs. */
function operatorEffects({ schema, name }: FunctionCall, catalog: Catalog | undefined): SqlEffect[] {
  const own = catalog?.userFunctions(name) ?? [];
  return own
    .filter((operator) => !operator.trusted && (schema === undefined || operator.schema === schema))
    .map((operator) => ({
      kind: 'execute',
      action: 'operator',
      resource: quoteQualified(operator.schema, operator.name),
    }));
}

/** Most types only read and print; checks of domains and casts that users have made run functions of theirs. */
function typeEffects({ schema, name }: FunctionCall, catalog: Catalog | undefined): SqlEffect[] {
  const found = (catalog?.typesThatRun(name) ?? []).filter((one) => schema === undefined || one === schema);
  return found.map((one) => ({ kind: 'execute', action: 'type', resource: quoteQualified(one, name) }));
}

function qualifiedEffects(schema: string, name: string, catalog: Catalog | undefined): SqlEffect[] {
  // What initdb puts there only computes.
  if (schema === 'information_schema') return [];
  const own = (catalog?.userFunctions(name) ?? []).filter((routine) => routine.schema === schema);
  return own.length > 0 ? untrusted(own) : [runs(schema, name)];
}

function untrusted(own: readonly CatalogFunction[]): SqlEffect[] {
  return own.filter(({ trusted }) => !trusted).map(({ schema, name }) => runs(schema, name));
}

function guessedVolatility(name: string): 'stable' | undefined {
  return wellKnown.has(name) || stateless.has(name) ? 'stable' : undefined;
}

function runs(schema: string, name: string): SqlEffect {
  return { kind: 'execute', action: 'function', resource: quoteQualified(schema, name) };
}

function runsBuiltin(name: string): SqlEffect {
  return { kind: 'execute', action: name, resource: quoteQualified('pg_catalog', name) };
}

/** Built-in functions that do more than their volatility tells; undefined: not one of them. */
function specialEffect({ name, literals = [] }: FunctionCall): SqlEffect | undefined {
  if (name === 'set_config') return setConfigEffect(literals);
  if (name === 'nextval' || name === 'setval') {
    return { kind: 'write', action: name, resource: sequenceResource(literals[0]) };
  }
  if (name === 'pg_notify') return { kind: 'session', action: 'notify', resource: '' };
  if (/^pg_(try_)?advisory_/.test(name)) return { kind: 'session', action: 'lock', resource: '' };
  return reachesOut.test(name) ? runsBuiltin(name) : undefined;
}

function setConfigEffect([name, value]: readonly (string | null | undefined)[]): SqlEffect {
  if (typeof name !== 'string') return { kind: 'opaque', action: 'set', resource: '' };
  // set_config(name, NULL, …) is a RESET.
  return settingEffect(name, value === undefined ? null : (value ?? undefined));
}

/** A literal `'public.orders_id_seq'`; names are folded as an identifier in a text is. */
function sequenceResource(literal: string | null | undefined): string {
  const parts = literal?.match(/"(?:[^"]|"")*"|[^".]+/g);
  if (parts === null || parts === undefined || parts.length > 2) return '';
  const [first = '', second] = parts.map(foldIdentifier);
  return second === undefined ? quoteQualified('public', first) : quoteQualified(first, second);
}

function foldIdentifier(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.trim().toLowerCase();
}

/**
 * Built-ins (and functions of PostgreSQL's own extensions) that read tables named by text, files or large objects,
 * show what others do, reach out, or change the server's state, whatever volatility they claim.
 */
const reachesOut = new RegExp(
  `^(?:${[
    '(query|table|schema|database|cursor)_to_xml(schema|_and_xmlschema)?',
    'ts_stat',
    'pg_(read|ls|file|logdir)_\\w+',
    'pg_stat_file',
    'pg_current_logfile',
    'lo_\\w+|loread|lowrite',
    'dblink\\w*',
    'crosstab\\w*|connectby|xpath_table',
    'pg_(logical|replication_origin)_\\w+',
    'pg_\\w*slots?(_\\w+)?',
    'pg_(terminate|cancel)_backend',
    'pg_reload_conf|pg_rotate_logfile\\w*|pg_promote|pg_switch_wal',
    'pg_sleep\\w*',
    'pg_create_restore_point|pg_backup_\\w+|pg_wal_replay_\\w+|pg_export_snapshot',
    'pg_import_system_collations|binary_upgrade_\\w+',
    'pg_stat_get_(activity|backend_activity|wal_senders|progress_info|db_temp_bytes|db_temp_files)',
    'pg_stat_(reset\\w*|statements\\w*)|pg_(clear|restore)_\\w+_stats',
    'pg_show_all_file_settings|pg_hba_file_rules|pg_ident_file_mappings',
    'pg_log_backend_memory_contexts|pg_get_process_memory_contexts',
  ].join('|')})$`,
);
