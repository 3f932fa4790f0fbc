import type { MaskPlan } from '../core/mask.ts';
import type { Origin, OutputLineage } from '../wire/sql/lineage/lineage.ts';
import { columnMaskOf } from './column-mask.ts';
import type { ColumnMask } from './column-mask.ts';

/** One statement that may be what gives rows. */
export interface Giver {
  readonly outputs: readonly OutputLineage[];
  /** Every sensitive resource that it could reach at all, if its columns turned out to be other ones. */
  readonly reach: ReadonlySet<string>;
}

/** What rows may come from: all statements that may stand behind them; undefined among them: nobody can tell. */
export interface RowsFrom {
  readonly givers: readonly (Giver | undefined)[];
}

/** Rows of which nothing is known. */
export const unknownRows: RowsFrom = { givers: [undefined] };

/** How the server has named a column; undefined: it does not say. */
export type Names = readonly (string | undefined)[];

/** Stands among resources where nobody knows what is within reach. */
export const anything = '*';

const computed: ColumnMask = { kind: 'whole' };

/**
 * How each column of an answer is hidden, by where it comes from. An answer that does not look as its statement
 * does has columns that nobody can tell: where anything hidden is within reach, all of them are hidden.
 */
export function masksOfRows(
  { givers }: RowsFrom,
  names: Names,
  plan: MaskPlan,
): readonly (ColumnMask | undefined)[] {
  if (plan.hidden.size === 0) return names.map(() => undefined);
  const origins = names.map((): Origin[] => []);
  for (const giver of givers) {
    const columns = giver && fitted(giver.outputs, names);
    if (columns === undefined) {
      // Rows of a statement that gives none are somebody else's: a rule's.
      const harmless = giver !== undefined && giver.outputs.length > 0 && !reaches(giver, plan);
      if (harmless) continue;
      return names.map(() => computed);
    }
    for (const [index, known] of columns.entries()) origins[index]?.push(...known);
  }
  return origins.map((known) => columnMaskOf(known, plan));
}

/** Whether anything that is hidden could come of it. */
export function reaches({ outputs, reach }: Giver, plan: MaskPlan): boolean {
  if (reach.has(anything)) return plan.hidden.size > 0;
  for (const resource of reach) if (plan.hidden.has(resource)) return true;
  return outputs.some(({ origins }) => origins.some(({ resource }) => plan.hidden.has(resource)));
}

/** Origins of each column; undefined where the columns cannot be these. */
function fitted(outputs: readonly OutputLineage[], names: Names): readonly (readonly Origin[])[] | undefined {
  const first = outputs.findIndex(({ spread }) => spread === true);
  const last = outputs.findLastIndex(({ spread }) => spread === true);
  if (first < 0) return outputs.length === names.length ? inOrder(outputs, names) : undefined;
  // Between two that stand for any number of columns nobody knows which is which.
  const behind = outputs.length - 1 - last;
  const between = names.length - first - behind;
  if (between < 0) return undefined;
  const before = inOrder(outputs.slice(0, first), names.slice(0, first));
  const after = inOrder(outputs.slice(last + 1), names.slice(first + between));
  if (before === undefined || after === undefined) return undefined;
  const any = outputs.slice(first, last + 1).flatMap(({ origins }) => origins);
  return [...before, ...Array.from({ length: between }, () => any), ...after];
}

function inOrder(
  outputs: readonly OutputLineage[],
  names: Names,
): readonly (readonly Origin[])[] | undefined {
  const fit = outputs.every(({ name }, index) => isCalled(names[index], name));
  return fit ? outputs.map(({ origins }) => origins) : undefined;
}

/** NAMEDATALEN - 1, cut at a character of up to four bytes. */
const cutNameBytesMin = 60;

function isCalled(shown: string | undefined, known: string | undefined): boolean {
  if (shown === undefined || known === undefined || shown === known) return true;
  return known.startsWith(shown) && Buffer.byteLength(shown) >= cutNameBytesMin;
}
