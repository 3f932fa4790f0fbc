import type { Origin } from '../../wire/sql/lineage/lineage.ts';

/** A sensitive column, or a place inside its documents, as the configuration names it. */
export interface ConfiguredColumn {
  readonly resource: string;
  readonly schema: string;
  readonly relation: string;
  readonly column: string;
  /** Keys of a JSON pointer, `*` for any; absent: the whole column. */
  readonly pointer?: readonly string[];
}

/** One column of a relation on the server. */
export interface ServerColumn {
  readonly attnum: number;
  readonly name: string;
  /** Base type. */
  readonly typeOid: number;
  /** A generated column: the attnums of the columns that it is computed from. */
  readonly computedFrom: readonly number[];
}

/** Parents by child, as OIDs. */
export type Inheritance = ReadonlyMap<number, readonly number[]>;
/** What each sensitive column comes from: by the relation's OID, then by attnum. */
export type ColumnOrigins = ReadonlyMap<number, ReadonlyMap<number, readonly Origin[]>>;

/**
 * `schema.relation.column`, each part bare or in double quotes, perhaps with `#/pointer` behind it (RFC 6901).
 * Undefined where it is something else.
 */
export function parseConfigured(text: string): ConfiguredColumn | undefined {
  const part = String.raw`("(?:[^"]|"")+"|[^".#]+)`;
  const match = new RegExp(String.raw`^${part}\.${part}\.${part}(?:#/(.*))?$`, 's').exec(text);
  if (match === null) return undefined;
  const [, schema = '', relation = '', column = '', pointer] = match;
  const names = { schema: unquote(schema), relation: unquote(relation), column: unquote(column) };
  if (pointer === undefined) return { resource: text, ...names };
  return { resource: text, ...names, pointer: pointer.split('/').map(unescapeKey) };
}

/** RFC 6901, section 4: in this order, so that `~01` is `~1`. */
function unescapeKey(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** The parts of a name as rules write it, unquoted: `public."Odd Case"`. */
export function splitResource(text: string): string[] {
  return (text.match(/"(?:[^"]|"")+"|[^".]+/g) ?? []).map(unquote);
}

function unquote(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part;
}

/** All relations that share columns with these by inheritance or partitioning, these among them. */
export function family(oids: Iterable<number>, parents: Inheritance): Set<number> {
  const children = childrenOf(parents);
  const found = new Set<number>();
  for (const oid of oids) {
    for (const one of closure(oid, parents)) found.add(one);
    for (const one of closure(oid, children)) found.add(one);
  }
  return found;
}

/**
 * What the columns of these relations come from. A relation shows the rows of its children, so it has their
 * resources beside its own; one that has none of its own has its parents'. A generated column is computed from
 * those of other columns.
 */
export function originsByColumn(
  configured: ReadonlyMap<number, readonly ConfiguredColumn[]>,
  columns: ReadonlyMap<number, readonly ServerColumn[]>,
  parents: Inheritance,
): ColumnOrigins {
  const children = childrenOf(parents);
  const own = (oid: number, name: string): ConfiguredColumn[] =>
    (configured.get(oid) ?? []).filter(({ column }) => column === name);
  const stored = (oid: number, name: string): ConfiguredColumn[] => {
    const shown = [...closure(oid, children)].flatMap((one) => own(one, name));
    const inherited =
      own(oid, name).length > 0 ? [] : [...closure(oid, parents)].flatMap((one) => own(one, name));
    return [...shown, ...inherited];
  };
  // A child may generate its column otherwise than its parent.
  const computed = (oid: number, name: string): ConfiguredColumn[] =>
    [...closure(oid, children)].flatMap((one) => {
      const list = columns.get(one) ?? [];
      const from = list.find((column) => column.name === name)?.computedFrom ?? [];
      return list.filter(({ attnum }) => from.includes(attnum)).flatMap((column) => stored(one, column.name));
    });
  const result = new Map<number, Map<number, readonly Origin[]>>();
  for (const [oid, list] of columns) {
    const all = list.map(({ attnum, name }): [number, readonly Origin[]] => [
      attnum,
      originsOf(stored(oid, name), computed(oid, name)),
    ]);
    const sensitive = all.filter(([, origins]) => origins.length > 0);
    if (sensitive.length > 0) result.set(oid, new Map(sensitive));
  }
  return result;
}

/** Once each, whole columns before places in them; what is both stored and computed counts as computed. */
function originsOf(stored: readonly ConfiguredColumn[], computed: readonly ConfiguredColumn[]): Origin[] {
  const origins = [
    ...stored.map((column) => originOf(column, true)),
    ...computed.map((column) => originOf(column, false)),
  ];
  const distinct = [...new Map(origins.map((origin) => [origin.resource, origin])).values()];
  return distinct.sort((a, b) => Number(a.pointer !== undefined) - Number(b.pointer !== undefined));
}

function originOf({ resource, pointer }: ConfiguredColumn, plain: boolean): Origin {
  return pointer === undefined ? { resource, plain } : { resource, pointer, plain };
}

/** What something is that could show any of these in any form. */
export function computedOf(origins: Iterable<Origin>): readonly Origin[] {
  const all = [...origins].map((origin): Origin => ({ ...origin, plain: false }));
  return [...new Map(all.map((origin) => [origin.resource, origin])).values()];
}

function childrenOf(parents: Inheritance): Inheritance {
  const children = new Map<number, number[]>();
  for (const [child, list] of parents) {
    for (const parent of list) {
      const known = children.get(parent);
      if (known === undefined) children.set(parent, [child]);
      else known.push(child);
    }
  }
  return children;
}

/** `from` and everything that is reached from it, `from` first. */
export function closure(from: number, edges: Inheritance): Set<number> {
  const found = new Set([from]);
  for (const oid of found) for (const next of edges.get(oid) ?? []) found.add(next);
  return found;
}
