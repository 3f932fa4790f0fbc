import { SallyportError } from '../../core/errors.ts';
import type { MaskPlan } from '../../core/mask.ts';
import { columnMaskOf } from '../../masking/column-mask.ts';
import type { ColumnMask } from '../../masking/column-mask.ts';
import { copyMasker } from '../../masking/copy.ts';
import type { CopyMasker } from '../../masking/copy.ts';
import type { DetectorSet } from '../../masking/detect.ts';
import { fieldMask, mayChange } from '../../masking/field.ts';
import type { MaskKeys } from '../../masking/keys.ts';
import { RowMasker } from '../../masking/row.ts';
import { masksOfRows } from '../../masking/rows-from.ts';
import { decodeRowDescription } from '../../wire/postgres/backend.ts';
import type { FieldDescription } from '../../wire/postgres/backend.ts';
import type { Origin } from '../../wire/sql/lineage/lineage.ts';
import type { StatementRows } from './reading.ts';

/** Descriptions kept of a session; a prepared statement's comes again with every run. */
const keptMax = 64;
const keptBytesMax = 4096;
/** PostgreSQL's FirstNormalObjectId (access/transam.h): below it are the system's own relations. */
const firstNormalOid = 16_384;

/** What of a catalog tells where columns come from. */
export interface ShapeCatalog {
  /** Whether there was a relation of this OID when the catalog was read. */
  knowsOid(oid: number): boolean;
  /** A view, materialised or not. */
  isView(oid: number): boolean;
  originsOf(tableOid: number, attnum: number): readonly Origin[];
  /** Whether values of this type are strings. */
  isText(typeOid: number): boolean;
}

export interface ShapeParts {
  readonly catalog: () => ShapeCatalog;
  readonly detectors: (plan: MaskPlan) => DetectorSet | undefined;
  readonly keys: MaskKeys;
}

type Fields = readonly FieldDescription[];
type Masks = readonly (ColumnMask | undefined)[];
type Maskers = WeakMap<StatementRows, Map<MaskPlan, RowMasker | undefined>>;

/** RowDescriptions, and how the rows under them are masked. */
export class Shapes {
  readonly #parts: ShapeParts;
  readonly #fields = new Map<string, Fields>();
  #maskers = new WeakMap<Fields, Maskers>();
  #catalog: ShapeCatalog | undefined;

  constructor(parts: ShapeParts) {
    this.#parts = parts;
  }

  fields(buffer: Buffer, start: number, end: number): Fields {
    if (end - start > keptBytesMax) return decodeRowDescription(buffer, start, end);
    const key = buffer.toString('latin1', start, end);
    let fields = this.#fields.get(key);
    if (fields === undefined) {
      if (this.#fields.size >= keptMax) this.#fields.clear();
      this.#fields.set(key, (fields = decodeRowDescription(buffer, start, end)));
    }
    return fields;
  }

  /** `rows`: what they may come from. Undefined where none of them can need a change. */
  masker(fields: Fields, plan: MaskPlan, rows: StatementRows): RowMasker | undefined {
    const catalog = this.#parts.catalog();
    if (catalog !== this.#catalog) {
      this.#catalog = catalog;
      this.#maskers = new WeakMap();
    }
    let ofFields = this.#maskers.get(fields);
    if (ofFields === undefined) this.#maskers.set(fields, (ofFields = new WeakMap()));
    let ofRows = ofFields.get(rows);
    if (ofRows === undefined) ofFields.set(rows, (ofRows = new Map()));
    if (!ofRows.has(plan)) ofRows.set(plan, this.#make(fields, plan, rows, catalog));
    return ofRows.get(plan);
  }

  /**
   * What masks the data of a COPY to the client; undefined where nothing in it can need a change.
   * @throws SallyportError where it cannot be masked as it should
   */
  copyMasker(columns: number, binary: boolean, plan: MaskPlan, rows: StatementRows): CopyMasker | undefined {
    const { keys } = this.#parts;
    const catalog = this.#parts.catalog();
    const detect = this.#parts.detectors(plan);
    const masks = masksOfRows(rows, Array<undefined>(columns).fill(undefined), plan);
    const format = binary ? 'binary' : 'text';
    const fields = masks.map((mask, index) => {
      const oid = typeOf(rows, columns, index);
      return fieldMask(mask, { oid, format, isText: catalog.isText(oid) }, detect, keys);
    });
    if (!fields.some(mayChange)) return undefined;
    const { copied } = rows;
    // Cannot happen: it was refused. Only several statements of one name can differ.
    if (copied === undefined || (copied.kind === 'binary') !== binary) throw unclearCopy();
    return copyMasker(copied, fields);
  }

  #make(fields: Fields, plan: MaskPlan, rows: StatementRows, catalog: ShapeCatalog): RowMasker | undefined {
    const masks = masksOf(fields, plan, rows, catalog);
    const { detectors, keys } = this.#parts;
    const masker = new RowMasker(
      fields,
      (_, index) => masks[index],
      detectors(plan),
      keys,
      (oid) => catalog.isText(oid),
    );
    return masker.active ? masker : undefined;
  }
}

/**
 * The server itself says which column of which table a plain column is. Where it names none, or a view, the
 * statement tells.
 */
function masksOf(fields: Fields, plan: MaskPlan, rows: StatementRows, catalog: ShapeCatalog): Masks {
  if (plan.hidden.size === 0) return [];
  const traced = masksOfRows(
    rows,
    fields.map(({ name }) => name),
    plan,
  );
  return fields.map(({ tableOid, columnAttr }, index) => {
    if (tableOid === 0) return traced[index];
    // A relation made since the catalog was read may hold anything: it stays hidden until it is known.
    if (tableOid >= firstNormalOid && !catalog.knowsOid(tableOid)) return unknown;
    const own = columnMaskOf(catalog.originsOf(tableOid, columnAttr), plan);
    if (!catalog.isView(tableOid)) return own;
    return traced[index] ?? own;
  });
}

const unknown: ColumnMask = { mask: 'redact', resource: 'unknown' };

/** The type of a column, where it is sure. */
function typeOf({ givers }: StatementRows, columns: number, index: number): number {
  const [giver, ...others] = givers;
  if (giver === undefined || others.length > 0 || giver.outputs.length !== columns) return 0;
  return giver.outputs.some(({ spread }) => spread) ? 0 : (giver.outputs[index]?.typeOid ?? 0);
}

function unclearCopy(): SallyportError {
  return new SallyportError('undisclosable', 'Sallyport: the data of this COPY could not be masked', {
    hint: 'Send the COPY in a text of its own.',
  });
}
