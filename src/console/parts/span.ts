const units: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** A stretch of time in its two largest units: `2 h 5 min`, `40 s`. */
export function span(ms: number): string {
  const first = units.findIndex(([unit]) => ms >= unit);
  if (first === -1) return '0 s';
  const parts: string[] = [];
  let rest = ms;
  for (const [unit, name] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0) parts.push(`${count} ${name}`);
  }
  return parts.join(' ');
}

/** In the reader's own zone and with its name. */
export function exactly(at: string): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'long' });
}
