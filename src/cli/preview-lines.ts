import type { ApprovalBody } from '../api/contract/schemas.ts';
import { visible } from '../api/contract/visible.ts';

type Preview = NonNullable<ApprovalBody['preview']>;
type Value = NonNullable<Preview['sample'][number]['before']>[number];

/** What a command has changed without being committed. `nowMs`: it is not decided yet, and that matters. */
export function previewLines(
  { rows, columns, sample, failed, keptUntil }: Preview,
  nowMs: number | undefined,
): string[] {
  if (failed !== null) return [`tried:   it failed, and nothing of it is left: ${visible(failed)}`];
  const kept = nowMs === undefined ? '' : `; ${whatThen(keptUntil, nowMs)}`;
  return [
    `tried:   ${rows} ${rows === 1 ? 'row' : 'rows'} changed${kept}`,
    ...sample.flatMap(({ before, after }) => [
      ...(before === null ? [] : [`  - ${cells(columns, before)}`]),
      ...(after === null ? [] : [`  + ${cells(columns, after)}`]),
    ]),
    ...(sample.length > 0 && sample.length < rows ? [`  … ${rows - sample.length} more`] : []),
  ];
}

function whatThen(keptUntil: string | null, nowMs: number): string {
  const leftMs = keptUntil === null ? 0 : Date.parse(keptUntil) - nowMs;
  return leftMs > 0
    ? `approved within ${Math.ceil(leftMs / 1000)} s, this very run is committed`
    : 'it was undone: once approved, it runs anew';
}

function cells(columns: readonly string[], values: readonly Value[]): string {
  return values.map((value, at) => `${visible(columns[at] ?? '?')}=${cell(value)}`).join(' ');
}

function cell(value: Value): string {
  if (value === null) return 'NULL';
  return typeof value === 'string' ? `'${visible(value)}'` : `\\x${visible(value.hex)}`;
}
