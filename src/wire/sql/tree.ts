import type { Node, RangeVar, TypeName } from '@pgsql/types';
import type { RelationName } from './analyse.ts';

/** Every tag that a node of the parse tree can carry. */
export type Tag = Node extends infer One ? (One extends unknown ? keyof One & string : never) : never;
export type StatementTag = Extract<Tag, `${string}Stmt`>;
/** What is under a tag. */
export type Body<T extends Tag> = Extract<Node, Record<T, unknown>> extends Record<T, infer B> ? B : never;

/** The body of a node if it carries this tag. */
export function under<T extends Tag>(node: Node | undefined, tag: T): Body<T> | undefined {
  if (node === undefined || !(tag in node)) return undefined;
  return (node as Record<T, Body<T>>)[tag];
}

export function tagOf(node: Node): string {
  return Object.keys(node)[0] ?? '';
}

/** The strings of a name, as in `[{ String: 'pg_catalog' }, { String: 'lower' }]`. */
export function strings(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((node) => {
    const text = under(node, 'String');
    return text === undefined ? [] : [text.sval ?? ''];
  });
}

/** The last two of `database.schema.name`; undefined where there is no name at all. */
export function qualifiedName(parts: readonly string[]): RelationName | undefined {
  const name = parts.at(-1);
  const schema = parts.at(-2);
  if (name === undefined) return undefined;
  return schema === undefined ? { name } : { schema, name };
}

/** A relation's name in the tree, with its tag or without. */
export function isRangeVar(value: object): value is RangeVar {
  return 'relname' in value;
}

/** A type's name in the tree, with its tag or without. */
export function isTypeName(value: object): value is TypeName {
  return 'names' in value && 'typemod' in value;
}

export function relationName(relation: RangeVar): RelationName {
  const name = relation.relname ?? '';
  if (relation.schemaname !== undefined) return { schema: relation.schemaname, name };
  return relation.relpersistence === 't' ? { schema: 'pg_temp', name } : { name };
}

/** What stands below a part of the tree. Within a constant there is nothing but its value, which is left alone. */
export function below(part: object): unknown[] {
  return 'A_Const' in part ? [] : Object.values(part);
}

/** Whether `literal` would give its text, without a look at that: what is known by the kind alone holds for others, too. */
export function isLiteral(node: Node | undefined): boolean {
  const cast = under(node, 'TypeCast');
  if (cast !== undefined) return isLiteral(cast.arg);
  const constant = under(node, 'A_Const');
  return (
    constant !== undefined && ['isnull', 'sval', 'ival', 'fval', 'boolval'].some((kind) => kind in constant)
  );
}

export function isNull(node: Node | undefined): boolean {
  const cast = under(node, 'TypeCast');
  return cast === undefined ? under(node, 'A_Const')?.isnull === true : isNull(cast.arg);
}

/** The text of a constant, through casts: `undefined` where it is none, `null` for NULL. */
export function literal(node: Node | undefined): string | null | undefined {
  const cast = under(node, 'TypeCast');
  if (cast !== undefined) return literal(cast.arg);
  const constant = under(node, 'A_Const');
  if (constant === undefined) return undefined;
  if (constant.isnull) return null;
  if (constant.sval !== undefined) return constant.sval.sval ?? '';
  if (constant.ival !== undefined) return String(constant.ival.ival ?? 0);
  if (constant.fval !== undefined) return constant.fval.fval ?? '0';
  if (constant.boolval !== undefined) return constant.boolval.boolval ? 'true' : 'false';
  return undefined;
}
