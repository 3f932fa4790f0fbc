import type { Node } from '@pgsql/types';
import { hasSqlDetails, parsePlPgSQLSync, parseSync } from 'libpg-query';
import { showsValues } from '../../masking/telltales.ts';
import { analyseTree, type FunctionCall } from '../../wire/sql/analyse.ts';
import type { Catalog } from '../../wire/sql/catalog.ts';
import { ownEffectsOf } from '../../wire/sql/effects.ts';
import { IntricateError } from '../../wire/sql/intricate.ts';
import type { LineageCatalog } from '../../wire/sql/lineage/lineage.ts';
import { lineageOf } from '../../wire/sql/lineage/lineage-of.ts';
import { tagOf, under } from '../../wire/sql/tree.ts';

export interface RoutineCatalog extends LineageCatalog {
  readonly known: Catalog;
  /**
   * Sensitive resources that a call reads of which lineage knows nothing: behind operators, fields, types and what the
   * system has for reading anything. Undefined: nobody can tell.
   */
  unseenReads(call: FunctionCall): readonly string[] | undefined;
}

/** Statements that lineage reads through and through; of any other in a function nobody can tell. */
const traced: ReadonlySet<string> = new Set(
  'SelectStmt InsertStmt UpdateStmt DeleteStmt MergeStmt'.split(' '),
);

/**
 * The sensitive resources that a function touches in any way, by its CREATE FUNCTION; undefined where nobody can
 * tell: dynamic SQL, names that are not known, statements of other kinds.
 */
export function resourcesReadBy(
  language: 'sql' | 'plpgsql',
  definition: string,
  catalog: RoutineCatalog,
): readonly string[] | undefined {
  try {
    const statements = language === 'sql' ? sqlBody(definition) : plpgsqlBody(definition);
    return statements && touchedBy([...defaults(definition), ...statements], catalog);
  } catch (error) {
    // Lineage throws for what is too much to follow, the parsers for what is no SQL.
    if (error instanceof IntricateError || hasSqlDetails(error) || isPlpgsqlError(error)) return undefined;
    throw error;
  }
}

function touchedBy(statements: readonly Node[], catalog: RoutineCatalog): readonly string[] | undefined {
  const found = new Set<string>();
  for (const statement of statements) {
    if (!traced.has(tagOf(statement))) return undefined;
    const { outputs = [], findings, opaque, unknown, reads } = lineageOf(statement, catalog);
    const telltale = reads.some(({ schema, name }) => showsValues(schema, name));
    if (opaque.length > 0 || unknown.length > 0 || telltale) return undefined;
    const unseen = unseenBy(statement, catalog);
    if (unseen === undefined) return undefined;
    for (const resource of unseen) found.add(resource);
    for (const { origins } of outputs) for (const { resource } of origins) found.add(resource);
    for (const { resources } of findings) for (const resource of resources) found.add(resource);
  }
  return [...found];
}

function unseenBy(statement: Node, catalog: RoutineCatalog): readonly string[] | undefined {
  const [facts] = analyseTree({ stmts: [{ stmt: statement }] }, '').statements;
  if (facts === undefined) return undefined;
  const runs = ownEffectsOf({ ...facts, functions: [] }, catalog.known);
  if (runs.some(({ kind }) => kind === 'execute' || kind === 'opaque')) return undefined;
  const found: string[] = [];
  for (const call of facts.functions) {
    const reads = catalog.unseenReads(call);
    if (reads === undefined) return undefined;
    found.push(...reads);
  }
  return found;
}

function parsed(text: string): Node[] {
  return (parseSync(text).stmts ?? []).flatMap(({ stmt }) => (stmt === undefined ? [] : [stmt]));
}

/** What is computed for arguments that a call leaves out. */
function defaults(definition: string): Node[] {
  const [statement] = parsed(definition);
  return (under(statement, 'CreateFunctionStmt')?.parameters ?? []).flatMap((node) => {
    const value = under(node, 'FunctionParameter')?.defexpr;
    return value === undefined ? [] : [showing(value)];
  });
}

function showing(value: Node): Node {
  return { SelectStmt: { targetList: [{ ResTarget: { val: value } }], op: 'SETOP_NONE' } };
}

function sqlBody(definition: string): Node[] | undefined {
  const [statement] = parsed(definition);
  const create = under(statement, 'CreateFunctionStmt');
  if (create?.sql_body !== undefined) return bodyNodes(create.sql_body);
  for (const option of create?.options ?? []) {
    const { defname, arg } = under(option, 'DefElem') ?? {};
    const text = under(under(arg, 'List')?.items?.[0], 'String')?.sval;
    if (defname === 'as' && text !== undefined) return parsed(text);
  }
  return undefined;
}

/** `RETURN …` or `BEGIN ATOMIC …`. */
function bodyNodes(body: Node): Node[] | undefined {
  const returned = under(body, 'ReturnStmt')?.returnval;
  if (returned !== undefined) return [showing(returned)];
  const items = under(body, 'List')?.items;
  return items?.flatMap((item) => bodyNodes(item) ?? [item]);
}

/** Every query and expression that stands in a function; undefined where it makes up SQL as it runs. */
function plpgsqlBody(definition: string): Node[] | undefined {
  const found: PlpgsqlBody = { queries: [], fetched: [], assigned: new Set(), bound: new Set() };
  const tree: unknown = parsePlPgSQLSync(definition);
  // Whoever opened a cursor that is not the function's own may have opened it on anything.
  const own = (cursor: number): boolean => found.bound.has(cursor) && !found.assigned.has(cursor);
  if (!gather(tree, found) || !found.fetched.every(own)) return undefined;
  return found.queries.flatMap(parsed);
}

interface PlpgsqlBody {
  readonly queries: string[];
  /** Numbers of variables: cursors that are fetched from, what is assigned to, and cursors declared with their query. */
  readonly fetched: number[];
  readonly assigned: Set<number>;
  readonly bound: Set<number>;
}

/** Statements of PL/pgSQL that run a text that is not known. */
const dynamic = /^PLpgSQL_stmt_dyn|^dynquery$|^dynexecute$/;

function gather(value: unknown, into: PlpgsqlBody): boolean {
  if (typeof value !== 'object' || value === null) return true;
  for (const [key, inner] of Object.entries(value)) {
    if (dynamic.test(key)) return false;
    if (key === 'PLpgSQL_expr') {
      const { query, parseMode = 0 } = inner as { query?: unknown; parseMode?: unknown };
      if (typeof query !== 'string') return false;
      into.queries.push(...asStatements(query, Number(parseMode)));
      continue;
    }
    if (key === 'PLpgSQL_stmt_fetch') into.fetched.push(numberIn(inner, 'curvar'));
    if (key === 'PLpgSQL_stmt_assign') into.assigned.add(numberIn(inner, 'varno'));
    if (key === 'datums' && Array.isArray(inner)) noteBound(inner, into);
    if (!gather(inner, into)) return false;
  }
  return true;
}

/** The tree leaves numbers out that are 0. */
function numberIn(node: unknown, key: string): number {
  return Number((node as Readonly<Record<string, unknown>> | null)?.[key] ?? 0);
}

function noteBound(datums: readonly unknown[], into: PlpgsqlBody): void {
  for (const [at, datum] of datums.entries()) {
    const { PLpgSQL_var: variable } = datum as { PLpgSQL_var?: { cursor_explicit_expr?: unknown } };
    if (variable?.cursor_explicit_expr !== undefined) into.bound.add(at);
  }
}

/** RawParseMode in src/include/parser/parser.h: 0 a statement, 2 an expression, 3 and above `name := expression`. */
function asStatements(query: string, parseMode: number): string[] {
  if (parseMode === 0) return [query];
  if (parseMode < 3) return [`SELECT ${query}`];
  // Where the first `=` or `:` stands within the place, something of this is no SQL, and nobody can tell.
  const [, place, value] = /^([^:=]*):?=(.*)$/s.exec(query) ?? [];
  if (place === undefined || value === undefined) return [query];
  return place.includes('[') ? [`SELECT ${place}`, `SELECT ${value}`] : [`SELECT ${value}`];
}

function isPlpgsqlError(error: unknown): boolean {
  return error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError);
}
