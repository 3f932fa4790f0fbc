import type { RawEffect, RelationName, StatementFacts } from './analyse.ts';
import type { Catalog } from './catalog.ts';
import { functionEffects } from './functions.ts';
import { quoteIdentifier, quoteQualified } from './identifier.ts';

export type SqlEffectKind = 'read' | 'write' | 'schema' | 'access' | 'execute' | 'session' | 'opaque';

/** What a statement would do; `resource` as rules write it (`public.users`), empty where nothing is named. */
export interface SqlEffect {
  readonly kind: SqlEffectKind;
  readonly action: string;
  readonly resource: string;
}

/**
 * The facts that a name prepared on this session may stand for, by PREPARE or by a Parse message (they share their
 * names on the server). All that were ever prepared under it, as the server and not the gateway knows which of
 * them failed. Empty: unknown.
 */
export type Prepared = (name: string) => readonly StatementFacts[];

/** Without a catalog names are taken to be in `public`, and functions that are not well known to be the user's own. */
export function effectsOf(
  statement: StatementFacts,
  catalog: Catalog | undefined,
  prepared: Prepared = () => [],
): SqlEffect[] {
  const executed = statement.executes.flatMap((name) => executeEffects(name, catalog, prepared));
  return distinct([...ownEffectsOf(statement, catalog), ...executed]);
}

/** The effects without those of prepared statements that it executes: the caller must add these, or `opaque`. */
export function ownEffectsOf(statement: StatementFacts, catalog: Catalog | undefined): SqlEffect[] {
  return distinct([
    ...statement.effects.flatMap((raw) => resolve(raw, catalog)),
    ...statement.functions.flatMap((call) => functionEffects(call, catalog)),
  ]);
}

function distinct(effects: readonly SqlEffect[]): SqlEffect[] {
  return [...new Map(effects.map((effect) => [JSON.stringify(effect), effect])).values()];
}

function executeEffects(name: string, catalog: Catalog | undefined, prepared: Prepared): SqlEffect[] {
  const statements = prepared(name);
  if (statements.length === 0)
    return [{ kind: 'opaque', action: 'execute', resource: quoteIdentifier(name) }];
  // A prepared statement cannot itself be an EXECUTE, so this goes one level deep.
  return statements.flatMap((statement) => effectsOf(statement, catalog));
}

function resolve(raw: RawEffect, catalog: Catalog | undefined): SqlEffect[] {
  const { kind, action } = raw;
  if ('resource' in raw) return [{ kind, action, resource: raw.resource }];
  if ('routine' in raw) {
    return routineSchemas(raw.routine, catalog).map((schema) => ({
      kind,
      action,
      resource: quoteQualified(schema, raw.routine.name),
    }));
  }
  return relationSchemas(raw.relation, catalog).flatMap((schema) => [
    ...relationEffects(
      { kind, action, resource: quoteQualified(schema, raw.relation.name) },
      schema,
      raw.relation,
    ),
    ...unseenEffects(raw, schema, raw.relation, catalog),
  ]);
}

/** What views and policies run when rows of theirs are touched. Rules and triggers behind a write are the database's own. */
function unseenEffects(
  { kind, action }: RawEffect,
  schema: string,
  { name }: RelationName,
  catalog: Catalog | undefined,
): SqlEffect[] {
  const stored = catalog?.relation(schema, name)?.kind === 'matview';
  // A materialized view runs its definition when it is refreshed, and not when it is read.
  const runs = stored ? action === 'refresh' : kind === 'read' || kind === 'write';
  if (!runs || catalog === undefined) return [];
  return catalog.runBy(schema, name).flatMap((call) => functionEffects(call, catalog));
}

/** Changing the system's own tables is more than a write: it hands out rights or turns settings. */
function relationEffects(effect: SqlEffect, schema: string, { name }: RelationName): SqlEffect[] {
  if (effect.kind === 'read' && systemSchemas.has(schema) && secrets.has(name)) {
    return [effect, { kind: 'access', action: 'secrets', resource: effect.resource }];
  }
  if (effect.kind !== 'write' || effect.action === 'lock' || !systemSchemas.has(schema)) return [effect];
  const { resource } = effect;
  // An UPDATE of pg_settings is a set_config by way of a rule, with values that the text need not tell.
  if (name === 'pg_settings') return [effect, { kind: 'opaque', action: 'set', resource }];
  return [effect, { kind: 'access', action: 'catalog', resource }];
}

/** Where the server keeps verifiers of passwords, and passwords for other servers: more than a read. */
const secrets = new Set([
  'pg_authid',
  'pg_shadow',
  'pg_user_mapping',
  'pg_user_mappings',
  'user_mapping_options',
  '_pg_user_mappings',
  'pg_subscription',
]);

const systemSchemas = new Set(['pg_catalog', 'information_schema', 'pg_toast']);

function relationSchemas({ schema, name }: RelationName, catalog: Catalog | undefined): string[] {
  if (schema !== undefined) return [schema];
  const schemas = (catalog?.relationsNamed(name) ?? []).map((relation) => relation.schema);
  if (schemas.length > 0) return schemas;
  return [name.startsWith('pg_') ? 'pg_catalog' : 'public'];
}

function routineSchemas({ schema, name }: RelationName, catalog: Catalog | undefined): string[] {
  if (schema !== undefined) return [schema];
  const schemas = new Set((catalog?.userFunctions(name) ?? []).map((routine) => routine.schema));
  return schemas.size > 0 ? [...schemas] : ['public'];
}
