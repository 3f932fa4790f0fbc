import type { CopyStmt, ExplainStmt, Node, ObjectType } from '@pgsql/types';
import { literal, strings, tagOf, under } from '../tree.ts';
import { expressionValue } from './expressions.ts';
import { relationOffer } from './from.ts';
import type { LineageCatalog, StatementLineage, TokenPlace } from './lineage.ts';
import { queryColumns } from './queries.ts';
import { type Column, emptyOffer, type Scope } from './scope.ts';
import { argumentsOf, keepsText, Tracer } from './tracer.ts';
import { isHidden, nothing } from './value.ts';

const outermost: Scope = { offer: emptyOffer, ctes: new Map(), outer: undefined };

/**
 * Where what a statement of libpg-query's parse tree (PostgreSQL 18) shows and does comes from.
 * `tokens: false`: no literal of it can look like a token, so none is looked at for that.
 * @throws IntricateError where it is too much to follow
 */
export function lineageOf(
  statement: Node,
  catalog: LineageCatalog,
  { tokens } = { tokens: true },
): StatementLineage {
  const tracer = new Tracer(catalog, expressionValue, queryColumns, tokens);
  const outputs = shown(tracer, statement);
  const more = facts(tracer, statement);
  const lineage = tracer.lineage(statement, outputs);
  return { ...lineage, ...more, tokens: preparedPlaces(lineage.tokens, statement) };
}

function constantOf(node: Node): string | null | undefined {
  return 'A_Const' in node ? literal(node) : undefined;
}

/** PREPARE p (type) AS …: a type can change a value before it comes to its place. */
function preparedPlaces(places: readonly TokenPlace[], statement: Node): readonly TokenPlace[] {
  const types = under(statement, 'PrepareStmt')?.argtypes ?? [];
  if (types.length === 0) return places;
  return places.map((place) => {
    const type = place.kind === 'parameter' ? under(types[place.number - 1], 'TypeName') : undefined;
    return type === undefined || keepsText(type) ? place : { ...place, unsure: true };
  });
}

function facts(tracer: Tracer, statement: Node): Partial<StatementLineage> {
  const cursor = under(statement, 'DeclareCursorStmt')?.portalname;
  const run = under(statement, 'ExecuteStmt') ?? under(under(statement, 'ExplainStmt')?.query, 'ExecuteStmt');
  for (const node of run?.params ?? []) tracer.value(node, outermost);
  return {
    ...(cursor === undefined ? {} : { declares: cursor }),
    ...(run === undefined
      ? {}
      : { arguments: argumentsOf(run.params), given: (run.params ?? []).map(constantOf) }),
  };
}

/** The columns that go to the client; undefined where another text tells. */
function shown(tracer: Tracer, node: Node): readonly Column[] | undefined {
  if ('SelectStmt' in node) return select(tracer, node);
  if ('InsertStmt' in node || 'UpdateStmt' in node || 'DeleteStmt' in node || 'MergeStmt' in node) {
    return tracer.query(node, outermost);
  }
  if ('CopyStmt' in node) return copy(tracer, node.CopyStmt);
  if ('ExplainStmt' in node) return explain(tracer, node.ExplainStmt);
  if ('PrepareStmt' in node) return node.PrepareStmt.query && shown(tracer, node.PrepareStmt.query);
  if ('DeclareCursorStmt' in node)
    return node.DeclareCursorStmt.query && shown(tracer, node.DeclareCursorStmt.query);
  if ('ExecuteStmt' in node || 'FetchStmt' in node) return undefined;
  if ('CreateTableAsStmt' in node) {
    const { query } = node.CreateTableAsStmt;
    if (query !== undefined && 'ExecuteStmt' in query) {
      tracer.opaque.add('CREATE TABLE AS EXECUTE would copy rows without their masks: give the query itself');
    } else keep(tracer, query, 'copy it to where it would not be masked');
    return [];
  }
  if ('ViewStmt' in node) return keep(tracer, node.ViewStmt.query, 'show it by a view');
  if ('CallStmt' in node) return call(tracer, node);
  return others(tracer, node);
}

function select(tracer: Tracer, node: Node): readonly Column[] {
  const into = under(node, 'SelectStmt')?.intoClause;
  return into === undefined
    ? tracer.query(node, outermost)
    : keep(tracer, node, 'copy it to where it would not be masked');
}

/** What a query gives is put somewhere. */
function keep(tracer: Tracer, query: Node | undefined, leaks: string): readonly Column[] {
  const hidden = tracer
    .query(query, outermost)
    .map(({ value }) => value)
    .filter(isHidden);
  if (hidden.length > 0) tracer.leak('copy', hidden, leaks);
  return [];
}

function explain(tracer: Tracer, { query, options }: ExplainStmt): readonly Column[] {
  // How large rows, sorts and logs were would tell of what is in them.
  const analyses = (options ?? []).some((option) => under(option, 'DefElem')?.defname === 'analyze');
  if (analyses) tracer.measure();
  if (analyses && query !== undefined && 'ExecuteStmt' in query) {
    tracer.opaque.add('EXPLAIN ANALYZE EXECUTE would measure what nobody sees here: give the query itself');
  }
  if (query !== undefined) shown(tracer, query);
  return [{ name: 'QUERY PLAN', value: nothing }];
}

/** Its one row has the OUT parameters: how many nobody counts. */
function call(tracer: Tracer, node: Node): readonly Column[] {
  const value = tracer.value({ FuncCall: under(node, 'CallStmt')?.funccall ?? {} }, outermost);
  return [{ name: undefined, value, spread: true }];
}

function copy(tracer: Tracer, stmt: CopyStmt): readonly Column[] {
  if (stmt.query !== undefined) return toClient(tracer, stmt, tracer.query(stmt.query, outermost));
  const offer = relationOffer(tracer, stmt.relation, outermost);
  const list = strings(stmt.attlist);
  const columns =
    list.length === 0
      ? offer.columns
      : list.map((name) => ({ name, value: offer.columns.find((it) => it.name === name)?.value ?? nothing }));
  if (stmt.is_from !== true) return toClient(tracer, stmt, columns);
  const hidden = columns.map(({ value }) => value).filter(isHidden);
  if (hidden.length > 0) tracer.use('write', hidden);
  for (const [index, { value }] of columns.entries()) tracer.copied(value, index);
  tracer.condition(stmt.whereClause, { ...outermost, offer, outer: outermost });
  return [];
}

function toClient(tracer: Tracer, stmt: CopyStmt, columns: readonly Column[]): readonly Column[] {
  if (stmt.filename === undefined && stmt.is_program !== true) return columns;
  const hidden = columns.map(({ value }) => value).filter(isHidden);
  if (hidden.length > 0) tracer.leak('copy', hidden, 'copy it to where it would not be masked');
  return [];
}

/**
 * Statements that name a relation without showing its rows or changing what it is. Any other that is not known
 * counts as changing all relations that it names: a new kind of statement must fail closed.
 */
const upkeep: ReadonlySet<string> = new Set(
  (
    'TruncateStmt LockStmt VacuumStmt IndexStmt ReindexStmt RefreshMatViewStmt GrantStmt ' +
    'CommentStmt DropStmt'
  ).split(' '),
);

function others(tracer: Tracer, node: Node): readonly Column[] {
  meaning(tracer, node);
  if (upkeep.has(tagOf(node))) return [];
  for (const range of relationsIn(Object.values(node), tagOf(node))) {
    const hidden = relationOffer(tracer, range, outermost)
      .columns.map(({ value }) => value)
      .filter(isHidden);
    if (hidden.length > 0) tracer.leak(undefined, hidden, `change the definition of ${range.relname ?? ''}`);
  }
  return [];
}

/** What is kept under a name of its own, as long as it is one of these: that other names stand for the same stays. */
const ofRelations: ReadonlySet<ObjectType | undefined> = new Set<ObjectType>([
  'OBJECT_TABLE',
  'OBJECT_COLUMN',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_FOREIGN_TABLE',
  'OBJECT_INDEX',
  'OBJECT_SEQUENCE',
  'OBJECT_TABCONSTRAINT',
  'OBJECT_TRIGGER',
  'OBJECT_RULE',
  'OBJECT_POLICY',
  'OBJECT_STATISTIC_EXT',
  'OBJECT_PUBLICATION',
  'OBJECT_ROLE',
  'OBJECT_DATABASE',
  'OBJECT_TABLESPACE',
]);

/** Until it is committed nobody would know that a function or schema goes by another's name, or a column with a type. */
function meaning(tracer: Tracer, node: Node): void {
  const renamed = under(node, 'RenameStmt');
  if (renamed !== undefined && !ofRelations.has(renamed.renameType)) {
    tracer.opaque.add(
      'what another name stands for, that of a schema, function or type, could read columns that are hidden from you: ' +
        'ask somebody who sees them to rename it',
    );
  }
  const dropped = under(node, 'DropStmt');
  const cascades = dropped?.behavior === 'DROP_CASCADE' && dropped.removeType !== 'OBJECT_SCHEMA';
  if (cascades && !ofRelations.has(dropped.removeType)) {
    tracer.opaque.add(
      'with it columns could go of tables with columns that are hidden from you: leave out CASCADE, or ask somebody ' +
        'who sees them',
    );
  }
}

/** Relations named anywhere in a statement, apart from one that it makes. */
function relationsIn(values: readonly unknown[], key = ''): { relname?: string; schemaname?: string }[] {
  return values.flatMap((value) => {
    if (typeof value !== 'object' || value === null) return [];
    if ('relname' in value) return [value as { relname: string }];
    if ('A_Const' in value) return [];
    return Object.entries(value).flatMap(([name, inner]) =>
      key === 'CreateStmt' && name === 'relation' ? [] : relationsIn([inner], name),
    );
  });
}
