import { UsageError } from './failure.ts';
import { duration } from './options.ts';

/** `7d` (ago), a date, or a time → ISO 8601. @throws UsageError */
export function moment(text: string, nowMs: number): string {
  const atMs = /^\d+[smhd]$/.test(text) ? nowMs - duration(text) : parsed(text);
  if (Number.isNaN(atMs))
    throw new UsageError(`"${text}" is no time`, 'Such as 7d (ago), 2026-11-23 or 2026-11-23T08:00Z.');
  return new Date(atMs).toISOString();
}

/** ISO 8601 alone: other spellings mean another thing elsewhere. */
function parsed(text: string): number {
  return /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
}
