import { activityStepMs } from '../../core/activity.ts';
import { answering } from '../bound.ts';
import { routes } from '../contract/routes.ts';
import { iso } from '../wire.ts';

const none = { sessions: 0, commands: 0, holds: 0, refusals: 0, masked: 0 } as const;

export const activity = answering(routes.activity, async (parts, { query: { hours } }) => {
  const nowMs = parts.clock.now();
  const lastMs = nowMs - (nowMs % activityStepMs);
  const firstMs = lastMs - hours * 3_600_000 + activityStepMs;
  const found = new Map((await parts.activity.list(firstMs)).map(({ atMs, ...counts }) => [atMs, counts]));
  const starts = Array.from(
    { length: (lastMs - firstMs) / activityStepMs + 1 },
    (_, at) => firstMs + at * activityStepMs,
  );
  return {
    version: parts.version,
    now: iso(nowMs),
    since: iso(firstMs),
    stepMs: activityStepMs,
    steps: starts.map((atMs) => ({ at: iso(atMs), ...(found.get(atMs) ?? none) })),
    record: {
      newestSeq: parts.record.newestSeq(),
      indexedTo: parts.record.indexedTo(),
      losses: parts.journal.losses,
    },
  };
});
