import type { Preview, PreviewRow } from '../../core/approvals.ts';
import type { RecordedValue } from '../../core/event.ts';
import { recordedValue } from '../../core/recorded.ts';
import type { RowMasker } from '../../masking/row.ts';
import { BackendType, decodeRowDescription, forEachField } from '../../wire/postgres/backend.ts';
import type { FieldDescription } from '../../wire/postgres/backend.ts';
import {
  encodeBind,
  encodeClose,
  encodeDescribe,
  encodeExecute,
  encodeParse,
  encodeQuery,
} from '../../wire/postgres/frontend.ts';
import type { Frame } from './diversion.ts';
import { askUpstream, converse, queryUpstream } from './upstream.ts';
import type { Upstream } from './upstream.ts';

/** More than these nobody compares by eye. */
const rowsMax = 5;
const columnsMax = 30;
const valueCharsMax = 200;
/** A table that is larger is not looked through for what was inserted: the run's own locks wait for it. */
const scannedBytesMax = 64 * 1024 * 1024;
/** A name of the gateway's own. */
const own = 'sallyport_preview';
/** PostgreSQL's own, whatever the session's `search_path` says: an operator of a user's could keep what it is given. */
const equals = 'OPERATOR(pg_catalog.=)';

/** What is changed, and by whom. */
export interface Changed {
  /** As PostgreSQL quotes it, with its schema. */
  readonly relation: string;
  /** Of the writes: `insert`, `update` … */
  readonly actions: ReadonlySet<string>;
  /** The backend whose transaction has changed it, and has not ended. */
  readonly processId: number;
}

export interface SampleParts {
  /** A connection of the gateway's own, which sees what is committed. */
  aside<T>(ask: (aside: Upstream) => Promise<T>): Promise<T>;
  /** Asks within the transaction that is not committed. Answers up to what ends them. @throws where it fails */
  within(messages: Buffer): Promise<readonly Frame[]>;
  /** Undefined: nothing is to be masked in such rows. */
  masker(fields: readonly FieldDescription[]): RowMasker | undefined;
}

export type Sample = Pick<Preview, 'columns' | 'sample'>;
export const noSample: Sample = { columns: [], sample: [] };

/**
 * Some rows that a transaction under way has changed. What they were, another connection still sees: the versions of
 * rows whose `xmax` is that transaction ("System Columns" in PostgreSQL's documentation). What they are is asked for by
 * their primary keys, within. Nothing of the command's text is used for it.
 * @throws where the target does not tell, or not soon
 */
export async function sampleOf(changed: Changed, parts: SampleParts): Promise<Sample> {
  const { relation, actions } = changed;
  const { keys, before, scannable, transaction } = await parts.aside((aside) => committed(aside, changed));
  if (isOnly(actions, 'insert')) {
    if (!scannable) return noSample;
    return shown(new Rows(), await within(parts, insertedQuery(relation), [transaction]), [], parts);
  }
  if (before.rows.length === 0) return noSample;
  if (isOnly(actions, 'delete') || keys.length === 0) return shown(before, new Rows(), keys, parts);
  const values = before.rows.flatMap((row) => before.textsOf(row, keys));
  const each = before.rows.map((_, row) =>
    keys.map(({ name }, at) => `t.${name} ${equals} $${row * keys.length + at + 1}`).join(' AND '),
  );
  const query = `SELECT t.* FROM ${relation} AS t WHERE ${each.map((one) => `(${one})`).join(' OR ')}`;
  return shown(before, await within(parts, query, values), keys, parts);
}

function isOnly(actions: ReadonlySet<string>, action: string): boolean {
  return actions.size === 1 && actions.has(action);
}

/** A column of the primary key. */
interface Key {
  /** As PostgreSQL quotes it. */
  readonly name: string;
  readonly attnum: number;
}

interface Committed {
  readonly keys: readonly Key[];
  readonly before: Rows;
  readonly transaction: string;
  readonly scannable: boolean;
}

/** @throws where the relation is no table that the role may read: within, a refusal would undo the run */
async function committed(aside: Upstream, { relation, actions, processId }: Changed): Promise<Committed> {
  await queryUpstream(
    aside,
    "BEGIN READ ONLY; SET LOCAL statement_timeout = '1s'; SET LOCAL lock_timeout = '250ms'",
  );
  const [facts] = await askUpstream(aside, encodeQuery(factsQuery(relation, processId)));
  const [transaction = null, bytes = null, keys = null] = facts ?? [];
  if (transaction === null) throw new Error('it is no table that can be read, or nothing has changed it');
  const before = new Rows();
  if (!isOnly(actions, 'insert')) {
    const query = `SELECT t.* FROM ${relation} AS t WHERE t.xmax ${equals} '${transaction}'::pg_catalog.xid LIMIT ${rowsMax}`;
    await converse(aside, encodeQuery(query), (type, buffer, start, end) =>
      before.take(type, Buffer.from(buffer.subarray(start, end))),
    );
  }
  const scannable = bytes !== null && Number(bytes) <= scannedBytesMax;
  return { keys: JSON.parse(keys ?? '[]') as Key[], before, transaction, scannable };
}

/** No row where it is a view or a foreign table, or may not be read. Keys of types of users' making are none. */
function factsQuery(relation: string, processId: number): string {
  const oid = `'${relation.replaceAll("'", "''")}'::pg_catalog.regclass`;
  return `
    SELECT (SELECT backend_xid::pg_catalog.text FROM pg_catalog.pg_stat_activity WHERE pid ${equals} ${processId}),
      coalesce(
        (SELECT pg_catalog.sum(pg_catalog.pg_relation_size(relid)) FROM pg_catalog.pg_partition_tree(c.oid)),
        pg_catalog.pg_relation_size(c.oid)),
      (SELECT CASE WHEN pg_catalog.bool_and(
            (SELECT y.typnamespace ${equals} 'pg_catalog'::pg_catalog.regnamespace OR y.typtype ${equals} 'e'
              FROM pg_catalog.pg_type AS y WHERE y.oid ${equals} a.atttypid))
          THEN pg_catalog.json_agg(pg_catalog.json_build_object(
            'name', pg_catalog.quote_ident(a.attname), 'attnum', a.attnum) ORDER BY k.place) END
        FROM pg_catalog.pg_index AS i
        CROSS JOIN LATERAL pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid ${equals} i.indrelid AND a.attnum ${equals} k.attnum
        WHERE i.indrelid ${equals} c.oid AND i.indisprimary)
    FROM pg_catalog.pg_class AS c
    WHERE c.oid ${equals} ${oid} AND c.relkind ${equals} ANY ('{r,p}'::pg_catalog."char"[]) AND pg_catalog.has_table_privilege(c.oid, 'SELECT')`;
}

function insertedQuery(relation: string): string {
  return `SELECT t.* FROM ${relation} AS t WHERE t.xmin ${equals} $1::pg_catalog.xid LIMIT ${rowsMax}`;
}

async function within(parts: SampleParts, query: string, values: readonly (string | null)[]): Promise<Rows> {
  const rows = new Rows();
  const messages = Buffer.concat([
    encodeClose({ kind: 'S', name: own }),
    encodeParse({ name: own, query, parameterTypes: [] }),
    encodeClose({ kind: 'P', name: own }),
    encodeBind({
      portal: own,
      statement: own,
      parameterFormats: [],
      parameters: values.map((value) => (value === null ? null : Buffer.from(value))),
      resultFormats: [],
    }),
    encodeDescribe({ kind: 'P', name: own }),
    encodeExecute({ portal: own, rowsMax: 0 }),
  ]);
  for (const { type, bytes } of await parts.within(messages)) rows.take(type, bytes);
  return rows;
}

/** Rows as they came, with what says how they look. */
class Rows {
  fields: readonly FieldDescription[] = [];
  readonly rows: Buffer[] = [];

  take(type: number, bytes: Buffer): void {
    if (type === BackendType.RowDescription) this.fields = decodeRowDescription(bytes, 0, bytes.length);
    else if (type === BackendType.DataRow) this.rows.push(bytes);
  }

  /** Not masked: never to be shown. */
  textsOf(row: Buffer, keys: readonly Key[]): (string | null)[] {
    const texts: (string | null)[] = [];
    forEachField(row, 0, row.length, (_, at, length) => {
      texts.push(length < 0 ? null : row.toString('utf8', at, at + length));
    });
    return keys.map(
      ({ attnum }) => texts[this.fields.findIndex((field) => field.columnAttr === attnum)] ?? null,
    );
  }
}

/** Masked, and each row beside what has become of it. */
function shown(before: Rows, after: Rows, keys: readonly Key[], parts: SampleParts): Sample {
  const { fields } = before.rows.length > 0 ? before : after;
  const columns = fields.slice(0, columnsMax).map(({ name }) => name);
  // Masking changes rows where they lie, so keys are read before it.
  const keysAfter = after.rows.map((row) => JSON.stringify(after.textsOf(row, keys)));
  const keysBefore = before.rows.map((row) => JSON.stringify(before.textsOf(row, keys)));
  const now = masked(after, parts);
  if (before.rows.length === 0) return { columns, sample: now.map((row) => ({ before: null, after: row })) };
  const sample = masked(before, parts).map((row, at): PreviewRow => {
    const is = keys.length === 0 ? -1 : keysAfter.indexOf(keysBefore[at] ?? '');
    return { before: row, after: now[is] ?? null };
  });
  return { columns, sample };
}

function masked({ fields, rows }: Rows, { masker: maskerOf }: SampleParts): RecordedValue[][] {
  const masker = maskerOf(fields);
  return rows.map((row) => {
    if (masker === undefined) return cellsOf(row, 0, row.length);
    masker.apply(row, 0, row.length);
    return cellsOf(masker.out, masker.outStart, masker.outEnd);
  });
}

function cellsOf(buffer: Buffer, start: number, end: number): RecordedValue[] {
  const cells: RecordedValue[] = [];
  forEachField(buffer, start, end, (index, at, length) => {
    if (index >= columnsMax) return;
    cells.push(clipped(recordedValue(length < 0 ? null : buffer.subarray(at, at + length), 'text')));
  });
  return cells;
}

function clipped(value: RecordedValue): RecordedValue {
  if (value === null) return null;
  if (typeof value !== 'string') return { ...value, hex: value.hex.slice(0, valueCharsMax) };
  return value.length <= valueCharsMax ? value : `${value.slice(0, valueCharsMax)}…`;
}
