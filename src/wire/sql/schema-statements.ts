import type { AlterTableType, Node, ObjectType, RangeVar } from '@pgsql/types';
import { quoteIdentifier } from './identifier.ts';
import { kindOf, objectEffect, routineName } from './objects.ts';
import { strings, under } from './tree.ts';
import type { Handlers, Walk } from './walk.ts';

/** Statements that make, change or drop things other than rows and rights. */
export const schemaHandlers = {
  CreateStmt: on('create', 'relation'),
  IndexStmt: on('create', 'relation'),
  RuleStmt: on('create', 'relation'),
  CreateSeqStmt: on('create', 'sequence'),
  AlterSeqStmt: on('alter', 'sequence'),
  CompositeTypeStmt: on('create', 'typevar'),
  ClusterStmt: on('cluster', 'relation'),
  RefreshMatViewStmt: on('refresh', 'relation'),
  CreateForeignTableStmt(walk, { base, options }, scope) {
    walk.effect('schema', 'create', base?.relation);
    // What reading it then does (a program, another host) is in options that only the wrapper understands.
    walk.effect('execute', 'create_foreign_table', '');
    if (base !== undefined) walk.rest(base, ['relation'], scope);
    walk.visit(options, scope);
  },
  ViewStmt(walk, { view, query }) {
    walk.effect('schema', 'create', view);
    walk.query(query);
  },
  CreateTableAsStmt(walk, { into, query }) {
    walk.effect('schema', 'create', into?.rel);
    if (walk.query(query).unbounded) walk.unbounded = true;
  },
  CreateSchemaStmt(walk, statement, scope) {
    walk.effect('schema', 'create', quoted(statement.schemaname ?? statement.authrole?.rolename));
    walk.visit(statement.schemaElts, scope);
  },
  AlterTableStmt(walk, statement, scope) {
    walk.effect('schema', 'alter', statement.relation);
    for (const node of statement.cmds ?? []) {
      const action = accessChanges[under(node, 'AlterTableCmd')?.subtype ?? 'AT_AddColumn'];
      if (action !== undefined) walk.effect('access', action, statement.relation);
    }
    walk.rest(statement, ['relation'], scope);
  },
  RenameStmt(walk, { renameType, relation, object, subname }) {
    alter(
      walk,
      renameType,
      relation,
      object ?? (subname === undefined ? undefined : { String: { sval: subname } }),
    );
  },
  AlterObjectSchemaStmt(walk, { objectType, relation, object }) {
    alter(walk, objectType, relation, object);
  },
  AlterObjectDependsStmt(walk, { objectType, relation, object }) {
    alter(walk, objectType, relation, object);
  },
  DropStmt(walk, { removeType, objects = [] }) {
    for (const object of objects)
      walk.effects.push(objectEffect(kindOf(removeType), 'drop', removeType, object));
  },
  CommentStmt(walk, { objtype, object }) {
    walk.effects.push(objectEffect('schema', 'comment', objtype, object));
  },
  SecLabelStmt(walk, { objtype, object }) {
    walk.effects.push(objectEffect('schema', 'security_label', objtype, object));
  },
  VacuumStmt(walk, { is_vacuumcmd, rels = [], options }) {
    const action = is_vacuumcmd ? 'vacuum' : 'analyze';
    for (const node of rels) walk.effect('schema', action, under(node, 'VacuumRelation')?.relation);
    if (rels.length === 0) walk.effect('schema', action, '');
    walk.visit(options);
  },
  ReindexStmt(walk, { relation, name }) {
    walk.effect('schema', 'reindex', relation ?? quoted(name));
  },

  // What these make is called unseen from then on, by operators, casts, writes, logins.
  CreateFunctionStmt(walk, { funcname, parameters }, scope) {
    walk.effect('schema', 'create', routineName(strings(funcname)));
    walk.effect('execute', 'create_function', routineName(strings(funcname)));
    walk.visit(parameters, scope);
  },
  AlterFunctionStmt(walk, { func }) {
    walk.effect('schema', 'alter', routineName(strings(func?.objname)));
    walk.effect('execute', 'create_function', routineName(strings(func?.objname)));
  },
  CreateTrigStmt(walk, statement, scope) {
    walk.effect('schema', 'create', statement.relation);
    walk.call(statement.funcname);
    walk.rest(statement, ['relation', 'funcname'], scope);
  },
  CreateEventTrigStmt(walk, { trigname }) {
    callsUnseen(walk, 'create', quoted(trigname));
  },
  DefineStmt(walk, { kind, defnames }) {
    walk.effect('schema', 'create', routineName(strings(defnames)));
    if (kind === undefined || !inertDefinitions.has(kind)) {
      walk.effect('execute', 'create_function', routineName(strings(defnames)));
    }
  },
  CreateExtensionStmt(walk, { extname }) {
    callsUnseen(walk, 'create', quoted(extname));
  },
  AlterExtensionStmt(walk, { extname }) {
    callsUnseen(walk, 'alter', quoted(extname));
  },
  CreatePLangStmt(walk, { plname }) {
    callsUnseen(walk, 'create', quoted(plname));
  },
  CreateAmStmt(walk, { amname }) {
    callsUnseen(walk, 'create', quoted(amname));
  },
  CreateFdwStmt(walk, { fdwname }) {
    callsUnseen(walk, 'create', quoted(fdwname));
  },
  AlterFdwStmt(walk, { fdwname }) {
    callsUnseen(walk, 'alter', quoted(fdwname));
  },
  CreateCastStmt(walk) {
    callsUnseen(walk, 'create', '');
  },
  CreateConversionStmt(walk, { conversion_name }) {
    callsUnseen(walk, 'create', routineName(strings(conversion_name)));
  },
  CreateTransformStmt(walk) {
    callsUnseen(walk, 'create', '');
  },
  CreateOpClassStmt(walk, { opclassname }) {
    callsUnseen(walk, 'create', routineName(strings(opclassname)));
  },
  AlterOpFamilyStmt(walk, { opfamilyname }) {
    callsUnseen(walk, 'alter', routineName(strings(opfamilyname)));
  },
  AlterOperatorStmt(walk, { opername }) {
    callsUnseen(walk, 'alter', routineName(strings(opername?.objname)));
  },
  AlterTypeStmt(walk, { typeName }) {
    callsUnseen(walk, 'alter', routineName(strings(typeName)));
  },
  CreateRangeStmt(walk, { typeName }) {
    callsUnseen(walk, 'create', routineName(strings(typeName)));
  },

  // These reach another server.
  CreateForeignServerStmt(walk, { servername }) {
    reachesOut(walk, 'create', 'create_server', servername);
  },
  AlterForeignServerStmt(walk, { servername }) {
    reachesOut(walk, 'alter', 'create_server', servername);
  },
  ImportForeignSchemaStmt(walk, { local_schema }) {
    reachesOut(walk, 'import', 'import_foreign_schema', local_schema);
  },
  CreateSubscriptionStmt(walk, { subname }) {
    reachesOut(walk, 'create', 'create_subscription', subname);
  },
  AlterSubscriptionStmt(walk, { subname }) {
    reachesOut(walk, 'alter', 'create_subscription', subname);
  },
  DropSubscriptionStmt(walk, { subname }) {
    reachesOut(walk, 'drop', 'create_subscription', subname);
  },

  AlterExtensionContentsStmt: named('alter', ({ extname }) => quoted(extname)),
  AlterEventTrigStmt: named('alter', ({ trigname }) => quoted(trigname)),
  CreateOpFamilyStmt: named('create', ({ opfamilyname }) => routineName(strings(opfamilyname))),
  CreateDomainStmt: named('create', ({ domainname }) => routineName(strings(domainname))),
  AlterDomainStmt: named('alter', ({ typeName }) => routineName(strings(typeName))),
  CreateEnumStmt: named('create', ({ typeName }) => routineName(strings(typeName))),
  AlterEnumStmt: named('alter', ({ typeName }) => routineName(strings(typeName))),
  AlterCollationStmt: named('alter', ({ collname }) => routineName(strings(collname))),
  CreateStatsStmt: named('create', ({ defnames }) => routineName(strings(defnames))),
  AlterStatsStmt: named('alter', ({ defnames }) => routineName(strings(defnames))),
  AlterTSDictionaryStmt: named('alter', ({ dictname }) => routineName(strings(dictname))),
  AlterTSConfigurationStmt: named('alter', ({ cfgname }) => routineName(strings(cfgname))),
  CreatePublicationStmt: named('create', ({ pubname }) => quoted(pubname)),
  AlterPublicationStmt: named('alter', ({ pubname }) => quoted(pubname)),
  CreateTableSpaceStmt: named('create', ({ tablespacename }) => quoted(tablespacename)),
  DropTableSpaceStmt: named('drop', ({ tablespacename }) => quoted(tablespacename)),
  AlterTableSpaceOptionsStmt: named('alter', ({ tablespacename }) => quoted(tablespacename)),
  AlterTableMoveAllStmt: named('alter', ({ orig_tablespacename }) => quoted(orig_tablespacename)),
  CreatedbStmt: named('create', ({ dbname }) => quoted(dbname)),
  AlterDatabaseStmt: named('alter', ({ dbname }) => quoted(dbname)),
  AlterDatabaseRefreshCollStmt: named('alter', ({ dbname }) => quoted(dbname)),
  DropdbStmt: named('drop', ({ dbname }) => quoted(dbname)),
  ReplicaIdentityStmt: () => {}, // a part of ALTER TABLE
} satisfies Handlers;

function on<K extends string>(action: string, field: K) {
  return (walk: Walk, body: { readonly [F in K]?: RangeVar }, scope: ReadonlySet<string>): void => {
    walk.effect('schema', action, body[field]);
    walk.rest(body, [field], scope);
  };
}

function named<B extends object>(action: string, name: (body: B) => string) {
  return (walk: Walk, body: B, scope: ReadonlySet<string>): void => {
    walk.effect('schema', action, name(body));
    walk.visit(body, scope);
  };
}

function callsUnseen(walk: Walk, action: string, resource: string): void {
  walk.effect('schema', action, resource);
  walk.effect('execute', 'create_function', resource);
}

function reachesOut(walk: Walk, action: string, execution: string, name: string | undefined): void {
  walk.effect('schema', action, quoted(name));
  walk.effect('execute', execution, quoted(name));
}

function alter(
  walk: Walk,
  type: ObjectType | undefined,
  relation: RangeVar | undefined,
  object: Node | undefined,
): void {
  if (relation !== undefined) walk.effect(kindOf(type), 'alter', relation);
  else walk.effects.push(objectEffect(kindOf(type), 'alter', type, object));
}

const accessChanges: { readonly [T in AlterTableType]?: string } = {
  AT_ChangeOwner: 'owner',
  AT_EnableRowSecurity: 'row_security',
  AT_DisableRowSecurity: 'row_security',
  AT_ForceRowSecurity: 'row_security',
  AT_NoForceRowSecurity: 'row_security',
};

/** CREATE TEXT SEARCH DICTIONARY, CONFIGURATION and CREATE COLLATION only arrange what is there. */
const inertDefinitions = new Set<ObjectType>([
  'OBJECT_TSDICTIONARY',
  'OBJECT_TSCONFIGURATION',
  'OBJECT_COLLATION',
]);

function quoted(name: string | undefined): string {
  return name === undefined ? '' : quoteIdentifier(name);
}
