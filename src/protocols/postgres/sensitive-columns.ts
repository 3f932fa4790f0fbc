/** A sensitive column as the configuration names it. */
export interface ConfiguredColumn {
  /** As masks and rules know it: without a JSON pointer, as the whole column counts as sensitive. */
  readonly resource: string;
  readonly schema: string;
  readonly relation: string;
  readonly column: string;
}

/** One column of a relation on the server. */
export interface ServerColumn {
  readonly attnum: number;
  readonly name: string;
  /** A generated column: the attnums of the columns that it is computed from. */
  readonly computedFrom: number[];
}

/** Parents by child, as OIDs. */
export type Inheritance = ReadonlyMap<number, readonly number[]>;

/**
 * `schema.relation.column`, each part bare or in double quotes, perhaps with `#/pointer` behind it.
 * Undefined where it is something else.
 */
export function parseConfigured(text: string): ConfiguredColumn | undefined {
  const part = String.raw`("(?:[^"]|"")+"|[^".#]+)`;
  const match = new RegExp(String.raw`^(${part}\.${part}\.${part})(?:#/.*)?$`, 's').exec(text);
  const [, resource = '', ...parts] = match ?? [];
  if (match === null) return undefined;
  const [schema = '', relation = '', column = ''] = parts.map(unquote);
  return { resource, schema, relation, column };
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
 * The resources that each column of each relation is known by. A relation shows the rows of its children, so it
 * has their resources beside its own; one that has none of its own has its parents'. A generated column has those
 * of what it is computed from.
 */
export function resourcesByColumn(
  configured: ReadonlyMap<number, readonly ConfiguredColumn[]>,
  columns: ReadonlyMap<number, readonly ServerColumn[]>,
  parents: Inheritance,
): Map<number, Map<number, readonly string[]>> {
  const children = childrenOf(parents);
  const own = (oid: number, name: string): string[] =>
    (configured.get(oid) ?? []).flatMap(({ column, resource }) => (column === name ? [resource] : []));
  const stored = (oid: number, { name }: ServerColumn): string[] => {
    const shown = [...closure(oid, children)].flatMap((one) => own(one, name));
    const inherited =
      own(oid, name).length > 0 ? [] : [...closure(oid, parents)].flatMap((one) => own(one, name));
    return [...shown, ...inherited];
  };
  const result = new Map<number, Map<number, readonly string[]>>();
  for (const [oid, list] of columns) {
    const direct = new Map(list.map((column) => [column.attnum, stored(oid, column)]));
    const all = list.map(({ attnum, computedFrom }): [number, readonly string[]] => {
      const resources = [attnum, ...computedFrom].flatMap((from) => direct.get(from) ?? []);
      return [attnum, [...new Set(resources)]];
    });
    const sensitive = all.filter(([, resources]) => resources.length > 0);
    if (sensitive.length > 0) result.set(oid, new Map(sensitive));
  }
  return result;
}

function childrenOf(parents: Inheritance): Inheritance {
  const children = new Map<number, number[]>();
  for (const [child, list] of parents) {
    for (const parent of list) children.set(parent, [...(children.get(parent) ?? []), child]);
  }
  return children;
}

/** `from` and everything that is reached from it, `from` first. */
export function closure(from: number, edges: Inheritance): Set<number> {
  const found = new Set([from]);
  for (const oid of found) for (const next of edges.get(oid) ?? []) found.add(next);
  return found;
}
