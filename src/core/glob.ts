/**
 * Whether `text` as a whole matches `glob`, in which `*` stands for any characters, dots included, and every
 * other character for itself. Time is linear in the text for a given glob: no backtracking.
 */
export function matchesGlob(glob: string, text: string): boolean {
  const parts = glob.split('*');
  const first = parts[0] ?? '';
  if (parts.length === 1) return text === first;
  const last = parts.at(-1) ?? '';
  if (text.length < first.length + last.length) return false;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let from = first.length;
  // The leftmost place for each middle part leaves the most room for the next: greedy is exact.
  for (const part of parts.slice(1, -1)) {
    const at = text.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}

export function matchesAnyGlob(globs: readonly string[], text: string): boolean {
  return globs.some((glob) => matchesGlob(glob, text));
}

/** Whether some text matches both globs: what one of them leaves open, the other may mean. */
export function globsMeet(one: string, other: string): boolean {
  // Row by row from the end: whether what is left of `one` and of `other` meets.
  let below = rowFrom(other, (rest) => /^\**$/.test(rest));
  for (let at = one.length - 1; at >= 0; at--) {
    const row: boolean[] = [];
    for (let on = other.length; on >= 0; on--) row[on] = meetsAt(one[at], other[on], { below, row, on });
    below = row;
  }
  return below[0] === true;
}

function rowFrom(text: string, is: (rest: string) => boolean): boolean[] {
  return Array.from({ length: text.length + 1 }, (_, at) => is(text.slice(at)));
}

function meetsAt(
  a: string | undefined,
  b: string | undefined,
  {
    below,
    row,
    on,
  }: { readonly below: readonly boolean[]; readonly row: readonly boolean[]; readonly on: number },
): boolean {
  if (a === '*') return below[on] === true || (b !== undefined && row[on + 1] === true);
  if (b === '*') return row[on + 1] === true || below[on] === true;
  return a === b && below[on + 1] === true;
}
