import type { A_Expr, FuncCall, Node, RangeVar, TypeName, WithClause } from '@pgsql/types';
import type { FunctionCall, RawEffect, SettingChange, StatementFacts } from './analyse.ts';
import type { SqlEffectKind } from './effects.ts';
import { literalFunctions } from './functions.ts';
import { ctesMax, IntricateError } from './intricate.ts';
import {
  type Body,
  isRangeVar,
  isTypeName,
  literal,
  qualifiedName,
  relationName,
  strings,
  type Tag,
  tagOf,
  under,
} from './tree.ts';

/** Names of the CTEs that are in sight; they are no relations. */
export type Scope = ReadonlySet<string>;
export type Fact = Partial<Pick<StatementFacts, 'transaction' | 'copy' | 'prepares' | 'deallocates'>>;
export type Handler<T extends Tag> = (walk: Walk, body: Body<T>, scope: Scope) => void;
export type Handlers = { readonly [T in Tag]?: Handler<T> };

const noScope: Scope = new Set();

/**
 * Goes through a statement's tree and gathers what it would do. Whatever names a relation and is not handled as
 * something else counts as read; a node that the grammar is not known to make counts as `opaque`.
 */
export class Walk {
  readonly effects: RawEffect[] = [];
  readonly functions: FunctionCall[] = [];
  readonly settings: SettingChange[] = [];
  readonly executes: string[] = [];
  unbounded = false;
  fact: Fact = {};
  readonly #handlers: Handlers;
  #ctes = 0;

  constructor(handlers: Handlers) {
    this.#handlers = handlers;
  }

  /** On a relation where given one, else on a resource in its final form. */
  effect(kind: SqlEffectKind, action: string, target: RangeVar | string | undefined): void {
    if (typeof target === 'object') this.effects.push({ kind, action, relation: relationName(target) });
    else this.effects.push({ kind, action, resource: target ?? '' });
  }

  visit(value: unknown, scope: Scope = noScope): void {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const item of value) this.visit(item, scope);
      return;
    }
    if (isRangeVar(value)) this.#read(value, scope);
    if (isTypeName(value)) this.#type(value);
    for (const [key, child] of Object.entries(value)) {
      // Tags begin with a capital, fields do not.
      if (/^[A-Z]/.test(key)) this.#node(key, child, scope);
      else this.visit(child, scope);
    }
  }

  /** All fields but those that the handler has dealt with. */
  rest<T extends object>(body: T, done: readonly (keyof T & string)[], scope: Scope = noScope): void {
    const names: readonly string[] = done;
    for (const [key, child] of Object.entries(body)) if (!names.includes(key)) this.visit(child, scope);
  }

  /** Visits the queries of a WITH; returns what the statement it belongs to has in sight. */
  with(clause: WithClause | undefined, scope: Scope): Scope {
    if (clause === undefined) return scope;
    const queries = (clause.ctes ?? []).flatMap((node) => under(node, 'CommonTableExpr') ?? []);
    this.#ctes += queries.length;
    if (this.#ctes > ctesMax) throw new IntricateError('too many common table expressions');
    const names = new Set(scope);
    if (clause.recursive) for (const { ctename = '' } of queries) names.add(ctename);
    for (const query of queries) {
      // Without RECURSIVE a query sees only those before it: its own name is still the table's.
      this.visit(query, names);
      names.add(query.ctename ?? '');
    }
    return names;
  }

  /** A statement within another: its reads (or what `turn` makes of its effects) become the outer one's. */
  query(
    node: Node | undefined,
    turn: (effect: RawEffect) => RawEffect | undefined = (effect) => effect,
  ): Walk {
    const inner = new Walk(this.#handlers);
    if (node !== undefined) inner.statement(node);
    this.effects.push(...inner.effects.flatMap((effect) => turn(effect) ?? []));
    this.functions.push(...inner.functions);
    this.settings.push(...inner.settings);
    this.executes.push(...inner.executes);
    return inner;
  }

  statement(node: Node): void {
    this.visit(node);
    // A SELECT without a relation is a read of nothing that has a name.
    const reads = this.effects.some(({ kind }) => kind === 'read');
    if (tagOf(node) === 'SelectStmt' && !reads) this.effects.unshift({ ...plainRead, resource: '' });
  }

  call(funcname: Node[] | undefined, args?: Node[]): void {
    const called = qualifiedName(strings(funcname));
    if (called === undefined) return this.effect('opaque', 'call', '');
    if (!literalFunctions.has(called.name)) return void this.functions.push(called);
    const literals = (args ?? []).map(literal);
    this.functions.push({ ...called, literals });
    if (called.name === 'set_config') {
      this.settings.push({ name: literals[0]?.toLowerCase() ?? '', value: literals[1] ?? undefined });
    }
  }

  /** `name` as in the tree: `[{ String: 'public' }, { String: '@@' }]`. */
  operator(name: readonly Node[] | undefined): void {
    const called = qualifiedName(strings(name));
    if (called !== undefined) this.functions.push({ ...called, operator: true });
  }

  #node(tag: string, body: unknown, scope: Scope): void {
    const handler = (this.#handlers as Record<string, ((w: Walk, b: unknown, s: Scope) => void) | undefined>)[
      tag
    ];
    if (handler !== undefined) handler(this, body, scope);
    else if (inert.has(tag)) this.visit(body, scope);
    else this.effect('opaque', 'node', tag);
  }

  #type({ names }: TypeName): void {
    const type = qualifiedName(strings(names));
    if (type !== undefined) this.functions.push({ ...type, type: true });
  }

  #read(relation: RangeVar, scope: Scope): void {
    const name = relationName(relation);
    if (name.schema === undefined && scope.has(name.name)) return;
    this.effects.push({ ...plainRead, relation: name });
  }
}

const plainRead = { kind: 'read', action: 'select' } as const;

const named = (sval: string): Node[] => [{ String: { sval } }];
const equals = named('=');
const between: readonly Node[][] = [named('>='), named('<=')];

/** Nodes of expressions that may hide a call, and constants, in which nothing can. */
export const expressionHandlers: Handlers = {
  A_Const() {},
  FuncCall(walk, call: FuncCall, scope) {
    walk.call(call.funcname, call.args);
    walk.rest(call, ['funcname'], scope);
  },
  ColumnRef(walk, column) {
    const parts = strings(column.fields);
    const last = parts.at(-1);
    if (parts.length > 1 && parts.length === column.fields?.length && last !== undefined) {
      walk.functions.push({ name: last, attribute: true });
    }
  },
  A_Expr(walk, expression: A_Expr, scope) {
    const { kind, name } = expression;
    for (const operator of kind?.includes('BETWEEN') ? between : [name]) walk.operator(operator);
    walk.rest(expression, ['name'], scope);
  },
  SubLink(walk, link, scope) {
    // IN (SELECT …) has no operator in the tree.
    walk.operator(link.operName ?? equals);
    walk.rest(link, ['operName'], scope);
  },
  SortBy(walk, sort, scope) {
    walk.operator(sort.useOp);
    walk.rest(sort, ['useOp'], scope);
  },
  CaseExpr(walk, expression, scope) {
    if (expression.arg !== undefined) walk.operator(equals);
    walk.visit(expression, scope);
  },
  JoinExpr(walk, join, scope) {
    if (join.isNatural === true || join.usingClause !== undefined) walk.operator(equals);
    walk.rest(join, ['usingClause'], scope);
  },
  A_Indirection(walk, { arg, indirection }, scope) {
    for (const name of strings(indirection)) walk.functions.push({ name, attribute: true });
    walk.visit(arg, scope);
    walk.visit(indirection, scope);
  },
  RangeTableSample(walk, sample, scope) {
    walk.call(sample.method);
    walk.rest(sample, ['method'], scope);
  },
  PartitionCmd(walk, command, scope) {
    walk.effect('schema', 'alter', command.name);
    walk.rest(command, ['name'], scope);
  },
};

/** What the grammar makes besides statements and the above; what it does is in its children. */
const inert: ReadonlySet<string> = new Set<Tag>([
  'A_ArrayExpr',
  'A_Indices',
  'A_Star',
  'AccessPriv',
  'Alias',
  'AlterTableCmd',
  'ATAlterConstraint',
  'BitString',
  'Boolean',
  'BooleanTest',
  'BoolExpr',
  'CaseWhen',
  'CoalesceExpr',
  'CollateClause',
  'ColumnDef',
  'CommonTableExpr',
  'Constraint',
  'CreateOpClassItem',
  'CTECycleClause',
  'CTESearchClause',
  'CurrentOfExpr',
  'DefElem',
  'Float',
  'FunctionParameter',
  'GroupingFunc',
  'GroupingSet',
  'IndexElem',
  'InferClause',
  'Integer',
  'IntList',
  'JsonAggConstructor',
  'JsonArgument',
  'JsonArrayAgg',
  'JsonArrayConstructor',
  'JsonArrayQueryConstructor',
  'JsonBehavior',
  'JsonFormat',
  'JsonFuncExpr',
  'JsonIsPredicate',
  'JsonKeyValue',
  'JsonObjectAgg',
  'JsonObjectConstructor',
  'JsonOutput',
  'JsonParseExpr',
  'JsonReturning',
  'JsonScalarExpr',
  'JsonSerializeExpr',
  'JsonTable',
  'JsonTableColumn',
  'JsonTablePathSpec',
  'JsonValueExpr',
  'List',
  'MergeSupportFunc',
  'MergeWhenClause',
  'MinMaxExpr',
  'MultiAssignRef',
  'NamedArgExpr',
  'NullIfExpr',
  'NullTest',
  'ObjectWithArgs',
  'OnConflictClause',
  'ParamRef',
  'PartitionBoundSpec',
  'PartitionElem',
  'PartitionRangeDatum',
  'PartitionSpec',
  'PublicationObjSpec',
  'PublicationTable',
  'RangeFunction',
  'RangeSubselect',
  'RangeTableFunc',
  'RangeTableFuncCol',
  'RangeVar',
  'ResTarget',
  'ReturningClause',
  'ReturningOption',
  'RoleSpec',
  'RowExpr',
  'SetToDefault',
  'SQLValueFunction',
  'StatsElem',
  'String',
  'TableLikeClause',
  'TriggerTransition',
  'TypeCast',
  'TypeName',
  'VacuumRelation',
  'WindowDef',
  'WithClause',
  'XmlExpr',
  'XmlSerialize',
]);
