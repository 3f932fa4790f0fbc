import type { Node } from '@pgsql/types';
import { literal, strings, under } from './tree.ts';

/**
 * A range that is not plainly everything. Open ranges of numbers (`id > 0`) and any range of parameters can be
 * everything, so they do not count; two numbers near to each other, a date, and a time before now do.
 */
export function isNarrowRange(operator: string | undefined, other: Node | undefined): boolean {
  switch (operator) {
    case '<':
    case '<=':
    case '>':
    case '>=':
      return isDate(other) || isBeforeNow(other);
    case 'BETWEEN': {
      const [from, to] = under(other, 'List')?.items ?? [];
      return [from, to].every((end) => isDate(end) || isBeforeNow(end)) || isShort(from, to);
    }
    default:
      return false;
  }
}

/** `LIKE 'ab%'`: the values' beginning is given. */
export function isPrefixPattern(pattern: Node | undefined): boolean {
  const text = literal(pattern);
  return typeof text === 'string' && /^[^%_\\]/.test(text);
}

/** More rows than these numbers can name at once are no longer chosen ones. */
const numbersMax = 10_000;

function isShort(from: Node | undefined, to: Node | undefined): boolean {
  const [low, high] = [literal(from), literal(to)];
  if (typeof low !== 'string' || typeof high !== 'string') return false;
  const numbers = [low, high].every((text) => /^-?\d+$/.test(text));
  return numbers && Number(high) - Number(low) <= numbersMax;
}

/** A day of this century, and no `infinity`. */
function isDate(node: Node | undefined): boolean {
  const text = literal(node);
  return typeof text === 'string' && /^20\d\d-\d\d-\d\d/.test(text);
}

/** `now() - interval '90 days'` */
function isBeforeNow(node: Node | undefined): boolean {
  const minus = under(node, 'A_Expr');
  if (minus?.kind !== 'AEXPR_OP' || strings(minus.name).join('.') !== '-') return false;
  return isNow(minus.lexpr) && typeof literal(minus.rexpr) === 'string';
}

function isNow(node: Node | undefined): boolean {
  if (under(node, 'SQLValueFunction')?.op?.startsWith('SVFOP_CURRENT_')) return true;
  return strings(under(node, 'FuncCall')?.funcname).join('.') === 'now';
}
