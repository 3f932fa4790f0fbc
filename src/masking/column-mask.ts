import type { MaskName, MaskPlan } from '../core/mask.ts';
import type { Origin } from '../wire/sql/lineage/lineage.ts';

/** How one column of an answer is hidden; hashes and tokens are labelled with the resource. */
export type ColumnMask = ValueMask | PlacesMask | ComputedMask;

/** The whole of each value, by the mask of its column. */
export interface ValueMask {
  readonly kind?: 'value';
  readonly mask: MaskName;
  readonly resource: string;
}

/** Places inside documents. What is no JSON is hidden as a whole. */
export interface PlacesMask {
  readonly kind: 'places';
  readonly places: readonly PlaceMask[];
}

export interface PlaceMask {
  /** Keys from the document's root; `*` stands for any. */
  readonly pointer: readonly string[];
  readonly mask: MaskName;
  /** Items of lists have no key in the pointer: what is said of a list is said of each. */
  readonly throughLists?: boolean;
  /** With the pointer in it. */
  readonly resource: string;
  /** What its hashes and tokens are labelled with in place of the resource. */
  readonly label?: string;
}

/** Something computed from hidden values: a constant that is valid in the column's type, for NULL too. */
export interface ComputedMask {
  readonly kind: 'whole';
}

const computed: ComputedMask = { kind: 'whole' };

/**
 * How a column that comes from `origins` is hidden from whom `plan` is for; undefined where nothing is. A mask that
 * keeps anything of a value is for a plain column of one origin only: of anything else nobody can tell what it keeps.
 */
export function columnMaskOf(origins: readonly Origin[], plan: MaskPlan): ColumnMask | undefined {
  const hidden = new Map<string, PlaceMask>();
  for (const { resource, pointer = [] } of origins) {
    const mask = plan.hidden.get(resource);
    if (mask !== undefined) hidden.set(resource, { pointer, mask, resource });
  }
  if (hidden.size === 0) return undefined;
  if (origins.some(({ plain }) => !plain)) return computed;
  const all = [...hidden.values()];
  const columns = all.filter(({ pointer }) => pointer.length === 0);
  const [column] = columns;
  if (column === undefined) return { kind: 'places', places: all };
  // The column's own mask covers the places in it.
  const { mask, resource } = column;
  const isOne = all.every((it) => it === column || it.resource.startsWith(`${resource}#/`));
  return isOne ? { mask, resource } : computed;
}
