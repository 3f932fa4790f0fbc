import type { Node } from '@pgsql/types';
import { literal, under } from '../tree.ts';
import type { Origin } from './lineage.ts';
import type { Value } from './value.ts';

/**
 * The part of a JSON document that these keys lead to. Where it cannot be, hold or be held by a sensitive place it
 * tells nothing; else it is something computed from the document.
 */
export function partOf(document: Value, keys: readonly string[]): Value {
  if (document.path === undefined) return { ...document, origins: document.origins.map(asComputed) };
  const path = [...document.path, ...keys];
  const origins = document.origins.filter(({ pointer }) => pointer === undefined || meets(pointer, path));
  return { ...document, typeOid: 0, path, origins: origins.map(asComputed) };
}

/** All that is sensitive lies deeper inside than the items of this array, so how many there are tells nothing. */
export function holdsDeeper({ path, origins }: Value): boolean {
  if (path === undefined) return false;
  return origins.every(({ pointer }) => pointer !== undefined && pointer.length > path.length);
}

function asComputed(origin: Origin): Origin {
  return { ...origin, plain: false };
}

function meets(pointer: readonly string[], path: readonly string[]): boolean {
  const common = Math.min(pointer.length, path.length);
  for (let at = 0; at < common; at++) {
    const [a = '', b = ''] = [pointer[at], path[at]];
    if (a !== b && a !== '*' && b !== '*' && !mayBeAnyItem(b)) return false;
  }
  return true;
}

/** An index from the end, or one in a spelling of its own: the server reads `01` and ` 1` as 1. */
function mayBeAnyItem(key: string): boolean {
  return /^\s*[+-]?\d+\s*$/.test(key) && !/^(0|[1-9]\d*)$/.test(key);
}

/** The keys of `-> 'a'`, `#> '{a,b}'` and the like; undefined where the text does not tell. */
export function keysOf(operator: string, node: Node | undefined): string[] | undefined {
  if (operator === '->' || operator === '->>') {
    const key = literal(node);
    return typeof key === 'string' ? [key] : undefined;
  }
  const items = under(node, 'A_ArrayExpr')?.elements?.map(literal);
  if (items?.every((item) => typeof item === 'string') === true) return items;
  const text = literal(node);
  if (typeof text !== 'string' || !/^\{[\w,-]*\}$/.test(text)) return undefined;
  return text === '{}' ? [] : text.slice(1, -1).split(',');
}
