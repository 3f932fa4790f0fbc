/** Stretches of time up to now that one looks at. */
export const withinNames = {
  hour: 'last hour',
  day: 'last 24 hours',
  week: 'last 7 days',
  month: 'last 30 days',
} as const;

export type Within = keyof typeof withinNames;

const hourMs = 3_600_000;
const spansMs: Readonly<Record<Within, number>> = {
  hour: hourMs,
  day: 24 * hourMs,
  week: 7 * 24 * hourMs,
  month: 30 * 24 * hourMs,
};

export function withinMs(within: Within): number {
  return spansMs[within];
}
