import type { MaskPlan } from '../../core/mask.ts';
import type { DetectorSet } from '../../masking/detect.ts';
import type { MaskKeys } from '../../masking/keys.ts';
import { RowMasker } from '../../masking/row.ts';
import type { ColumnMask, MaskedField } from '../../masking/row.ts';
import { decodeRowDescription } from '../../wire/postgres/backend.ts';
import type { FieldDescription } from '../../wire/postgres/backend.ts';
import type { LoadedCatalog } from './catalog.ts';

/** Descriptions kept of a session; a prepared statement's comes again with every run. */
const keptMax = 64;
const keptBytesMax = 4096;
/** PostgreSQL's FirstNormalObjectId (access/transam.h): below it are the system's own relations. */
const firstNormalOid = 16_384;

export interface ShapeParts {
  readonly catalog: () => LoadedCatalog;
  readonly detectors: (plan: MaskPlan) => DetectorSet | undefined;
  readonly keys: MaskKeys;
}

/** RowDescriptions, and how the rows under them are masked. */
export class Shapes {
  readonly #parts: ShapeParts;
  readonly #fields = new Map<string, readonly FieldDescription[]>();
  #maskers = new WeakMap<readonly FieldDescription[], Map<MaskPlan, RowMasker | undefined>>();
  #catalog: LoadedCatalog | undefined;

  constructor(parts: ShapeParts) {
    this.#parts = parts;
  }

  fields(buffer: Buffer, start: number, end: number): readonly FieldDescription[] {
    if (end - start > keptBytesMax) return decodeRowDescription(buffer, start, end);
    const key = buffer.toString('latin1', start, end);
    let fields = this.#fields.get(key);
    if (fields === undefined) {
      if (this.#fields.size >= keptMax) this.#fields.clear();
      this.#fields.set(key, (fields = decodeRowDescription(buffer, start, end)));
    }
    return fields;
  }

  /** Undefined where no row under this description can need a change. */
  masker(fields: readonly FieldDescription[], plan: MaskPlan): RowMasker | undefined {
    const catalog = this.#parts.catalog();
    if (catalog !== this.#catalog) {
      this.#catalog = catalog;
      this.#maskers = new WeakMap();
    }
    let ofPlan = this.#maskers.get(fields);
    if (ofPlan === undefined) this.#maskers.set(fields, (ofPlan = new Map()));
    if (!ofPlan.has(plan)) ofPlan.set(plan, this.#make(fields, plan, catalog));
    return ofPlan.get(plan);
  }

  #make(fields: readonly FieldDescription[], plan: MaskPlan, catalog: LoadedCatalog): RowMasker | undefined {
    const maskOf = (field: MaskedField): ColumnMask | undefined => columnMask(field, plan, catalog);
    const masker = new RowMasker(fields, maskOf, this.#parts.detectors(plan), this.#parts.keys);
    return masker.active ? masker : undefined;
  }
}

function columnMask(field: MaskedField, plan: MaskPlan, catalog: LoadedCatalog): ColumnMask | undefined {
  if (plan.hidden.size === 0 || field.tableOid === 0) return undefined;
  const resource = catalog.resourceOf(field.tableOid, field.columnAttr, plan);
  if (resource !== undefined) {
    const mask = plan.hidden.get(resource);
    return mask === undefined ? undefined : { mask, resource };
  }
  // A relation made since the catalog was read may hold anything: it stays hidden until it is known.
  const unknown = field.tableOid >= firstNormalOid && !catalog.knowsOid(field.tableOid);
  return unknown ? { mask: 'redact', resource: 'unknown' } : undefined;
}
