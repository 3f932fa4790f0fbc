/** `500ms`, `30s`, `10m`, `1h`, `7d`. */
export const durationPattern = /^[1-9][0-9]{0,8}(ms|s|m|h|d)$/;

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** What a timer of Node can wait: 2³¹ − 1 ms, nearly 25 days. */
export const durationMsMax = 2_147_483_647;

/** Milliseconds; undefined where the text is no duration. */
export function parseDuration(text: string): number | undefined {
  if (!durationPattern.test(text)) return undefined;
  const amount = Number.parseInt(text, 10);
  const unit = text.slice(String(amount).length);
  return unit === 'ms' || unit === 's' || unit === 'm' || unit === 'h' || unit === 'd'
    ? amount * unitMs[unit]
    : undefined;
}
