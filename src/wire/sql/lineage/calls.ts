import type { FuncCall, WindowDef } from '@pgsql/types';
import { wellKnown } from '../builtins.ts';
import { quoteQualified } from '../identifier.ts';
import { literal, qualifiedName, strings, under } from '../tree.ts';
import { holdsDeeper, keysOf, partOf } from './documents.ts';
import type { Scope } from './scope.ts';
import {
  countingFunctions,
  orderedFunctions,
  gatheringFunctions,
  givingBack,
  hiddenArgument,
  joiningFunctions,
  lengthKeeping,
  scalarOids,
  totalFunctions,
} from './total.ts';
import type { Tracer } from './tracer.ts';
import { computed, isHidden, isPlain, nothing, type Value } from './value.ts';

/** What a call gives: of hidden values only where nothing can go wrong on the way. */
export function callValue(tracer: Tracer, call: FuncCall, scope: Scope): Value {
  const { schema, name } = qualifiedName(strings(call.funcname)) ?? { name: '' };
  const builtin = schema === undefined || schema === 'pg_catalog';
  const args = tracer.values(call.args, scope);
  around(tracer, call, args, scope);
  readBy(tracer, schema, name);
  const part = builtin ? documentPart(name, call, args) : undefined;
  if (part !== undefined) return part;
  // NULLs in an array are counted by its items: that is how long it is.
  const counts = builtin && countingFunctions.has(name) && call.func_variadic !== true;
  if (counts && args.every(countable)) return { ...nothing, total: true };
  const hidden = args.filter(isHidden);
  const rows = tracer.catalog.returnsSet(name);
  const total =
    builtin &&
    totalFunctions.has(name) &&
    !rows &&
    !failsByForm(name, call) &&
    args.every((value, at) => mayBeHidden(name, value, at));
  if (hidden.length > 0 && rows)
    tracer.leak(undefined, hidden, `make rows of it by ${name}(), as many as it says`);
  else if (hidden.length > 0 && !total) {
    tracer.leak(undefined, hidden, `compute with it by ${name}(), which could fail or not by its value`);
  }
  if (joiningFunctions.has(name)) notTooLarge(tracer, args);
  const value = keepsLength(name, hidden, computed(args, total));
  // What has no arguments, or is volatile, may be another every time: then rows are gone through with it.
  const steady = builtin && (totalFunctions.has(name) || wellKnown.has(name));
  const constant = value.constant && steady && args.length > 0 && call.over === undefined;
  return { ...value, constant, array: givingBack.has(name) ? value.array || name === 'array_agg' : !total };
}

/** Values put together with others fail where all of it is too large: then how long a hidden one is would show. */
export function notTooLarge(tracer: Tracer, values: readonly Value[]): void {
  const hidden = values.filter(isHidden);
  const huge = values.some((value) => !isHidden(value) && !value.total);
  const cut = values.length > 1 && hidden.some((value) => value.cut);
  if (hidden.length > 0 && (huge || cut)) {
    tracer.leak(
      undefined,
      hidden,
      'put it together with others, which could get too large or not by its value',
    );
  }
}

function keepsLength(name: string, hidden: readonly Value[], value: Value): Value {
  return hidden.length === 0 || lengthKeeping.has(name) ? value : { ...value, cut: true };
}

/** FILTER, ORDER BY, DISTINCT and OVER. */
function around(tracer: Tracer, call: FuncCall, args: readonly Value[], scope: Scope): void {
  tracer.condition(call.agg_filter, scope);
  for (const key of call.agg_order ?? [])
    tracer.ordered(tracer.value(under(key, 'SortBy')?.node ?? key, scope));
  if (call.agg_distinct === true) for (const value of args) tracer.countedOnce(value);
  else if (orderedFunctions.has(strings(call.funcname).at(-1) ?? '')) tracer.showsOrder();
  if (call.over !== undefined) windowKeys(tracer, call.over, scope);
}

export function windowKeys(tracer: Tracer, window: WindowDef, scope: Scope): void {
  for (const value of tracer.values(window.partitionClause, scope)) tracer.sortedIntoGroups(value);
  for (const key of window.orderClause ?? [])
    tracer.ordered(tracer.value(under(key, 'SortBy')?.node ?? key, scope));
  tracer.condition(window.startOffset, scope);
  tracer.condition(window.endOffset, scope);
}

/** Functions of users read what they like, whatever their arguments are. */
function readBy(tracer: Tracer, schema: string | undefined, name: string): void {
  const read = tracer.catalog.readBy(schema, name);
  const shown = schema === undefined ? name : quoteQualified(schema, name);
  if (read === undefined) tracer.opaque.add(`nobody can tell what the function ${shown} reads`);
  else tracer.leakResources(read, `read it by the function ${shown}, whose answer cannot be masked`);
}

/** What COUNT tells of a plain column is how often it is not NULL. */
function countable(value: Value): boolean {
  return !isHidden(value) ? value.total : isPlain(value);
}

/** Forms of functions that are total otherwise. */
function failsByForm(name: string, { args = [] }: FuncCall): boolean {
  // length(bytes, encoding) checks them; V in a number's format multiplies it, perhaps beyond what a bigint holds.
  if (name === 'length') return args.length > 1;
  return name === 'to_char' && /^[^v]*$/i.exec(literal(args[1]) ?? 'v') === null;
}

/** Whether this argument cannot be what makes the call fail. */
function mayBeHidden(name: string, value: Value, at: number): boolean {
  if (!isHidden(value)) return true;
  // A key that is NULL is an error.
  if (/^jsonb?_build_object$/.test(name) && at % 2 === 0) return false;
  if (gatheringFunctions.has(name)) return scalarOids.has(value.typeOid);
  return (hiddenArgument.get(name) ?? at) === at;
}

function documentPart(name: string, call: FuncCall, args: readonly Value[]): Value | undefined {
  const [document, ...others] = args;
  const nodes = call.args ?? [];
  // VARIADIC gives all keys in one.
  if (document?.path === undefined || call.func_variadic === true) return undefined;
  if (/^jsonb?_extract_path(_text)?$/.test(name)) {
    const keys = nodes.slice(1).map((node) => keysOf('->', node));
    return keys.every((key) => key !== undefined) ? partOf(document, keys.flat()) : undefined;
  }
  if (name === 'jsonb_set' && document.path.length === 0 && !others.some(isHidden)) {
    const keys = keysOf('#>', nodes[1]);
    // Beside what is hidden: the document is what it was there.
    if (keys !== undefined && !isHidden(partOf(document, keys))) return { ...document, total: false };
  }
  const items = /^jsonb?_array_(elements(_text)?|length)$/.test(name) && others.length === 0;
  if (!items || !holdsDeeper(document)) return undefined;
  return name.endsWith('length')
    ? { ...nothing, total: false }
    : { ...partOf(document, ['*']), total: false };
}
