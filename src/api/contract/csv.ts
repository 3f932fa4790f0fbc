import { visible } from './visible.ts';

/**
 * One line of RFC 4180. What a spreadsheet would take for a formula gets an apostrophe before it, and what a terminal
 * would obey is spelled out.
 */
export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

/** Spreadsheets look behind blanks too, and some take these signs in their wide form. */
const formula = /^\s*[=+\-@＝＋－＠|%]/;

function cell(value: unknown): string {
  if (value === undefined || value === null) return '""';
  const text = visible(typeof value === 'string' ? value : JSON.stringify(value));
  return `"${formula.test(text) ? "'" : ''}${text.replaceAll('"', '""')}"`;
}
