import type { AwsAsked } from './asked.ts';

interface Row {
  readonly method: string;
  readonly segments: readonly string[];
  /** Parameters that its path has in the table: `find=LayerVersion`. */
  readonly query: readonly string[];
  readonly name: string;
}

const tables = new Map<string, readonly Row[]>();

/** The operation at a path, by a table of `METHOD /path/{Label} Operation`, and what stands for its labels. */
export function routed(
  table: string,
  { method, target }: AwsAsked,
): { readonly name: string; readonly labels: readonly (readonly [string, string])[] } | undefined {
  const given = target.segments.at(-1) === '' ? target.segments.slice(0, -1) : target.segments;
  const said = target.query.map(([name, value]) => `${name}=${value}`);
  const found = rowsOf(table)
    .filter((row) => row.method === method && row.query.every((each) => said.includes(each)))
    .filter(({ segments }) => isAt(segments, given))
    .toSorted((a, b) => b.query.length - a.query.length);
  const [row] = found;
  if (row === undefined) return undefined;
  const labels = row.segments.flatMap((segment, at) =>
    isLabel(segment) ? [[segment.slice(1, -1), given[at] ?? ''] as const] : [],
  );
  return { name: row.name, labels };
}

function isAt(segments: readonly string[], given: readonly string[]): boolean {
  return (
    segments.length === given.length &&
    segments.every((segment, at) => (isLabel(segment) ? given[at] !== '' : segment === given[at]))
  );
}

function isLabel(segment: string): boolean {
  return segment.startsWith('{');
}

function rowsOf(table: string): readonly Row[] {
  let rows = tables.get(table);
  if (rows === undefined) {
    rows = table
      .trim()
      .split('\n')
      .map((line) => {
        const [method = '', target = '', name = ''] = line.split(' ');
        const [path = '', query] = target.split('?');
        const segments = path.replace(/\/$/, '').split('/').slice(1);
        return { method, segments, query: query?.split('&') ?? [], name };
      });
    tables.set(table, rows);
  }
  return rows;
}
