import { z } from 'zod';

const time = z.iso.datetime();

/** What went on in a stretch of `stepMs` from `at` on. */
const step = z.object({
  at: time,
  /** Opened. */
  sessions: z.int(),
  /** That went upstream. */
  commands: z.int(),
  holds: z.int(),
  /** Commands and logins. */
  refusals: z.int(),
  /** Values. */
  masked: z.int(),
});
export type ActivityStepBody = z.infer<typeof step>;

export const activityQuery = z.strictObject({
  /** So far back. */
  hours: z.coerce.number().int().min(1).max(744).default(24),
});

export const activity = z.object({
  version: z.string(),
  now: time,
  since: time,
  stepMs: z.int(),
  /** Without gaps, oldest first; the last one is not over yet. */
  steps: z.array(step).readonly(),
  /** Of the journal: its newest event, up to where it can be searched, and how often events were lost. */
  record: z.object({ newestSeq: z.int(), indexedTo: z.int(), losses: z.int() }),
});
export type ActivityBody = z.infer<typeof activity>;
