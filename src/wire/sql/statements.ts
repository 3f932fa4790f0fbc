import type { CopyStmt, ExplainStmt, GrantStmt, Node, RoleSpec, VariableSetStmt } from '@pgsql/types';
import type { RawEffect, TransactionStep } from './analyse.ts';
import { copyFormat } from './copy-format.ts';
import { quoteIdentifier } from './identifier.ts';
import { objectEffect } from './objects.ts';
import { settingEffect } from './settings.ts';
import { literal, type StatementTag, strings, under } from './tree.ts';
import { queryHandlers } from './queries.ts';
import { schemaHandlers } from './schema-statements.ts';
import type { Handler, Handlers, Scope, Walk } from './walk.ts';

/** What goes round the five queries: sessions, cursors, COPY, EXPLAIN, rights. */
const sessionHandlers = {
  VariableSetStmt(walk, statement) {
    set(walk, statement);
  },
  VariableShowStmt(walk, { name }) {
    walk.effect('session', 'show', name);
  },
  DiscardStmt(walk, { target }) {
    walk.effect('session', 'discard', '');
    if (target === 'DISCARD_ALL') walk.fact = { deallocates: null };
  },
  TransactionStmt(walk, { kind, options }) {
    const step = kind === undefined ? undefined : transactionSteps[kind];
    if (step === undefined) return walk.effect('opaque', 'transaction', '');
    walk.fact = { transaction: step };
    // What a prepared transaction did is decided far from here, perhaps by another session.
    walk.effect(step.includes('prepare') ? 'opaque' : 'session', step, '');
    walk.visit(options);
  },
  ListenStmt(walk, { conditionname }) {
    walk.effect('session', 'listen', conditionname);
  },
  UnlistenStmt(walk, { conditionname }) {
    walk.effect('session', 'unlisten', conditionname);
  },
  NotifyStmt(walk, { conditionname }) {
    walk.effect('session', 'notify', conditionname);
  },
  ConstraintsSetStmt(walk) {
    walk.effect('session', 'set_constraints', '');
  },
  CheckPointStmt(walk) {
    walk.effect('access', 'checkpoint', '');
  },
  DeclareCursorStmt(walk, { query }) {
    inline(walk, query);
  },
  FetchStmt(walk, { ismove, portalname }) {
    walk.effect('session', ismove ? 'move' : 'fetch', portalname);
  },
  ClosePortalStmt(walk, { portalname }) {
    walk.effect('session', 'close', portalname);
  },
  PrepareStmt(walk, { name = '', query, argtypes }) {
    walk.fact = { prepares: name };
    inline(walk, query);
    walk.visit(argtypes);
  },
  ExecuteStmt(walk, { name = '', params }, scope) {
    walk.executes.push(name);
    walk.visit(params, scope);
  },
  DeallocateStmt(walk, { name, isall }) {
    walk.effect('session', 'deallocate', name);
    walk.fact = { deallocates: isall ? null : (name ?? null) };
  },
  ExplainStmt(walk, statement) {
    explain(walk, statement);
  },
  CopyStmt(walk, statement, scope) {
    copy(walk, statement, scope);
  },
  DoStmt(walk) {
    walk.effect('execute', 'do', '');
  },
  CallStmt(walk, { funccall }, scope) {
    const parts = strings(funccall?.funcname);
    const name = parts.at(-1) ?? '';
    const schema = parts.at(-2);
    walk.effects.push({
      kind: 'execute',
      action: 'call',
      routine: schema === undefined ? { name } : { schema, name },
    });
    walk.visit(funccall?.args, scope);
  },
  LoadStmt(walk, { filename }) {
    walk.effect('execute', 'load', filename);
  },
  LockStmt(walk, { relations = [] }) {
    for (const node of relations) walk.effect('write', 'lock', under(node, 'RangeVar'));
  },
  TruncateStmt(walk, { relations = [] }) {
    for (const node of relations) walk.effect('write', 'truncate', under(node, 'RangeVar'));
    walk.unbounded = true;
  },
} satisfies Handlers;

const accessHandlers = {
  GrantStmt(walk, statement) {
    grant(walk, statement);
  },
  GrantRoleStmt(walk, { is_grant, granted_roles = [] }) {
    for (const node of granted_roles) {
      walk.effect('access', is_grant ? 'grant' : 'revoke', role(under(node, 'AccessPriv')?.priv_name));
    }
  },
  AlterDefaultPrivilegesStmt(walk) {
    walk.effect('access', 'default_privileges', '');
  },
  CreateRoleStmt(walk, statement) {
    walk.effect('access', 'create_role', role(statement.role));
  },
  AlterRoleStmt(walk, statement) {
    walk.effect('access', 'alter_role', roleName(statement.role));
  },
  AlterRoleSetStmt(walk, statement) {
    walk.effect('access', 'alter_role', roleName(statement.role));
  },
  AlterDatabaseSetStmt(walk, { dbname }) {
    walk.effect('access', 'alter_database', role(dbname));
  },
  DropRoleStmt(walk, { roles = [] }) {
    for (const node of roles) walk.effect('access', 'drop_role', roleName(under(node, 'RoleSpec')));
  },
  ReassignOwnedStmt(walk) {
    walk.effect('access', 'reassign_owned', '');
  },
  DropOwnedStmt(walk) {
    walk.effect('access', 'drop_owned', '');
  },
  AlterOwnerStmt(walk, { objectType, object, relation }) {
    if (relation !== undefined) walk.effect('access', 'owner', relation);
    else walk.effects.push(objectEffect('access', 'owner', objectType, object));
  },
  CreatePolicyStmt(walk, statement, scope) {
    walk.effect('access', 'policy', statement.table);
    walk.rest(statement, ['table'], scope);
  },
  AlterPolicyStmt(walk, statement, scope) {
    walk.effect('access', 'policy', statement.table);
    walk.rest(statement, ['table'], scope);
  },
  CreateUserMappingStmt: userMapping,
  AlterUserMappingStmt: userMapping,
  DropUserMappingStmt: userMapping,
  AlterSystemStmt(walk, { setstmt }) {
    walk.effect('access', 'alter_system', setstmt?.name);
  },
} satisfies Handlers;

const notByClients: Handler<'RawStmt' | 'ReturnStmt' | 'SetOperationStmt' | 'PLAssignStmt'> = (walk) => {
  walk.effect('opaque', 'statement', '');
};

/** A handler for each statement of the grammar: a new one in `@pgsql/types` does not compile until it has its own. */
export const statementHandlers: { readonly [T in StatementTag]: Handler<T> } = {
  ...queryHandlers,
  ...sessionHandlers,
  ...accessHandlers,
  ...schemaHandlers,
  RawStmt: notByClients,
  ReturnStmt: notByClients,
  SetOperationStmt: notByClients,
  PLAssignStmt: notByClients,
};

function set(walk: Walk, { kind, name = '', args }: VariableSetStmt): void {
  if (kind === 'VAR_RESET_ALL') {
    walk.settings.push({ name: 'all', value: undefined });
    return walk.effect('session', 'reset', '');
  }
  // SET TRANSACTION and SET SESSION CHARACTERISTICS AS TRANSACTION carry a list of settings.
  if (kind === 'VAR_SET_MULTI') {
    walk.settings.push({ name: name.toLowerCase(), value: undefined });
    return walk.effect('session', 'set', name.toLowerCase());
  }
  const value = kind === 'VAR_SET_VALUE' ? settingValue(args) : undefined;
  walk.settings.push({ name: name.toLowerCase(), value: value ?? undefined });
  walk.effects.push(settingEffect(name, value));
}

/** `SET search_path = a, b` takes a list; `null` where a part of it is no literal. */
function settingValue(args: Node[] | undefined): string | null {
  const parts = (args ?? []).map(literal);
  return parts.every((part) => typeof part === 'string') ? parts.join(', ') : null;
}

const transactionSteps: Readonly<Record<string, TransactionStep>> = {
  TRANS_STMT_BEGIN: 'begin',
  TRANS_STMT_START: 'begin',
  TRANS_STMT_COMMIT: 'commit',
  TRANS_STMT_ROLLBACK: 'rollback',
  TRANS_STMT_SAVEPOINT: 'savepoint',
  TRANS_STMT_RELEASE: 'release',
  TRANS_STMT_ROLLBACK_TO: 'rollback_to',
  TRANS_STMT_PREPARE: 'prepare',
  TRANS_STMT_COMMIT_PREPARED: 'commit_prepared',
  TRANS_STMT_ROLLBACK_PREPARED: 'rollback_prepared',
};

/** The statement within runs as it stands. */
function inline(walk: Walk, query: Node | undefined): void {
  const inner = walk.query(query);
  if (inner.unbounded) walk.unbounded = true;
}

function explain(walk: Walk, { query, options = [] }: ExplainStmt): void {
  if (options.some(analyses)) return inline(walk, query);
  const inner = walk.query(query, explained);
  const named = inner.effects.some(({ kind }) => kind === 'read' || kind === 'write');
  if (!named) walk.effect('read', 'explain', '');
}

/** Only planned: tables are neither changed nor made. The planner may call functions, so these stay. */
function explained(effect: RawEffect): RawEffect | undefined {
  if (effect.kind === 'schema') return undefined;
  return effect.kind === 'read' || effect.kind === 'write'
    ? { ...effect, kind: 'read', action: 'explain' }
    : effect;
}

/** EXPLAIN (ANALYZE …): anything that is not plainly off counts as on. */
function analyses(option: Node): boolean {
  const { defname, arg } = under(option, 'DefElem') ?? {};
  if (defname !== 'analyze') return false;
  const value = arg === undefined ? 'on' : (strings([arg])[0] ?? integer(arg));
  return !['off', 'false', '0'].includes(value.toLowerCase());
}

function integer(node: Node): string {
  return String(under(node, 'Integer')?.ival ?? 0);
}

function copy(walk: Walk, statement: CopyStmt, scope: Scope): void {
  const direction = statement.is_from ? 'in' : 'out';
  const action = statement.is_from ? 'copy_from' : 'copy_to';
  if (statement.is_program) walk.effect('execute', 'copy_program', '');
  else if (statement.filename !== undefined) walk.effect('execute', 'copy_file', statement.filename);
  else walk.fact = { copy: { direction, format: copyFormat(statement.options) } };
  if (statement.relation !== undefined)
    walk.effect(statement.is_from ? 'write' : 'read', action, statement.relation);
  const inner = walk.query(statement.query, (effect) =>
    effect.kind === 'read' ? { ...effect, action } : effect,
  );
  if (inner.unbounded) walk.unbounded = true;
  walk.visit(statement.whereClause, scope);
}

function grant(walk: Walk, { is_grant, targtype, objtype, objects = [] }: GrantStmt): void {
  const action = is_grant ? 'grant' : 'revoke';
  // ON ALL TABLES IN SCHEMA names schemas.
  const type = targtype === 'ACL_TARGET_ALL_IN_SCHEMA' ? 'OBJECT_SCHEMA' : objtype;
  for (const object of objects) walk.effects.push(objectEffect('access', action, type, object));
  if (objects.length === 0) walk.effect('access', action, '');
}

function userMapping(walk: Walk, { servername }: { servername?: string }): void {
  walk.effect('access', 'user_mapping', servername);
}

function role(name: string | undefined): string {
  return name === undefined ? '' : quoteIdentifier(name);
}

function roleName(spec: RoleSpec | undefined): string {
  return role(spec?.rolename);
}
