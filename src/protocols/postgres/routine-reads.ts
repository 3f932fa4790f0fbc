import type { Node } from '@pgsql/types';
import { hasSqlDetails, parsePlPgSQLSync, parseSync } from 'libpg-query';
import { showsValues } from '../../masking/telltales.ts';
import { IntricateError } from '../../wire/sql/intricate.ts';
import type { LineageCatalog } from '../../wire/sql/lineage/lineage.ts';
import { lineageOf } from '../../wire/sql/lineage/lineage-of.ts';
import { tagOf, under } from '../../wire/sql/tree.ts';

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
  catalog: LineageCatalog,
): readonly string[] | undefined {
  try {
    const statements = language === 'sql' ? sqlBody(definition) : plpgsqlBody(definition);
    return statements && touchedBy(statements, catalog);
  } catch (error) {
    // Lineage throws for what is too much to follow, the parsers for what is no SQL.
    if (error instanceof IntricateError || hasSqlDetails(error) || isPlpgsqlError(error)) return undefined;
    throw error;
  }
}

function touchedBy(statements: readonly Node[], catalog: LineageCatalog): readonly string[] | undefined {
  const found = new Set<string>();
  for (const statement of statements) {
    if (!traced.has(tagOf(statement))) return undefined;
    const { outputs = [], findings, opaque, unknown, reads } = lineageOf(statement, catalog);
    const telltale = reads.some(({ schema, name }) => showsValues(schema, name));
    if (opaque.length > 0 || unknown.length > 0 || telltale) return undefined;
    for (const { origins } of outputs) for (const { resource } of origins) found.add(resource);
    for (const { resources } of findings) for (const resource of resources) found.add(resource);
  }
  return [...found];
}

function parsed(text: string): Node[] {
  return (parseSync(text).stmts ?? []).flatMap(({ stmt }) => (stmt === undefined ? [] : [stmt]));
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
  if (returned !== undefined) {
    return [{ SelectStmt: { targetList: [{ ResTarget: { val: returned } }], op: 'SETOP_NONE' } }];
  }
  const items = under(body, 'List')?.items;
  return items?.flatMap((item) => bodyNodes(item) ?? [item]);
}

/** Every query and expression that stands in a function; undefined where it makes up SQL as it runs. */
function plpgsqlBody(definition: string): Node[] | undefined {
  const tree: unknown = parsePlPgSQLSync(definition);
  const queries: string[] = [];
  if (!gather(tree, queries)) return undefined;
  return queries.flatMap(parsed);
}

/** Statements of PL/pgSQL that run a text that is not known. */
const dynamic = /^PLpgSQL_stmt_dyn|^dynquery$|^dynexecute$/;

function gather(value: unknown, into: string[]): boolean {
  if (typeof value !== 'object' || value === null) return true;
  for (const [key, inner] of Object.entries(value)) {
    if (dynamic.test(key)) return false;
    if (key === 'PLpgSQL_expr') {
      const { query, parseMode = 0 } = inner as { query?: unknown; parseMode?: unknown };
      if (typeof query !== 'string') return false;
      into.push(asStatement(query, Number(parseMode)));
    } else if (!gather(inner, into)) return false;
  }
  return true;
}

/** RawParseMode in src/include/parser/parser.h: 0 a statement, 2 an expression, 3 and above `name := expression`. */
function asStatement(query: string, parseMode: number): string {
  if (parseMode === 0) return query;
  if (parseMode < 3) return `SELECT ${query}`;
  return `SELECT ${query.replace(/^[^:=]*:?=/, '')}`;
}

function isPlpgsqlError(error: unknown): boolean {
  return error instanceof Error && !(error instanceof TypeError) && !(error instanceof RangeError);
}
