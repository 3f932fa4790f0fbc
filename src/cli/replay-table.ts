import { visible } from '../api/contract/visible.ts';

/** A recorded value: text, NULL, or hex of bytes that are no text. */
export type Cell = string | null | { readonly hex: string };

const cellCharsMax = 40;

/** Lines of a table whose columns stand under each other; none where there are no rows. */
export function table(
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  heading: (line: string) => string,
): string[] {
  if (rows.length === 0) return [];
  const cells = rows.map((row) => row.map(cellText));
  const titles = columns.map((column) => shortened(visible(column)));
  const widths = widthsOf([titles, ...cells]);
  const line = (row: readonly string[]): string =>
    widths
      .map((width, index) => (row[index] ?? '').padEnd(width))
      .join('  ')
      .trimEnd();
  return [...(titles.length === 0 ? [] : [heading(line(titles))]), ...cells.map(line)];
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
  const count = Math.max(...rows.map((row) => row.length));
  return Array.from({ length: count }, (_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
}

function cellText(cell: Cell): string {
  if (cell === null) return 'NULL';
  return shortened(visible(typeof cell === 'string' ? cell : `\\x${cell.hex}`));
}

function shortened(text: string): string {
  const characters = Array.from(text.slice(0, 2 * cellCharsMax));
  return characters.length <= cellCharsMax && text.length <= 2 * cellCharsMax
    ? text
    : `${characters.slice(0, cellCharsMax - 1).join('')}…`;
}
