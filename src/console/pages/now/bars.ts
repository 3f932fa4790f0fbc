import type { ActivityStepBody } from '../../../api/contract/schemas/activity.ts';

export type Count = 'commands' | 'holds' | 'refusals' | 'masked' | 'sessions';

export interface Bar {
  readonly count: number;
  /** ISO 8601: when it begins. */
  readonly at: string;
}

/** The steps of a day as fewer, broader bars. */
export function barsOf(steps: readonly ActivityStepBody[], count: Count, each: number): Bar[] {
  const bars: Bar[] = [];
  for (let at = 0; at < steps.length; at += each) {
    const part = steps.slice(at, at + each);
    const sum = part.reduce((all, step) => all + step[count], 0);
    bars.push({ count: sum, at: part[0]?.at ?? '' });
  }
  return bars;
}

/** What a chart says to whoever cannot see it. */
export function inWords(bars: readonly Bar[], named: string, timeOf: (at: string) => string): string {
  const sum = bars.reduce((all, { count }) => all + count, 0);
  if (sum === 0) return `no ${named} in the last 24 hours`;
  const most = bars.reduce((a, b) => (b.count > a.count ? b : a));
  return `${sum} ${named} in the last 24 hours, most of them (${most.count}) about ${timeOf(most.at)}`;
}
